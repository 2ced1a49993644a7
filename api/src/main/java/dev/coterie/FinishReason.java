// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

/** Why a {@link Generation} ended. */
public enum FinishReason {
  /** The model ended its answer, or a stop string appeared. */
  STOP,
  /** {@link GenerationOptions#maxTokens()} tokens were generated. */
  LENGTH,
  /** The deadline passed. */
  TIMEOUT,
  /** {@link Generation#cancel()} was called, or the model was closed. */
  CANCELLED,
  /** The model calls a tool and waits for its result. */
  TOOL_CALL,
  /** Prompt and answer fill the context. */
  CONTEXT_FULL,
  /**
   * {@link GenerationOptions#maxTokens()} or the context ran out while the model was still
   * thinking; there is no answer. {@link Thinking#withAnswerReserve} leaves it room.
   */
  THINKING_EXHAUSTED,
  /** The computation failed; {@link GenerationResult#error()} says how. */
  ERROR
}
