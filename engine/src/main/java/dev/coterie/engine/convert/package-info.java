// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
/** Writes models as GGUF files, quantized: which tensor gets which type, and files that survive. */
package dev.coterie.engine.convert;
