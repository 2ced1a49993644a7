// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.nio.FloatBuffer;

/** Takes the logits of one position after the other. */
@FunctionalInterface
public interface LogitsConsumer {
  /**
   * The logits that follow one token.
   *
   * @param position the token's index in the sequence, from 0
   * @param logits {@code [vocabularySize]}, read-only, valid during this call only
   */
  void accept(int position, FloatBuffer logits);
}
