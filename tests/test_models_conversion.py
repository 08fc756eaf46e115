"""A tiny packed model, made here byte by byte, through the whole conversion; and the layout rule itself."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from core.errors import ModelError
from models.delivery import convert
from models.q4 import BLOCK, Packed, PackedModel, read_packed

HIDDEN, LAYERS, HEADS, INNER, POSITIONS = 64, 2, 2, 96, 64
WORDS = ["▁", "▁passage", ":", "▁GQA", "GQA", "显存", "省", "～", "3", "5", "年", "f", "i", "ﬁ"]
PIECES = ["<s>", "<pad>", "</s>", "<unk>", *WORDS, "<mask>"]
NORMAL = {
    "\x01": "",
    "\t": " ",
    "\u200b": " ",
    "：": ":",
    "Ｇ": "G",
    "Ｑ": "Q",
    "Ａ": "A",
    "ﬁ": "fi",
    "\xa0": " ",
}


def packed_rows(rng: np.random.Generator, rows: int, columns: int) -> bytes:
    blocks = np.zeros(rows * columns // BLOCK, np.dtype([("scale", "<f2"), ("bytes", "u1", (16,))]))
    blocks["scale"] = rng.uniform(0.01, 0.03, len(blocks))
    blocks["bytes"] = rng.integers(0, 256, (len(blocks), 16))
    return blocks.tobytes()


def tensors(rng: np.random.Generator) -> dict[str, tuple[int, int, bytes]]:
    """Name -> (kind, weights, bytes), as the directory lists them."""
    found: dict[str, tuple[int, int, bytes]] = {}

    def matrix(name: str, rows: int, columns: int) -> None:
        found[name] = (1, rows * columns, packed_rows(rng, rows, columns))

    def vector(name: str, size: int, middle: float = 0.0) -> None:
        found[name] = (0, size, (middle + rng.normal(0, 0.1, size)).astype("<f4").tobytes())

    matrix("emb.word", len(PIECES) + 3, HIDDEN)
    vector("emb.pos", POSITIONS * HIDDEN)
    vector("emb.type", 2 * HIDDEN)
    norms = ["emb.ln"]
    for layer in range(LAYERS):
        for part in ("q", "k", "v", "ao"):
            matrix(f"l{layer}.{part}.w", HIDDEN, HIDDEN)
            vector(f"l{layer}.{part}.b", HIDDEN)
        matrix(f"l{layer}.fi.w", INNER, HIDDEN)
        vector(f"l{layer}.fi.b", INNER)
        matrix(f"l{layer}.fo.w", HIDDEN, INNER)
        vector(f"l{layer}.fo.b", HIDDEN)
        norms += [f"l{layer}.aln", f"l{layer}.oln"]
    for norm in norms:
        vector(f"{norm}.w", HIDDEN, 1.0)
        vector(f"{norm}.b", HIDDEN)
    return found


def packed_file() -> bytes:
    rng = np.random.default_rng(5)
    out = b"E5S1" + struct.pack("<I", 1)
    sizes = (HIDDEN, LAYERS, HEADS, INNER, len(PIECES) + 3, POSITIONS, 2)
    out += struct.pack("<7ifi", *sizes, 1e-12, BLOCK)
    texts = [piece.encode() for piece in PIECES]
    out += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, texts)))
    out += np.cumsum([0, *map(len, texts)]).astype("<u4").tobytes()
    out += np.array([0, 0, 0, 0, *(-3 - 0.1 * n for n in range(len(WORDS))), 0], "<f4").tobytes()
    out += b"".join(texts)
    entries = [struct.pack(f"<IB{len(to)}I", ord(c), len(to), *map(ord, to)) for c, to in NORMAL.items()]
    out += struct.pack("<iI", len(entries), sum(map(len, entries))) + b"".join(entries)
    found = tensors(rng)
    start = len(out) + 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name in found)
    directory, body = struct.pack("<i", len(found)), b""
    for name, (kind, count, data) in found.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, count, start + len(body), len(data))
        body += data
    return out + directory + body


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packed") / "tiny.bin"
    path.write_bytes(packed_file())
    return path


@pytest.fixture(scope="module")
def folder(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("converted") / "e5"
    convert(packed, target)
    return target


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


@given(data=st.binary(min_size=18, max_size=18).filter(lambda b: np.isfinite(np.frombuffer(b[:2], "<f2")[0])))
def test_a_weight_is_its_nibble_less_8_times_the_scale(data: bytes) -> None:
    scale = struct.unpack("<e", data[:2])[0]
    expected = [((data[2 + j] & 15) - 8) * scale for j in range(16)]
    expected += [((data[2 + j] >> 4) - 8) * scale for j in range(16)]
    low = np.frombuffer(data[2:], np.uint8)
    block = Packed(np.concatenate([low & 15, low >> 4])[None], np.frombuffer(data[:2], "<f2")[None])
    assert block.dense()[0].tolist() == expected


def test_reading_puts_low_nibbles_before_high_ones(packed: Path) -> None:
    model = read_packed(packed)
    raw = packed.read_bytes()
    rows = packed_rows(np.random.default_rng(5), len(PIECES) + 3, HIDDEN)  # the first tensor made
    assert rows in raw
    assert model.packed["emb.word"].nibbles[0, 0] == rows[2] & 15
    assert model.packed["emb.word"].nibbles[0, 16] == rows[2] >> 4
    assert model.packed["l0.fo.w"].nibbles.shape == (HIDDEN, INNER)
    assert model.pieces == tuple(PIECES) and model.normal == NORMAL


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: b"GGUF" + data[4:],
        lambda data: data[: len(data) // 2],
        lambda data: data[:200],
    ],
)
def test_a_file_that_is_no_packed_model_is_refused(
    packed: Path, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    bad = tmp_path / "bad.bin"
    bad.write_bytes(spoil(packed.read_bytes()))
    with pytest.raises(ModelError, match=r"bad\.bin is not a packed e5 model"):
        read_packed(bad)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("passage: GQA", ["▁passage", ":", "▁GQA"]),
        ("passage：ＧＱＡ", ["▁passage", ":", "GQA"]),  # full width
        ("  GQA \t\u200b\xa0 GQA", ["▁GQA", "▁GQA"]),  # many kinds of space are one
        ("G\x01QA", ["▁GQA"]),  # control characters go
        ("省显存", ["▁", "省", "显存"]),
        ("3～5年", ["▁", "3", "～", "5", "年"]),  # the full-width tilde stays, as the model has it
        ("ﬁ", ["▁", "f", "i"]),  # ligatures come apart before the pieces are looked up
        ("😀😀", ["▁", "<unk>"]),  # unknown characters in a row are one token
    ],
)
def test_text_is_normalised_and_cut_as_the_file_says(
    tokenizer: Tokenizer, text: str, tokens: list[str]
) -> None:
    assert tokenizer.encode(text).tokens == ["<s>", *(t if t != "<unk>" else "😀😀" for t in tokens), "</s>"]


def test_special_tokens_have_the_ids_of_the_file(tokenizer: Tokenizer) -> None:
    ids = [tokenizer.token_to_id(token) for token in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")]
    assert ids == [0, 1, 2, 3, len(PIECES) - 1]
    assert tokenizer.encode("GQA", "GQA").ids == [0, *[7], 2, 2, *[7], 2]


def test_a_normalisation_nobody_knows_is_refused(packed: Path, tmp_path: Path) -> None:
    from models.tokenizer import write_tokenizer

    model = read_packed(packed)
    odd = PackedModel(model.sizes, model.pieces, model.scores, {"a": "b"}, model.dense, model.packed)
    with pytest.raises(ModelError, match="unknown way"):
        write_tokenizer(odd, tmp_path)


def reference(folder: Path, rows: list[list[int]]) -> np.ndarray:
    """The encoder once more in plain numpy float64, from the folder's own weights: (texts, hidden)."""
    from safetensors.numpy import load_file

    w = {name: value.astype(np.float64) for name, value in load_file(folder / "model.safetensors").items()}

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    def linear(x: np.ndarray, name: str) -> np.ndarray:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def heads(x: np.ndarray) -> np.ndarray:
        return x.reshape(len(x), HEADS, -1).transpose(1, 0, 2)

    from math import erf

    gelu = np.vectorize(lambda v: 0.5 * v * (1 + erf(v / 2**0.5)))
    vectors = []
    for ids in rows:
        e = "embeddings"
        x = w[f"{e}.word_embeddings.weight"][ids] + w[f"{e}.token_type_embeddings.weight"][0]
        x = norm(x + w[f"{e}.position_embeddings.weight"][: len(ids)], f"{e}.LayerNorm")
        for layer in range(LAYERS):
            at = f"encoder.layer.{layer}"
            q, k, v = (heads(linear(x, f"{at}.attention.self.{p}")) for p in ("query", "key", "value"))
            weight = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(HIDDEN / HEADS))
            mixed = (weight / weight.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(len(ids), -1)
            x = norm(x + linear(mixed, f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm")
            wide = gelu(linear(x, f"{at}.intermediate.dense"))
            x = norm(x + linear(wide, f"{at}.output.dense"), f"{at}.output.LayerNorm")
        vectors.append(x.mean(0) / np.linalg.norm(x.mean(0)))
    return np.array(vectors)


TEXTS = ["passage: GQA 省显存", "GQA", "3～5年 passage: 显存 显存 GQA"]


def test_the_graph_agrees_with_plain_arithmetic_with_and_without_padding(
    folder: Path, tokenizer: Tokenizer
) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(
        str(folder / "onnx" / "model_qint8.onnx"), providers=["CPUExecutionProvider"]
    )
    rows = [tokenizer.encode(text).ids for text in TEXTS]
    expected = reference(folder, rows)
    width = max(map(len, rows))
    ids = np.array([row + [1] * (width - len(row)) for row in rows])
    mask = np.array([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    together = session.run(["sentence_embedding"], {"input_ids": ids, "attention_mask": mask})[0]
    for row, vector, truth in zip(rows, together, expected, strict=True):
        alone = session.run(
            None, {"input_ids": np.array([row]), "attention_mask": np.ones((1, len(row)), int)}
        )
        assert vector.dtype == np.float32 and abs(np.linalg.norm(vector) - 1) < 1e-5
        assert vector @ truth > 0.995
        assert alone[0][0] @ truth > 0.995
    assert expected[0] @ expected[1] < 0.95  # else agreement would say nothing


def test_the_folder_is_an_ordinary_sentence_transformers_model(folder: Path, tokenizer: Tokenizer) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    assert model.max_seq_length == POSITIONS
    assert {str(p.dtype) for p in model.parameters()} == {"torch.float32"}
    rows = [tokenizer.encode(text).ids for text in TEXTS]
    assert [model.tokenizer(text)["input_ids"] for text in TEXTS] == rows
    vectors = model.encode(TEXTS)
    assert np.allclose(vectors, reference(folder, rows), atol=2e-3)
    assert model.encode(["GQA " * 200]).shape == (1, HIDDEN)  # longer than the positions: cut


def test_matrices_are_stored_in_half_the_space(folder: Path) -> None:
    from safetensors.numpy import load_file

    kinds = {name: value.dtype for name, value in load_file(folder / "model.safetensors").items()}
    assert kinds["encoder.layer.0.output.dense.weight"] == np.float16
    assert kinds["encoder.layer.0.output.LayerNorm.weight"] == np.float32
    assert json.loads((folder / "config.json").read_text())["dtype"] == "float32"
