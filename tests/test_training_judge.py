"""Training of the adapter: the network is Qwen2, claims share the reading of their passage, what is written can be read."""

from pathlib import Path

import pytest
import torch
from gguf import GGUFReader, GGUFWriter
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import Qwen2Config, Qwen2ForCausalLM

from models.adapter import ADAPTERS
from training.judge import Prompts, _step
from training.qwen import PARTS, RANK, Adapted, load_adapter, write_adapter
from training.sampling import Example, Group

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
WORDS = ["yes", "no", "<|im_start|>", "LoRA", "freezes", "trains", "weights", "the", "."]
LAYERS, LEARNING = 3, 1


@pytest.fixture(scope="module")
def qwen() -> Qwen2ForCausalLM:
    torch.manual_seed(5)
    config = Qwen2Config(
        vocab_size=40, hidden_size=64, intermediate_size=96, num_hidden_layers=LAYERS, num_attention_heads=4,
        num_key_value_heads=2, tie_word_embeddings=False, rms_norm_eps=1e-6, initializer_range=0.2,
    )  # fmt: skip
    return Qwen2ForCausalLM(config).eval()


@pytest.fixture
def model(qwen: Qwen2ForCausalLM, tmp_path: Path) -> Adapted:
    writer = GGUFWriter(tmp_path / "tiny.gguf", "qwen2")
    writer.add_block_count(LAYERS)
    writer.add_head_count(4)
    writer.add_embedding_length(64)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(qwen.config.rope_parameters["rope_theta"])
    whole = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    for name, values in qwen.state_dict().items():
        part, _, ending = name.rpartition(".")
        if part.startswith("model.layers."):
            _, _, layer, rest = part.split(".", 3)
            part = f"blk.{layer}.{NAMES[rest]}"
        writer.add_tensor(f"{whole.get(part, part)}.{ending}", values.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return Adapted(tmp_path / "tiny.gguf", LEARNING)


@pytest.fixture
def prompts() -> Prompts:
    vocabulary = {word: number for number, word in enumerate([*WORDS, "<unk>"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return Prompts(tokenizer)


def stir(model: Adapted) -> None:
    for values in model.added.values():
        values.data.normal_(0, 0.1)


def test_the_network_is_qwen2(qwen: Qwen2ForCausalLM, model: Adapted) -> None:
    ids = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6])
    order = torch.arange(len(ids))
    with torch.no_grad():
        expected = qwen(ids[None]).logits[0, [2, 7]]
        found = model(ids, order, order[:, None] >= order[None], torch.tensor([2, 7]))
    assert found.shape == (2, 40) and (found - expected).abs().max() < 0.05 * expected.abs().max()


def test_claims_that_share_a_passage_are_read_as_if_alone(model: Adapted, prompts: Prompts) -> None:
    stir(model)
    passage, claims = (
        "LoRA freezes the weights .",
        ["LoRA trains the weights", "LoRA freezes", "the the the ."],
    )
    with torch.no_grad():
        together = model(*prompts.row(passage, claims))
        alone = torch.cat([model(*prompts.row(passage, [claim])) for claim in claims])
    assert torch.allclose(together, alone, atol=0.05 * float(alone.abs().max()))
    assert not torch.allclose(alone[0], alone[1], atol=0.05)


def test_a_step_moves_the_additions_towards_the_labels(model: Adapted, prompts: Prompts) -> None:
    group = Group(
        "LoRA freezes the weights .", [Example("LoRA freezes", True), Example("LoRA trains", False)]
    )
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.01)
    losses = []
    for _ in range(30):
        losses.append(_step(model, prompts, group))
        optimiser.step()
        optimiser.zero_grad()
    assert losses[-1] < 0.3 * losses[0]
    assert all(not values.requires_grad for values in model.base.values())


def test_what_is_written_is_read_again(model: Adapted, prompts: Prompts, tmp_path: Path) -> None:
    stir(model)
    row = prompts.row("LoRA freezes the weights .", ["LoRA trains the weights", "LoRA"])
    with torch.no_grad():
        before = model(*row)
        write_adapter(model, tmp_path / "adapter.gguf")
        for values in model.added.values():
            values.data.zero_()
        plain = model(*row)
        load_adapter(model, tmp_path / "adapter.gguf")
        after = model(*row)
    assert torch.allclose(before, after, atol=0.1) and not torch.allclose(before, plain, atol=0.3)


@pytest.mark.parametrize("adapter", ADAPTERS.values())
def test_what_ships_fits_the_model(adapter: Path) -> None:
    shapes = {tensor.name: tuple(tensor.shape) for tensor in GGUFReader(adapter).tensors}
    layers = {int(name.split(".")[1]) for name in shapes}
    assert layers == set(range(min(layers), 28)) and len(shapes) == 2 * len(PARTS) * len(layers)
    assert shapes["blk.27.ffn_down.weight.lora_a"] == (8960, RANK)
    assert shapes["blk.27.ffn_down.weight.lora_b"] == (RANK, 1536)
