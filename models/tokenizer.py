"""Writes the tokenizer of multilingual-e5-small as a `tokenizer.json` any Hugging Face library loads.

Knows the XLM-R conventions: Unigram pieces, `▁` for a space, `<s> text </s>`. Not the e5 prefixes: those are
part of the text by the time it comes here.
"""

import json
import unicodedata
from pathlib import Path
from typing import Any

from core.errors import ModelError
from models.q4 import PackedModel

SPECIAL = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
ROLES = {**SPECIAL, "cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}
WAVE = "～"  # NFKC would make it "~", the model's own map keeps it ("3～5 年" is everyday Chinese)
STAND_IN = "\ue000"  # private use: stands for WAVE while NFKC runs


def write_tokenizer(model: PackedModel, folder: Path) -> None:
    """Write tokenizer.json, tokenizer_config.json and special_tokens_map.json into `folder`."""
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": model.sizes.positions,
        "clean_up_tokenization_spaces": False,
        **ROLES,
    }
    _write(folder / "tokenizer.json", describe_tokenizer(model))
    _write(folder / "tokenizer_config.json", config)
    _write(folder / "special_tokens_map.json", ROLES)


def describe_tokenizer(model: PackedModel) -> dict[str, Any]:
    """The tokenizer in the JSON form of the `tokenizers` library."""
    ids = {piece: number for number, piece in enumerate(model.pieces)}
    added = [
        {"id": ids[token], "content": token, "special": True, "normalized": False}
        | {"single_word": False, "lstrip": token == "<mask>", "rstrip": False}
        for token in (*SPECIAL.values(), "<mask>")
    ]
    space = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    vocabulary = [[piece, float(score)] for piece, score in zip(model.pieces, model.scores, strict=True)]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": _normalizers(model.normal)},
        "pre_tokenizer": space,
        "post_processor": _template(ids),
        "decoder": space,
        "model": {"type": "Unigram", "unk_id": ids["<unk>"], "vocab": vocabulary, "byte_fallback": False},
    }


def _normalizers(normal: dict[str, str]) -> list[dict[str, Any]]:
    """The file's map as rules: drop control characters, odd spaces to spaces, NFKC, one space at a time.

    The map is NFKC a character at a time but for these exceptions; anything else it says is an error here.
    Where letters and accents come apart ("e" + U+0301) NFKC joins them, as the original tokenizer does.
    """
    odd = {char: out for char, out in normal.items() if unicodedata.normalize("NFKC", char) != out}
    dropped = "".join(char for char, out in odd.items() if out == "")
    spaces = "".join(char for char, out in odd.items() if out == " ")
    if len(dropped) + len(spaces) != len(odd) or WAVE in normal:
        raise ModelError("The packed e5 model normalises text in an unknown way", "Run: prep models pull")
    return [
        _replace({"Regex": _class(dropped)}, ""),
        _replace({"Regex": _class(spaces)}, " "),
        _replace({"String": WAVE}, STAND_IN),
        {"type": "NFKC"},
        _replace({"String": STAND_IN}, WAVE),
        _replace({"Regex": " {2,}"}, " "),
    ]


def _class(chars: str) -> str:
    return "[" + "".join(f"\\x{{{ord(char):X}}}" for char in chars) + "]"


def _replace(pattern: dict[str, str], content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}


def _template(ids: dict[str, int]) -> dict[str, Any]:
    """`<s> A </s>`, and `<s> A </s> </s> B </s>` for pairs."""
    start, end = ({"SpecialToken": {"id": token, "type_id": 0}} for token in ("<s>", "</s>"))
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    return {
        "type": "TemplateProcessing",
        "single": [start, first, end],
        "pair": [start, first, end, end, second, end],
        "special_tokens": {
            token: {"id": token, "ids": [ids[token]], "tokens": [token]} for token in ("<s>", "</s>")
        },
    }


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
