# SPDX-FileCopyrightText: 2026 The Coterie authors
# SPDX-License-Identifier: Apache-2.0
"""Files of a checkpoint under the names and keys that publishers use."""

import json
import string

from safetensors.torch import save
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

MERGES = ["th", "he", "in", "er", "an", "re"]
RATIOS = {
    "sliding_attention": 0,
    "compressed_sparse_attention": 4,
    "heavily_compressed_attention": 128,
}
V4_NAMES = [
    ("model.embed_tokens.", "embed."),
    ("model.hc_head.", ""),
    (".attn.norm.", ".attn.kv_norm."),
    ("model.", ""),
]


def write_weights(folder, published, model_type):
    """model.safetensors; DeepSeek publishes V4 under names of its own."""
    if model_type == "deepseek_v4":
        published = {v4_name(name): tensor for name, tensor in published.items()}
    tensors = {name: tensor.contiguous() for name, tensor in published.items()}
    (folder / "model.safetensors").write_bytes(save(tensors))


def v4_name(name):
    if name.startswith("model.hc_head."):
        return name.replace("model.hc_head.hc_", "hc_head_")
    for theirs, own in V4_NAMES:
        name = name.replace(theirs, own)
    return name


def write_config(folder, config, quantization):
    """config.json: as transformers writes it, and for FP8 and FP4 as DeepSeek does."""
    keys = json.loads(config.to_json_string())
    keys["dtype"] = "bfloat16"
    if quantization in ("fp8", "fp4"):
        as_deepseek(keys)
        keys["quantization_config"] = dict(
            quant_method="fp8", fmt="e4m3", weight_block_size=[128, 128]
        )
    if quantization == "fp4":
        keys["expert_dtype"] = "fp4"
        keys["quantization_config"]["scale_fmt"] = "ue8m0"
    if quantization == "mxfp4":
        keys["quantization_config"] = dict(quant_method="mxfp4")
    (folder / "config.json").write_text(json.dumps(keys, indent=1, sort_keys=True) + "\n")


def as_deepseek(keys):
    """Older places of the rotary embedding and of the kinds of layers."""
    rope = keys.pop("rope_parameters")
    if "compress" in rope:
        rope = rope["compress"]
        keys["compress_ratios"] = [RATIOS[kind] for kind in keys.pop("layer_types")]
        keys["num_hash_layers"] = keys.pop("mlp_layer_types").count("hash_moe")
        del keys["compress_rates"]
    else:
        keys["rope_theta"] = rope["rope_theta"]
        keys["scoring_func"] = "sigmoid"
    names = (
        "factor",
        "beta_fast",
        "beta_slow",
        "original_max_position_embeddings",
        "mscale",
        "mscale_all_dim",
    )
    keys["rope_scaling"] = dict(type="yarn", **{name: rope[name] for name in names if name in rope})


def write_tokenizer(folder, vocabulary):
    """Byte-level BPE over ASCII: markers, visible characters, space, line feed and some pairs."""
    tokens = ["<bos>", "<eos>", *string.printable[:94], "Ġ", "Ċ", *MERGES]
    assert len(set(tokens)) == vocabulary, len(set(tokens))
    tokenizer = Tokenizer(
        models.BPE(
            vocab={token: i for i, token in enumerate(tokens)},
            merges=[tuple(pair) for pair in MERGES],
        )
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in tokens[:2]])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = dict(
        bos_token="<bos>",
        eos_token="<eos>",
        add_bos_token=True,
        tokenizer_class="PreTrainedTokenizerFast",
    )
    (folder / "tokenizer_config.json").write_text(json.dumps(config) + "\n")
