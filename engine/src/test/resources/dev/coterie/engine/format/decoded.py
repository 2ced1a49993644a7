# SPDX-FileCopyrightText: 2026 The Coterie authors
# SPDX-License-Identifier: Apache-2.0
"""Reads tensors of the golden folders with NumPy alone and prints a line for each: folder, name in
GGUF files, shape, CRC-32 of the values as float32.

Usage: decoded.py GOLDEN > decoded.csv
"""
import json
import struct
import sys
import zlib

import numpy as np

E2M1 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6])


def e4m3(codes):
    exponent, mantissa = (codes.astype(int) >> 3) & 15, codes & 7
    small = mantissa * 2.0**-9
    value = np.where(exponent == 0, small, (1 + mantissa / 8) * 2.0 ** (exponent - 7.0))
    return np.where(codes >> 7, -value, value)


class Folder:
    def __init__(self, name):
        self.name = name
        data = open(f"{sys.argv[1]}/{name}/model.safetensors", "rb").read()
        length = struct.unpack("<Q", data[:8])[0]
        self.header = json.loads(data[8 : 8 + length])
        self.data = data[8 + length :]

    def codes(self, key):
        entry = self.header[key]
        begin, end = entry["data_offsets"]
        types = {"BF16": np.uint16, "F32": np.float32}
        codes = np.frombuffer(self.data[begin:end], types.get(entry["dtype"], np.uint8))
        codes = codes.reshape(entry["shape"])
        match entry["dtype"]:
            case "F32":
                return codes
            case "BF16":
                return (codes.astype(np.uint32) << 16).view(np.float32)
            case "F8_E4M3":
                return e4m3(codes)
            case "F8_E8M0":
                return 2.0 ** (codes.astype(float) - 127)
            case "I8":
                return np.stack([E2M1[codes & 15], E2M1[codes >> 4]], -1).reshape(
                    codes.shape[0], 2 * codes.shape[1]
                )

    def read(self, key):
        values = self.codes(key).astype(np.float64)
        packed = self.header[key]["dtype"] == "I8"
        rows, columns = (1, 32) if packed else (128, 128)
        for scale in {key + "_scale_inv", key.replace(".weight", ".scale")} - {key}:
            if scale in self.header:
                factors = self.codes(scale).astype(np.float64)
                factors = np.repeat(np.repeat(factors, rows, 0), columns, 1)
                values = values * factors[: values.shape[0], : values.shape[1]]
        return values.astype(np.float32)

    def show(self, gguf, values):
        crc = zlib.crc32(np.ascontiguousarray(values, np.float32).tobytes())
        print(f"{self.name},{gguf},{' '.join(map(str, values.shape))},{crc}")

    def experts(self, layer, count, names):
        for part, name in zip(("gate", "up", "down"), names):
            stack = np.stack([self.read(name.format(e)) for e in range(count)])
            self.show(f"blk.{layer}.ffn_{part}_exps.weight", stack)


v3 = Folder("deepseek_v3_fp8")
kv = v3.read("model.layers.1.self_attn.kv_b_proj.weight").reshape(4, 96, 128)
v3.show("blk.1.attn_k_b.weight", kv[:, :48].transpose(0, 2, 1))
v3.show("blk.1.attn_v_b.weight", kv[:, 48:])
v3.show("blk.2.attn_q_b.weight", v3.read("model.layers.2.self_attn.q_b_proj.weight"))
v3.show("blk.0.attn_kv_a_mqa.weight", v3.read("model.layers.0.self_attn.kv_a_proj_with_mqa.weight"))
v3.experts(2, 8, [f"model.layers.2.mlp.experts.{{}}.{n}_proj.weight" for n in ("gate", "up", "down")])

v4 = Folder("deepseek_v4")
v4.experts(4, 16, [f"layers.4.ffn.experts.{{}}.{n}.weight" for n in ("w1", "w3", "w2")])
v4.show("blk.1.attn_compressor_ape.weight", v4.read("layers.1.attn.compressor.ape"))
v4.show("output_hc_fn.weight", v4.read("hc_head_fn"))
v4.show("blk.0.attn_kv.weight", v4.read("layers.0.attn.wkv.weight"))

fp4 = Folder("deepseek_v4_fp4")
fp4.experts(3, 8, [f"layers.3.ffn.experts.{{}}.{n}.weight" for n in ("w1", "w3", "w2")])
fp4.show("blk.0.attn_q_b.weight", fp4.read("layers.0.attn.wq_b.weight"))
fp4.show("blk.0.attn_output_a.weight", fp4.read("layers.0.attn.wo_a.weight"))
fp4.show("blk.1.indexer.attn_q_b.weight", fp4.read("layers.1.attn.indexer.wq_b.weight"))

oss = Folder("gpt_oss")
both = oss.read("model.layers.1.mlp.experts.gate_up_proj").transpose(0, 2, 1)
oss.show("blk.1.ffn_gate_exps.weight", both[:, 0::2])
oss.show("blk.1.ffn_up_exps.weight", both[:, 1::2])
down = oss.read("model.layers.1.mlp.experts.down_proj")
oss.show("blk.1.ffn_down_exps.weight", down.transpose(0, 2, 1))
both = oss.read("model.layers.1.mlp.experts.gate_up_proj_bias")
oss.show("blk.1.ffn_gate_exps.bias", both[:, 0::2])
oss.show("blk.1.ffn_up_exps.bias", both[:, 1::2])
oss.show("blk.1.ffn_down_exps.bias", oss.read("model.layers.1.mlp.experts.down_proj_bias"))
norm = "model.layers.0.post_attention_layernorm.weight"
oss.show("blk.0.post_attention_norm.weight", oss.read(norm))
oss.show("blk.0.attn_sinks.weight", oss.read("model.layers.0.self_attn.sinks"))
oss.show("blk.0.attn_output.bias", oss.read("model.layers.0.self_attn.o_proj.bias"))
oss.show("blk.0.ffn_gate_inp.bias", oss.read("model.layers.0.mlp.router.bias"))
