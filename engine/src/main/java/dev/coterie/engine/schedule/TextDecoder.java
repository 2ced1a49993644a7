// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

/**
 * Turns the tokens of one answer into text, one after the other. What it returns joined is the
 * answer's text; a character that spans tokens comes out whole, with its last token. For use by one
 * thread.
 */
public interface TextDecoder {
  /**
   * Takes the next token.
   *
   * @param id the token
   * @return the characters that are now complete; often none
   */
  String append(int id);

  /**
   * Ends the text.
   *
   * @return what stands for the bytes of an incomplete character; else empty
   */
  String flush();
}
