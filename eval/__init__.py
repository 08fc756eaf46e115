"""MEASURES the other stages; nothing imports it but the command. In reading order:

sets (questions and gold made by people) -> measure (a throw-away library) -> metrics -> report -> compare; gate
(what must not get worse), claims (the verdicts), side_by_side (a peer), latency (by size of the library).
Always `from eval.x import y`: `import eval.x` would hide the builtin.
"""
