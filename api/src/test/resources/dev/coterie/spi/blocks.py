# SPDX-FileCopyrightText: 2026 The Coterie authors
# SPDX-License-Identifier: Apache-2.0
"""Writes blocks.bin beside itself: random blocks of every type and what gguf-py decodes them to.

    pip install gguf==0.19.0 numpy==2.4.6 && python blocks.py

For every type: its name (one length byte, ASCII), the number of values (i32), the number of bytes (i32),
the bytes, the values (f32); all little-endian. Scales run through the edge cases below; what is not a
number by the E8M0 specification (255) and the sign bit of unsigned E4M3 are left out, as gguf-py reads
them as numbers.
"""

import struct
from pathlib import Path

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

SEED = 20261124

# Zero, minus zero, least and greatest subnormal, least normal, greatest, one, minus a third, infinity, NaN.
HALVES = [0x0000, 0x8000, 0x0001, 0x03FF, 0x0400, 0x7BFF, 0xFBFF, 0x3C00, 0xB555, 0x7C00, 0xFC00, 0x7E00]
E8M0 = [0, 1, 2, 100, 127, 128, 200, 251, 253, 254]
E4M3 = [0x00, 0x01, 0x07, 0x08, 0x38, 0x39, 0x7E, 0x7F]

# Where the halves of a block lie; the blocks of other types have scales of other kinds.
HALF_OFFSETS = {
    "Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "IQ4_NL": [0],
    "Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_XS": [0],
}  # fmt: skip
PLAIN = {"F32": 64, "F16": 64, "BF16": 64, "MXFP4": 20, "NVFP4": 8}


def blocks(name: str, random: np.random.Generator) -> np.ndarray:
    size, size_bytes = GGML_QUANT_SIZES[GGMLQuantizationType[name]]
    count = PLAIN.get(name, 26 if size == 32 else 7)
    data = random.integers(0, 256, (count, size_bytes), dtype=np.uint8)
    for i, block in enumerate(data):
        for n, offset in enumerate(HALF_OFFSETS.get(name, [])):
            moderate = np.float16(random.normal() * 0.1).tobytes()
            edges = HALVES if size == 32 else HALVES[2:7]
            edge = struct.pack("<H", edges[(i // 2 + 5 * n) % len(edges)])
            block[offset : offset + 2] = list(edge if i % 2 else moderate)
        if name == "MXFP4":
            block[0] = E8M0[i % len(E8M0)] if i < 10 else 110 + i
        if name == "NVFP4":
            block[:4] = [E4M3[(4 * i + s) % len(E4M3)] if i < 4 else block[s] & 0x7F for s in range(4)]
    if name == "F16":
        data[: len(HALVES)] = np.array(HALVES, "<u2").view(np.uint8).reshape(-1, 2)
    return data


def main() -> None:
    random = np.random.default_rng(SEED)
    with open(Path(__file__).with_name("blocks.bin"), "wb") as out, np.errstate(all="ignore"):
        for name in list(PLAIN) + list(HALF_OFFSETS):
            data = blocks(name, random)
            kind = GGMLQuantizationType[name]
            if name in ("F32", "F16"):
                values = data.view("<f4" if name == "F32" else "<f2").astype(np.float32)
            else:
                values = dequantize(data.reshape(1, -1), kind)
            values = values.reshape(-1).astype("<f4")
            out.write(struct.pack("B", len(name)) + name.encode())
            out.write(struct.pack("<ii", values.size, data.size))
            out.write(data.tobytes() + values.tobytes())


main()
