# SPDX-FileCopyrightText: 2026 The Coterie authors
# SPDX-License-Identifier: Apache-2.0
"""Choices that every implementation can repeat.

Scores of indexers are often exactly equal, and which of them torch takes depends on the length of
the prompt. Here the earlier one wins. Scores that are nearly equal are measured, so that a model
whose choices hang on rounding can be turned down.
"""

from contextlib import contextmanager

import torch


@contextmanager
def earlier_wins():
    """Replaces torch's top-k; gives a list whose minimum is the narrowest choice made."""
    gaps = [float("inf")]

    def topk(scores, k, dim=-1, largest=True, sorted=True):
        values, indices = torch.sort(scores, dim=dim, descending=largest, stable=True)
        if k < scores.shape[dim]:
            gap = (values.narrow(dim, k - 1, 1) - values.narrow(dim, k, 1)).abs()
            gap = gap[(gap > 0) & gap.isfinite()]
            gaps.extend(gap.flatten().tolist())
        top = values.narrow(dim, 0, k), indices.narrow(dim, 0, k)
        return torch.return_types.topk(top)

    before = torch.topk, torch.Tensor.topk
    torch.topk = torch.Tensor.topk = topk
    try:
        yield gaps
    finally:
        torch.topk, torch.Tensor.topk = before
