"""The local language model for training: Qwen2 as a GGUF file holds it, frozen, with low-rank additions (LoRA) that learn.

Its weights are the quantised ones that llama.cpp computes with, so the additions mend their rounding too.
"""

import math
from pathlib import Path

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, dequantize, quantize
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from torch import Tensor, nn
from torch.nn import functional

PARTS = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
RANK, ALPHA = 16, 32.0
CONTROL = 3  # GGUF's type of a token such as <|im_start|>
WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


class Adapted(nn.Module):
    """The network with additions from layer `first` on; the layers below need no gradients."""

    def __init__(self, file: Path, first: int) -> None:
        super().__init__()
        reader = GGUFReader(file)
        self.base = {t.name: _tensor(dequantize(t.data, t.tensor_type)) for t in reader.tensors}
        read = {name: field.contents() for name, field in reader.fields.items() if name.startswith("qwen2.")}
        self.depth, self.heads = read["qwen2.block_count"], read["qwen2.attention.head_count"]
        self.width = read["qwen2.embedding_length"] // self.heads
        self.epsilon = read["qwen2.attention.layer_norm_rms_epsilon"]
        self.turns = read["qwen2.rope.freq_base"] ** -(torch.arange(0, self.width, 2) / self.width)
        self.first = first
        self.added = nn.ParameterDict()
        for name in (f"blk.{layer}.{part}" for layer in range(first, self.depth) for part in PARTS):
            out, wide = self.base[f"{name}.weight"].shape
            self.added[_key(name, "a")] = nn.Parameter(torch.randn(RANK, wide) / math.sqrt(wide))
            self.added[_key(name, "b")] = nn.Parameter(torch.zeros(out, RANK))

    def forward(self, ids: Tensor, positions: Tensor, seen: Tensor, asked: Tensor) -> Tensor:
        """Logits (asked, vocabulary) of the words after the tokens at `asked`; `seen` (tokens, tokens): who sees whom."""
        angles = positions[:, None] * self.turns
        both = torch.cat([angles, angles], -1)[:, None]
        turn = both.cos().bfloat16(), both.sin().bfloat16()
        states = functional.embedding(ids, self.base["token_embd.weight"])
        with torch.no_grad():
            for layer in range(self.first):
                states = self._layer(layer, states, turn, seen)
        for layer in range(self.first, self.depth):
            last = asked if layer == self.depth - 1 else None
            states = self._layer(layer, states, turn, seen, last)
        return functional.linear(self._norm(states, "output_norm"), self.base["output.weight"]).float()

    def _layer(
        self,
        layer: int,
        states: Tensor,
        turn: tuple[Tensor, Tensor],
        seen: Tensor,
        only: Tensor | None = None,
    ) -> Tensor:
        """The layer's output for all tokens, or for those at `only`."""
        block = f"blk.{layer}"
        normed = self._norm(states, f"{block}.attn_norm")
        query, key, value = (
            self._linear(f"{block}.attn_{part}", normed).view(len(states), -1, self.width) for part in "qkv"
        )
        query, key = _turned(query, turn), _turned(key, turn)
        if only is not None:
            query, seen, states = query[only], seen[only], states[only]
        drawn = functional.scaled_dot_product_attention(
            *(part.transpose(0, 1)[None] for part in (query, *self._spread(key, value))), attn_mask=seen
        )
        states = states + self._linear(f"{block}.attn_output", drawn[0].transpose(0, 1).flatten(1))
        normed = self._norm(states, f"{block}.ffn_norm")
        gate = functional.silu(self._linear(f"{block}.ffn_gate", normed))
        return states + self._linear(f"{block}.ffn_down", gate * self._linear(f"{block}.ffn_up", normed))

    def _spread(self, *parts: Tensor) -> list[Tensor]:
        """Keys or values for every head: a few heads share one."""
        return [part.repeat_interleave(self.heads // part.shape[1], 1) for part in parts]

    def _linear(self, name: str, states: Tensor) -> Tensor:
        made = functional.linear(states, self.base[f"{name}.weight"], self.base.get(f"{name}.bias"))
        if _key(name, "a") not in self.added:
            return made
        down, up = (self.added[_key(name, side)].bfloat16() for side in "ab")
        return made + functional.linear(functional.linear(states, down), up) * (ALPHA / RANK)

    def _norm(self, states: Tensor, name: str) -> Tensor:
        wide = states.float()
        wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.epsilon)
        return wide.bfloat16() * self.base[f"{name}.weight"]


def read_tokenizer(file: Path) -> Tokenizer:
    """The model's own tokenizer."""
    fields = GGUFReader(file).fields
    tokens, merges, types = (
        fields[f"tokenizer.ggml.{name}"].contents() for name in ("tokens", "merges", "token_type")
    )
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[tuple(pair.split(" ")) for pair in merges]))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control = [token for token, kind in zip(tokens, types, strict=True) if kind == CONTROL]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in control])
    return tokenizer


def write_adapter(model: Adapted, file: Path) -> None:
    """The additions as llama.cpp reads them: the first half of each in eight bits, the second in half precision."""
    writer = GGUFWriter(file, "qwen2")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", ALPHA)
    for key in sorted(model.added.keys()):
        values = model.added[key].detach().numpy()
        name, side = key.replace("/", ".").rsplit(".", 1)
        if side == "a":
            eight = GGMLQuantizationType.Q8_0
            writer.add_tensor(f"{name}.weight.lora_a", quantize(values, eight), raw_dtype=eight)
        else:
            writer.add_tensor(f"{name}.weight.lora_b", values.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def load_adapter(model: Adapted, file: Path) -> None:
    """Go on from a file that `write_adapter` wrote."""
    for tensor in GGUFReader(file).tensors:
        name, side = tensor.name.replace(".weight.lora_", ".").rsplit(".", 1)
        values = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).astype(np.float32))
        model.added[_key(name, side)].data.copy_(values)


def _key(name: str, side: str) -> str:
    return f"{name}.{side}".replace(".", "/")  # no dots in the names of parameters


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.array(values, dtype=np.float32)).to(torch.bfloat16)


def _turned(states: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    one, other = states.chunk(2, -1)
    return states * turn[0] + torch.cat([-other, one], -1) * turn[1]
