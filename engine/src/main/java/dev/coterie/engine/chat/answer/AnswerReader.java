// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.answer;

import java.util.List;

/**
 * Parts an answer that arrives in pieces. What comes out does not depend on where the pieces end:
 * text that may yet become a marker is held back. Never throws, whatever the model writes. For use
 * by one thread.
 */
public interface AnswerReader {
  /**
   * Takes the next characters.
   *
   * @param text decoded tokens, markers by their names
   * @param out gets what is certain
   */
  void append(String text, List<Piece> out);

  /**
   * Ends the answer.
   *
   * @param complete whether the model ended it, or else it was cut off
   * @param out gets what was held back
   */
  void finish(boolean complete, List<Piece> out);

  /**
   * Whether the next characters are thought.
   *
   * @return whether the answer is within a thought
   */
  boolean thinking();
}
