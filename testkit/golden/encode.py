# SPDX-FileCopyrightText: 2026 The Coterie authors
# SPDX-License-Identifier: Apache-2.0
"""Weights as published checkpoints encode them, and the exact values that these encodings have."""

import re

import torch

E2M1 = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6])
FP8_BLOCK = 128
FP4_BLOCK = 32

IN_FP8 = re.compile(
    r"layers\.\d+\.(self_attn\.\w+_proj\w*|mlp\.(?!gate\.).*_proj"
    r"|attn\.(wq_a|wq_b|wkv|wo_a|wo_b)|attn\.indexer\.wq_b|ffn\.shared_experts\.w\d)\.weight"
)
IN_FP4 = re.compile(r"layers\.\d+\.ffn\.experts\.\d+\.w\d\.weight")
IN_MXFP4 = re.compile(r"layers\.\d+\.mlp\.experts\.(gate_up|down)_proj")
IN_F32 = re.compile(r"e_score_correction_bias|hc_|attn_sink|\.ape$|ffn\.gate\.bias")


def encode(tensors, quantization):
    """Takes float32 tensors by name; returns those to publish and the float32 values they have."""
    published, exact = {}, {}
    for name, tensor in tensors.items():
        exact[name] = tensor
        if quantization in ("fp8", "fp4") and IN_FP8.search(name):
            powers = quantization == "fp4"
            codes, scales, exact[name] = fp8(tensor, powers)
            published[name] = codes
            published[scale_name(name, powers)] = scales
        elif quantization == "fp4" and IN_FP4.search(name):
            codes, exponents, exact[name] = fp4(tensor)
            published[name] = codes.view(torch.int8)
            published[scale_name(name, True)] = exponents.view(torch.float8_e8m0fnu)
        elif quantization == "mxfp4" and IN_MXFP4.search(name) and not name.endswith("bias"):
            rows = tensor.transpose(1, 2).contiguous()  # [experts, out, in]
            codes, exponents, values = fp4(rows)
            blocks = (*rows.shape[:2], rows.shape[2] // FP4_BLOCK, FP4_BLOCK // 2)
            published[name + "_blocks"] = codes.view(blocks)
            published[name + "_scales"] = exponents
            exact[name] = values.transpose(1, 2).contiguous()
        elif not tensor.dtype.is_floating_point or IN_F32.search(name):
            published[name] = tensor
        else:
            published[name] = tensor.to(torch.bfloat16)
    return published, exact


def scale_name(name, powers):
    return name.removesuffix("weight") + "scale" if powers else name + "_scale_inv"


def fp8(matrix, powers):
    """E4M3 with a scale for each 128 x 128: in float32, or a power of two as E8M0."""
    rows, columns = matrix.shape
    codes = torch.empty(rows, columns, dtype=torch.float8_e4m3fn)
    scales = torch.empty(-(-rows // FP8_BLOCK), -(-columns // FP8_BLOCK))
    values = torch.empty(rows, columns)
    for i in range(scales.shape[0]):
        for j in range(scales.shape[1]):
            block = (
                slice(i * FP8_BLOCK, (i + 1) * FP8_BLOCK),
                slice(j * FP8_BLOCK, (j + 1) * FP8_BLOCK),
            )
            scale = matrix[block].abs().max() / 448
            scale = torch.exp2(torch.ceil(torch.log2(scale))) if powers else scale
            scales[i, j] = scale
            codes[block] = (matrix[block] / scale).to(torch.float8_e4m3fn)
            values[block] = codes[block].float() * scale
    return codes, scales.to(torch.float8_e8m0fnu) if powers else scales, values


def fp4(matrices):
    """E2M1, two a byte, the even column low, with an exponent for each 32 of a row."""
    shape = matrices.shape
    groups = matrices.reshape(*shape[:-1], -1, FP4_BLOCK)
    scale = torch.exp2(torch.ceil(torch.log2(groups.abs().amax(-1, keepdim=True) / 6)))
    magnitude = ((groups / scale).abs().unsqueeze(-1) - E2M1).abs().argmin(-1)
    negative = groups < 0
    values = torch.where(negative, -1, 1) * E2M1[magnitude] * scale
    nibbles = (magnitude + 8 * negative).to(torch.uint8).reshape(shape)
    codes = nibbles[..., 0::2] | (nibbles[..., 1::2] << 4)
    exponents = (torch.log2(scale).squeeze(-1) + 127).to(torch.uint8)
    return codes, exponents, values.reshape(shape)
