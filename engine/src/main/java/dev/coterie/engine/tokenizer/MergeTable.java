// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.Arrays;

/** Which two neighboring tokens become which third, and in what order of preference. Immutable. */
final class MergeTable {
  /** What {@link #find} answers for a pair that does not merge. Larger than any merge. */
  static final long NONE = Long.MAX_VALUE;

  private final LongMap pairs;

  private MergeTable(LongMap pairs) {
    this.pairs = pairs;
  }

  /**
   * The merge of a pair of tokens.
   *
   * @return the rank (less is sooner) in the upper 32 bits and the merged token in the lower, or
   *     NONE
   */
  long find(int left, int right) {
    long merge = pairs.get(pair(left, right));
    return merge == LongMap.ABSENT ? NONE : merge;
  }

  static int rank(long merge) {
    return (int) (merge >>> 32);
  }

  static int merged(long merge) {
    return (int) merge;
  }

  /**
   * The merges of a list that is ordered by rank.
   *
   * @param lines two tokens each, with a space between
   */
  static MergeTable ofRankedLines(
      String[] lines, Vocabulary vocabulary, String key, FaultReporter faults) {
    LongMap pairs = new LongMap(lines.length);
    for (int rank = 0; rank < lines.length; rank++) {
      String line = lines[rank];
      int space = line.indexOf(' ', 1);
      if (space < 0 || space == line.length() - 1) {
        throw faults.fault(
            key, "entry " + rank + ": expected two tokens, found '" + shorten(line) + "'");
      }
      int left = vocabulary.find(line, 0, space);
      int right = vocabulary.find(line, space + 1, line.length());
      if (left == Vocabulary.ABSENT || right == Vocabulary.ABSENT) {
        throw faults.fault(
            key,
            "entry "
                + rank
                + ": '"
                + shorten(line)
                + "' names a token that is not in the vocabulary");
      }
      add(pairs, left, right, rank, vocabulary, key, faults);
    }
    return new MergeTable(pairs);
  }

  /** Merges of a ranked list already given as token ids, left and right alternating. */
  static MergeTable ofRankedIds(
      IntList ids, Vocabulary vocabulary, String key, FaultReporter faults) {
    LongMap pairs = new LongMap(ids.size() / 2);
    for (int rank = 0; rank < ids.size() / 2; rank++) {
      add(pairs, ids.get(2 * rank), ids.get(2 * rank + 1), rank, vocabulary, key, faults);
    }
    return new MergeTable(pairs);
  }

  /** Every way to put a token together from two others, tokens of higher score sooner. */
  static MergeTable ofScores(double[] scores, Vocabulary vocabulary) {
    double[] distinct = scores.clone();
    Arrays.sort(distinct);
    LongMap pairs = new LongMap(2 * scores.length);
    int[] suffixHash = new int[Vocabulary.MAX_TOKEN_LENGTH];
    for (int id = 0; id < scores.length; id++) {
      if (!isMergeable(vocabulary, id)) {
        continue;
      }
      String token = vocabulary.token(id);
      int length = token.length();
      long rank = distinct.length - 1L - Arrays.binarySearch(distinct, scores[id]);
      int power = 1;
      int hash = 0;
      for (int i = length - 1; i > 0; i--) {
        hash += token.charAt(i) * power;
        power *= 31;
        suffixHash[i] = hash;
      }
      int prefixHash = 0;
      for (int cut = 1; cut < length; cut++) {
        prefixHash = 31 * prefixHash + token.charAt(cut - 1);
        int left = vocabulary.find(token, 0, cut, prefixHash);
        if (!isMergeable(vocabulary, left)) {
          continue;
        }
        int right = vocabulary.find(token, cut, length, suffixHash[cut]);
        if (isMergeable(vocabulary, right)) {
          pairs.putIfAbsent(pair(left, right), rank << 32 | id);
        }
      }
    }
    return new MergeTable(pairs);
  }

  private static void add(
      LongMap pairs,
      int left,
      int right,
      long rank,
      Vocabulary vocabulary,
      String key,
      FaultReporter faults) {
    int merged = vocabulary.findJoined(left, right);
    if (merged == Vocabulary.ABSENT) {
      throw faults.fault(
          key,
          "entry "
              + rank
              + ": '"
              + shorten(vocabulary.token(left) + vocabulary.token(right))
              + "' is not in the vocabulary");
    }
    if (!vocabulary.type(merged).isSpecial()) { // text must not become a control token
      pairs.putIfAbsent(pair(left, right), rank << 32 | merged);
    }
  }

  private static boolean isMergeable(Vocabulary vocabulary, int id) {
    return id != Vocabulary.ABSENT
        && (vocabulary.type(id) == TokenType.NORMAL
            || vocabulary.type(id) == TokenType.USER_DEFINED);
  }

  private static long pair(int left, int right) {
    return (long) left << 32 | right;
  }

  private static String shorten(String text) {
    return text.length() > 40 ? text.substring(0, 40) + "…" : text;
  }
}
