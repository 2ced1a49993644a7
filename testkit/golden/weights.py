# SPDX-FileCopyrightText: 2026 The Coterie authors
# SPDX-License-Identifier: Apache-2.0
"""Random weights that let every part of a model matter, each exact in BF16."""

import math

import torch


def fill(module, seed, inputs_first=False, gate_gain=1):
    """Draws all weights of a module; `inputs_first` where experts are stored as [in, out]."""
    generator = torch.Generator().manual_seed(seed)
    tensors = [*module.named_parameters(), *module.named_buffers()]
    with torch.no_grad():
        for name, tensor in sorted(tensors, key=lambda pair: pair[0]):
            if name.endswith("inv_freq"):
                continue
            if name.endswith("tid2eid"):
                table(tensor, module.config.n_routed_experts, generator)
            elif tensor.dtype.is_floating_point:
                transposed = inputs_first and "experts." in name
                values = draw(name, tensor.shape, transposed, generator)
                if name.endswith("gate_up_proj"):
                    values *= gate_gain
                tensor.copy_(values.to(torch.bfloat16).float())


def draw(name, shape, transposed, generator):
    """Values whose spread keeps activations near 1, and biases that do not vanish beside them."""
    values = torch.randn(shape, generator=generator)
    if "embed_tokens" in name:
        return values
    if len(shape) == 1:
        centered = name.endswith("bias") or name.endswith("base") or name.endswith("sinks")
        return 0.2 * values if centered else 1 + 0.1 * values
    inputs = shape[-2] if transposed else shape[-1]
    return 1.2 * values / math.sqrt(inputs)


def table(tensor, experts, generator):
    """Different experts for each token, [vocabulary, experts a token]."""
    for row in tensor:
        row.copy_(torch.randperm(experts, generator=generator)[: len(row)])
