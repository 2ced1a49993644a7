// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.util.Objects;

/**
 * The tokens of a text, and which part of the text each comes from. Ranges are counted in chars of
 * the text as it was given, that is, in UTF-16 code units. Immutable.
 *
 * <p>Ranges begin and end at whole characters and their starts never decrease. They touch, unless
 * the tokenizer leaves something out, and overlap only where tokens share a character:
 *
 * <ul>
 *   <li>a token that holds some of a character's bytes has the range of the whole character, and so
 *       have its neighbors that hold the other bytes;
 *   <li>where the tokenizer normalizes text first, tokens that come from a stretch which that
 *       changes have the range of the whole stretch;
 *   <li>a space that the tokenizer puts before a text has no range of its own: a token of nothing
 *       else has an empty one.
 * </ul>
 */
public final class Encoding {
  private final int[] ids;
  private final int[] starts;
  private final int[] ends;

  /**
   * The tokens of a text.
   *
   * @param ids the tokens; copied
   * @param starts where the range of each begins; copied
   * @param ends where the range of each ends, exclusive; copied
   * @throws IllegalArgumentException if they are not of one length
   */
  public Encoding(int[] ids, int[] starts, int[] ends) {
    if (starts.length != ids.length || ends.length != ids.length) {
      throw new IllegalArgumentException(
          "ranges: expected one a token, that is "
              + ids.length
              + ", found "
              + starts.length
              + " starts and "
              + ends.length
              + " ends");
    }
    this.ids = ids.clone();
    this.starts = starts.clone();
    this.ends = ends.clone();
  }

  /**
   * The tokens.
   *
   * @return a copy
   */
  public int[] ids() {
    return ids.clone();
  }

  /**
   * How many tokens there are.
   *
   * @return the number
   */
  public int size() {
    return ids.length;
  }

  /**
   * A token.
   *
   * @param index which one, from 0
   * @return its id
   * @throws IndexOutOfBoundsException if there is no such token
   */
  public int id(int index) {
    return ids[index];
  }

  /**
   * Where the range of a token begins.
   *
   * @param index which token, from 0
   * @return an index into the text
   * @throws IndexOutOfBoundsException if there is no such token
   */
  public int start(int index) {
    return starts[index];
  }

  /**
   * Where the range of a token ends.
   *
   * @param index which token, from 0
   * @return an index into the text, exclusive
   * @throws IndexOutOfBoundsException if there is no such token
   */
  public int end(int index) {
    return ends[index];
  }

  /**
   * The first token whose range has a char of the text.
   *
   * @param at the char's index
   * @return the token's index, or −1 if the char is in no range
   * @throws IndexOutOfBoundsException if the index is negative
   */
  public int tokenAt(int at) {
    Objects.checkIndex(at, Integer.MAX_VALUE);
    int low = 0;
    int high = ids.length;
    while (low < high) { // ends never decrease either
      int middle = (low + high) >>> 1;
      if (ends[middle] > at) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low < ids.length && starts[low] <= at ? low : -1;
  }

  @Override
  public String toString() {
    return "Encoding[" + ids.length + " tokens]";
  }
}
