# SPDX-FileCopyrightText: 2026 The Coterie authors
# SPDX-License-Identifier: Apache-2.0
"""DeepSeek-V3's module for multi-token prediction (arXiv 2412.19437, 2.2).

transformers leaves it out. Its block is one of the model's, which is taken from there.
"""

from copy import deepcopy

import torch
from torch import nn


class MultiTokenPredictor(nn.Module):
    """From the hidden state of position t and the token of t + 1 to the logits of t + 2."""

    def __init__(self, model, own):
        super().__init__()
        self.model = [model]  # in a list, so that its weights do not count as the module's
        width, norm = model.config.hidden_size, type(model.model.norm)
        self.embed_tokens = deepcopy(model.model.embed_tokens) if own else None
        self.enorm = norm(width, model.config.rms_norm_eps)
        self.hnorm = norm(width, model.config.rms_norm_eps)
        self.eh_proj = nn.Linear(2 * width, width, bias=False)
        self.block = deepcopy(model.model.layers[-1])
        self.shared_head = nn.Module()
        self.shared_head.norm = norm(width, model.config.rms_norm_eps)
        self.shared_head.head = deepcopy(model.lm_head) if own else None

    def forward(self, hidden, tokens):
        """Takes [positions, width] and [positions]; gives [positions, vocabulary]."""
        (model,) = self.model
        embed = self.embed_tokens or model.model.embed_tokens
        head = self.shared_head.head or model.lm_head
        joined = torch.cat([self.enorm(embed(tokens)), self.hnorm(hidden)], -1)
        x = self.eh_proj(joined)[None]
        positions = torch.arange(len(tokens))[None]
        mask = torch.full((len(tokens), len(tokens)), torch.finfo(x.dtype).min).triu(1)
        x = self.block(
            x,
            attention_mask=mask[None, None],
            position_ids=positions,
            position_embeddings=model.model.rotary_emb(x, positions),
        )
        return head(self.shared_head.norm(x[0]))

    def published(self):
        """The weights by their published names: those of one more layer, experts one by one."""
        (model,) = self.model
        prefix = f"model.layers.{model.config.num_hidden_layers}."
        tensors = {}
        for name, tensor in self.state_dict().items():
            name = prefix + name.removeprefix("block.")
            if name.endswith("mlp.experts.gate_up_proj"):
                gate, up = tensor.chunk(2, dim=1)
                one_by_one(tensors, name.replace("gate_up_proj", "{}.gate_proj.weight"), gate)
                one_by_one(tensors, name.replace("gate_up_proj", "{}.up_proj.weight"), up)
            elif name.endswith("mlp.experts.down_proj"):
                one_by_one(tensors, name.replace("down_proj", "{}.down_proj.weight"), tensor)
            else:
                tensors[name] = tensor
        return tensors


def one_by_one(tensors, name, stack):
    for expert, matrix in enumerate(stack):
        tensors[name.format(expert)] = matrix
