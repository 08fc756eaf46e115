"""The claim checker as a network: e5's own layers, reading a passage once and each claim against it.

The passage attends to itself alone, a claim to the passage and itself: a dozen claims share one reading of their
passage, in training and when an answer is judged. Out come, per claim, a score (the passage supports it) and,
per token of the claim, a score (this is what the passage does not say). Word vectors stay as they are.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

HIDDEN, LAYERS, HEADS = 384, 12, 12
MIDDLE = 5  # the layer from whose states the network must tell which words stand in the passage; arbitrary


class Layer(nn.Module):
    """One BERT layer, post-norm."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(HIDDEN, 3 * HIDDEN)
        self.mix = nn.Linear(HIDDEN, HIDDEN)
        self.mix_norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.wide = nn.Linear(HIDDEN, 4 * HIDDEN)
        self.narrow = nn.Linear(4 * HIDDEN, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=1e-12)

    def project(self, states: Tensor) -> list[Tensor]:
        """Queries, keys and values of (rows, tokens, width), each (rows, heads, tokens, width of a head)."""
        made = self.qkv(states)
        return list(made.view(*made.shape[:2], 3, HEADS, -1).permute(2, 0, 3, 1, 4))

    def blend(self, states: Tensor, mixed: Tensor) -> Tensor:
        """What attention gathered is mixed in, then the feed-forward part; (..., width) both."""
        states = self.mix_norm(states + self.mix(mixed))
        return self.norm(states + self.narrow(nn.functional.gelu(self.wide(states))))


def _attend(query: Tensor, key: Tensor, value: Tensor, barred: Tensor) -> Tensor:
    """Attention with keys and values from anywhere; `barred` is added to scores."""
    scores = query @ key.transpose(-1, -2) * (HIDDEN // HEADS) ** -0.5 + barred
    return (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)


class Checker(nn.Module):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(250037, HIDDEN)
        self.places = nn.Embedding(512, HIDDEN)
        self.types = nn.Embedding(2, HIDDEN)  # 0 passage, 1 claim
        self.norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.dense = nn.Linear(HIDDEN, HIDDEN)
        self.supported = nn.Linear(HIDDEN, 1)
        self.missing = nn.Linear(HIDDEN, 1)
        self.present = nn.Linear(HIDDEN, 1)  # helps training only
        self.words.weight.requires_grad = False

    def embed(self, ids: Tensor, kind: int) -> Tensor:
        """Token ids (rows, tokens) to states."""
        places = self.places.weight[: ids.shape[1]] + self.types.weight[kind]
        return self.norm(self.words(ids) + places)

    def forward(
        self, passages: Tensor, there: Tensor, claims: Tensor, said: Tensor, of: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Logits: the passage supports the claim (claims,); it does not say this token (claims, tokens); and, from
        the middle of the network, it has this very token (claims, tokens).

        passages (P, S) and claims (C, T) are token ids, `there` and `said` their masks (1: a token), `of` (C,)
        the passage of each claim.
        """
        read, asked = self.embed(passages, 0), self.embed(claims, 1)
        off = (1.0 - there.to(read.dtype))[:, None, None] * -1e4
        off_claim = (1.0 - said.to(read.dtype))[:, None, None] * -1e4
        both = torch.cat([off[of], off_claim], -1)
        for number, layer in enumerate(self.layers):
            query, key, value = layer.project(read)
            own_query, own_key, own_value = layer.project(asked)
            keys, values = (torch.cat(pair, 2) for pair in ((key[of], own_key), (value[of], own_value)))
            asked = layer.blend(asked, _attend(own_query, keys, values, both))
            if number == MIDDLE:
                present = self.present(asked)[..., 0]
            if number + 1 < LAYERS:  # nobody reads the passage after the last layer
                read = layer.blend(read, _attend(query, key, value, off))
        score = self.supported(torch.tanh(self.dense(asked[:, 0])))[:, 0]
        return score, self.missing(asked)[..., 0], present


def from_encoder(folder: Path) -> Checker:
    """The network with the weights of the encoder in `folder`; the heads as PyTorch initialises them."""
    from safetensors.torch import load_file

    old = {name: weight.float() for name, weight in load_file(folder / "model.safetensors").items()}
    new = {
        "words.weight": old["embeddings.word_embeddings.weight"],
        "places.weight": old["embeddings.position_embeddings.weight"],
        "types.weight": old["embeddings.token_type_embeddings.weight"],
        "norm.weight": old["embeddings.LayerNorm.weight"],
        "norm.bias": old["embeddings.LayerNorm.bias"],
    }
    new["types.weight"][1] += new["types.weight"][0]
    names = {
        "mix": "attention.output.dense",
        "mix_norm": "attention.output.LayerNorm",
        "wide": "intermediate.dense",
        "narrow": "output.dense",
        "norm": "output.LayerNorm",
    }
    for number in range(LAYERS):
        source, target = f"encoder.layer.{number}", f"layers.{number}"
        for part in ("weight", "bias"):
            parts = [old[f"{source}.attention.self.{name}.{part}"] for name in ("query", "key", "value")]
            new[f"{target}.qkv.{part}"] = torch.cat(parts)
            for short, long in names.items():
                new[f"{target}.{short}.{part}"] = old[f"{source}.{long}.{part}"]
    model = Checker()
    model.load_state_dict(new, strict=False)
    return model


def load_graph(model: Checker, path: Path) -> None:
    """Give the model the weights of an exported graph (int8, so not to the last bit); what only helps training stays."""
    import onnx
    from onnx.numpy_helper import to_array

    graph = onnx.load(path).graph
    stored = {tensor.name: to_array(tensor) for tensor in graph.initializer}
    made_by = {output: node for node in graph.node for output in node.output}
    weights = {
        name.removeprefix("checker."): torch.tensor(value)
        for name, value in stored.items()
        if name.startswith("checker.")
    }
    weights["types.weight"] = torch.tensor([stored["select"].tolist(), stored["select_1"].tolist()])
    for node in graph.node:
        bias = next(
            (name for name in node.input if name.startswith("checker.") and name.endswith(".bias")), ""
        )
        if node.op_type != "Add" or not bias:
            continue
        source = next(made_by[name] for name in node.input if name != bias)
        while source.op_type != "MatMulInteger":  # behind casts and scales
            source = next(made_by[n] for n in source.input if n in made_by and "scales" not in n)
        name = source.input[1].removesuffix("_quantized")
        exact = stored[f"{name}_quantized"].astype("float32") - stored[f"{name}_zero_point"].astype("float32")
        matrix = torch.tensor(exact * stored[f"{name}_scale"]).T
        weights[bias.removeprefix("checker.").replace(".bias", ".weight")] = matrix
    missing = set(model.load_state_dict(weights, strict=False).missing_keys)
    left = {name for name in missing if name.split(".")[0] not in ("words", "present")}
    if left:
        raise ValueError(f"{path} has no {', '.join(sorted(left))}")
