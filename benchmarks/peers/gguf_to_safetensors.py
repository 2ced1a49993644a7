#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Coterie authors
# SPDX-License-Identifier: Apache-2.0
"""Writes a GGUF file of the architecture llama, in BF16, as a folder with safetensors.

    benchmarks/peers/gguf_to_safetensors.py MODEL-BF16.gguf FOLDER

For peers that read published checkpoints only. Rows of query and key go back into the order of
published checkpoints. The tokenizer is byte-level BPE without what splits text before it.
"""
import json
import mmap
import pathlib
import struct
import sys

SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
TYPES = {0: ("F32", 4), 1: ("F16", 2), 30: ("BF16", 2)}
OUTSIDE = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight",
           "output.weight": "lm_head.weight"}
INSIDE = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
          "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
          "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
          "ffn_down": "mlp.down_proj"}


class Gguf:
    """Metadata and tensors (type, shape with the rows first, bytes) of a file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.at = 8
        if self.data[:4] != b"GGUF":
            sys.exit(f"{path}: not a GGUF file")
        tensors, pairs = self.scalar("Q"), self.scalar("Q")
        self.metadata = {self.text(): self.value(self.scalar("I")) for _ in range(pairs)}
        infos = [(self.text(), [self.scalar("Q") for _ in range(self.scalar("I"))],
                  self.scalar("I"), self.scalar("Q")) for _ in range(tensors)]
        alignment = self.metadata.get("general.alignment", 32)
        start = -(-self.at // alignment) * alignment
        self.tensors = {}
        for name, shape, kind, offset in infos:
            if kind not in TYPES:
                sys.exit(f"{path}: tensor '{name}': expected F32, F16 or BF16, found type {kind}")
            kind, width = TYPES[kind]
            count = 1
            for size in shape:
                count *= size
            begin = start + offset
            self.tensors[name] = (kind, shape[::-1], self.data[begin:begin + count * width])

    def scalar(self, code):
        value, = struct.unpack_from("<" + code, self.data, self.at)
        self.at += struct.calcsize("<" + code)
        return value

    def text(self):
        length = self.scalar("Q")
        self.at += length
        return self.data[self.at - length:self.at].decode("utf-8", "replace")

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind == 9:
            item, count = self.scalar("I"), self.scalar("Q")
            return [self.value(item) for _ in range(count)]
        return self.scalar(SCALARS[kind])


def main():
    source, target = Gguf(sys.argv[1]), pathlib.Path(sys.argv[2])
    architecture = source.metadata["general.architecture"]
    if architecture != "llama":
        sys.exit(f"{sys.argv[1]}: expected the architecture llama, found {architecture}")
    target.mkdir(parents=True, exist_ok=True)
    write_json(target / "config.json", config(source))
    write_json(target / "tokenizer.json", tokenizer(source))
    write_json(target / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast"})
    (target / "README.md").write_text(f"From {pathlib.Path(sys.argv[1]).name}.\n", encoding="utf-8")
    heads = {"attn_q": source.metadata["llama.attention.head_count"],
             "attn_k": source.metadata["llama.attention.head_count_kv"]}
    tensors = {}
    for name, (kind, shape, data) in source.tensors.items():
        if name in OUTSIDE:
            tensors[OUTSIDE[name]] = (kind, shape, data)
        elif name.startswith("blk."):
            _, layer, part, _ = name.split(".")
            if part in heads:
                data = published_order(data, shape[0], heads[part])
            tensors[f"model.layers.{layer}.{INSIDE[part]}.weight"] = (kind, shape, data)
    write_safetensors(target / "model.safetensors", tensors)


def published_order(data, rows, heads):
    """Pairs (2i, 2i+1) of a head's rows become (i, i + half)."""
    row, size = len(data) // rows, rows // heads
    order = (head * size + 2 * i + j for head in range(heads) for j in range(2) for i in range(size // 2))
    return b"".join(data[k * row:(k + 1) * row] for k in order)


def config(source):
    get = lambda key: source.metadata["llama." + key]
    return {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
            "torch_dtype": "bfloat16", "hidden_size": get("embedding_length"),
            "intermediate_size": get("feed_forward_length"), "num_hidden_layers": get("block_count"),
            "num_attention_heads": get("attention.head_count"),
            "num_key_value_heads": get("attention.head_count_kv"),
            "max_position_embeddings": get("context_length"),
            "rms_norm_eps": get("attention.layer_norm_rms_epsilon"),
            "rope_theta": source.metadata.get("llama.rope.freq_base", 10000.0),
            "vocab_size": source.tensors["token_embd.weight"][1][0],
            "tie_word_embeddings": "output.weight" not in source.tensors,
            "bos_token_id": source.metadata.get("tokenizer.ggml.bos_token_id", 1),
            "eos_token_id": source.metadata.get("tokenizer.ggml.eos_token_id", 2)}


def tokenizer(source):
    tokens = source.metadata["tokenizer.ggml.tokens"]
    special = [i for i, kind in enumerate(source.metadata["tokenizer.ggml.token_type"]) if kind == 3]
    return {"version": "1.0",
            "added_tokens": [{"id": i, "content": tokens[i], "special": True, "normalized": False,
                              "lstrip": False, "rstrip": False, "single_word": False} for i in special],
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False},
            "model": {"type": "BPE", "vocab": {token: i for i, token in enumerate(tokens)},
                      "merges": source.metadata.get("tokenizer.ggml.merges", []),
                      "unk_token": None, "fuse_unk": False, "byte_fallback": False,
                      "ignore_merges": False}}


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, _, data in tensors.values():
            file.write(data)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main()
