// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Tokenizers: byte-level and SentencePiece-style BPE, read from GGUF metadata or tokenizer.json.
 */
package dev.coterie.engine.tokenizer;
