// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import java.util.List;

/** An answer that is text alone. */
final class PlainReader implements AnswerReader {
  @Override
  public void append(String text, List<Piece> out) {
    if (!text.isEmpty()) {
      out.add(Piece.text(text));
    }
  }

  @Override
  public void finish(boolean complete, List<Piece> out) {}

  @Override
  public boolean thinking() {
    return false;
  }
}
