"""Turns the packed 4-bit e5 into an ordinary sentence-transformers folder.

Knows the folder's conventions; not where the weights come from. Weights are stored as fp16 (they carry 4 bits
each, so nothing is lost that matters: 235 MB instead of 470) and computed in fp32.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from models.q4 import PackedModel, Sizes
from models.tokenizer import write_tokenizer

PARTS = {  # the file's names -> those of a Hugging Face BERT layer
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def word_vectors(folder: Path) -> np.ndarray:
    """The word vectors (vocabulary, hidden), float16, of the encoder in `folder`, left on disk until they are read."""
    path = folder / "model.safetensors"
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entry = json.loads(file.read(length))["embeddings.word_embeddings.weight"]
    shape = tuple(entry["shape"])
    return np.memmap(path, np.float16, "r", 8 + length + entry["data_offsets"][0], shape)


def write_encoder(model: PackedModel, folder: Path) -> None:
    """Write weights, configuration and tokenizer into the existing empty `folder`."""
    from safetensors.numpy import save_file

    save_file(name_weights(model), folder / "model.safetensors", metadata={"format": "pt"})
    _write(folder / "config.json", _config(model.sizes))
    _write(folder / "modules.json", _modules())
    _write(folder / "sentence_bert_config.json", {"max_seq_length": model.sizes.positions})
    pooling = folder / "1_Pooling"
    pooling.mkdir()
    _write(
        pooling / "config.json",
        {"word_embedding_dimension": model.sizes.hidden, "pooling_mode_mean_tokens": True},
    )
    (folder / "2_Normalize").mkdir()
    write_tokenizer(model, folder)


def name_weights(model: PackedModel) -> dict[str, np.ndarray]:
    """The weights under the names of Hugging Face's BertModel: matrices float16, vectors float32."""
    sizes = model.sizes
    weights = {
        "embeddings.word_embeddings.weight": model.packed["emb.word"].dense(np.float16),
        "embeddings.position_embeddings.weight": model.dense["emb.pos"].reshape(sizes.positions, -1),
        "embeddings.token_type_embeddings.weight": model.dense["emb.type"].reshape(sizes.token_types, -1),
        "embeddings.LayerNorm.weight": model.dense["emb.ln.w"],
        "embeddings.LayerNorm.bias": model.dense["emb.ln.b"],
    }
    for name, shape in (("weight", (sizes.hidden, sizes.hidden)), ("bias", (sizes.hidden,))):
        # BERT's own pooler: nobody uses it, but without it `transformers` complains at every load
        weights[f"pooler.dense.{name}"] = np.zeros(shape, np.float16)
    for layer in range(sizes.layers):
        for short, long in PARTS.items():
            source, target = f"l{layer}.{short}", f"encoder.layer.{layer}.{long}"
            matrix = model.packed.get(f"{source}.w")
            weights[f"{target}.weight"] = (
                model.dense[f"{source}.w"] if matrix is None else matrix.dense(np.float16)
            )
            weights[f"{target}.bias"] = model.dense[f"{source}.b"]
    return weights


def _config(sizes: Sizes) -> dict[str, Any]:
    """What `transformers` needs to build the model; dtype is what it computes in."""
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "intermediate_size": sizes.feed_forward,
        "vocab_size": sizes.vocabulary,
        "max_position_embeddings": sizes.positions,
        "type_vocab_size": sizes.token_types,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
        "pad_token_id": 1,
        "dtype": "float32",
        "torch_dtype": "float32",  # the same for transformers below 5
    }


def _modules() -> list[dict[str, Any]]:
    steps = (("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize"))
    return [
        {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for n, (kind, path) in enumerate(steps)
    ]


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2), encoding="utf-8")
