"""Writes the trained network as the int8 ONNX graph that ships: `python -m training.export --run FOLDER --to FILE`.

Word vectors stay out: they lie with the encoder on every reader's disk, so the graph takes vectors instead of ids.
"""

import argparse
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn

from training.model import HIDDEN, Checker, from_encoder

NAMES = ("passages", "there", "claims", "said", "of")


class WithoutWords(nn.Module):
    """The network behind its word vectors: both texts come as (rows, tokens, hidden)."""

    def __init__(self, checker: Checker) -> None:
        super().__init__()
        self.checker = checker
        checker.words = nn.Identity()

    def forward(
        self, passages: Tensor, there: Tensor, claims: Tensor, said: Tensor, of: Tensor
    ) -> tuple[Tensor, Tensor]:
        """As `Checker.forward`."""
        return self.checker(passages, there, claims, said, of)[:2]


def main() -> None:
    """Read the command line, export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True, help="the --out folder of training.train")
    parser.add_argument("--to", type=Path, required=True)
    given = parser.parse_args()
    model = from_encoder(given.encoder)
    model.load_state_dict(torch.load(given.run / "checkpoint.pt", map_location="cpu")["model"])
    export(model, given.to)


def export(model: Checker, path: Path) -> None:
    """Write the graph. Matrices in int8, one scale per output; activations are quantised as they come."""
    from onnxruntime.quantization import QuantType, quant_pre_process, quantize_dynamic

    wrapped = WithoutWords(model.eval())
    passages, claims = torch.zeros(2, 11, HIDDEN), torch.zeros(3, 7, HIDDEN)
    inputs = (passages, torch.ones(2, 11), claims, torch.ones(3, 7), torch.tensor([0, 0, 1]))
    axes = {
        "passages": {0: "passages_", 1: "length"},
        "there": {0: "passages_", 1: "length"},
        "claims": {0: "claims_", 1: "tokens"},
        "said": {0: "claims_", 1: "tokens"},
        "of": {0: "claims_"},
    }
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "checker.onnx"
        torch.onnx.export(
            wrapped, inputs, str(full), input_names=list(NAMES), output_names=["score", "missing"],
            dynamic_shapes=tuple({k: torch.export.Dim.DYNAMIC for k in axes[n]} for n in NAMES),
            dynamo=True, external_data=False, opset_version=20,
        )  # fmt: skip
        folded = Path(folder) / "folded.onnx"  # transposed weights become weights
        quant_pre_process(full, folded, skip_symbolic_shape=True)
        quantize_dynamic(
            folded, path, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gemm"],
        )  # fmt: skip


if __name__ == "__main__":
    main()
