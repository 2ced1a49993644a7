// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
/**
 * Encodes float32 weights in the block formats of GGUF. Each encoder looks for the block of least
 * squared error, by search over the scales; it knows nothing of how other programs round.
 */
package dev.coterie.engine.quantize;
