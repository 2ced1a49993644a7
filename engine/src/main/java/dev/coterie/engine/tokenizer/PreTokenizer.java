// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts text into the pieces within which tokens may merge. Each pattern cuts the pieces that the
 * one before it left; what matches and what lies between both become pieces. Immutable.
 */
final class PreTokenizer {
  private final List<Pattern> patterns;

  PreTokenizer(List<Pattern> patterns) {
    this.patterns = List.copyOf(patterns);
  }

  List<Pattern> patterns() {
    return patterns;
  }

  /**
   * Cuts a text.
   *
   * @return where each piece ends, in order; together they cover the text
   */
  IntList split(String text) {
    IntList ends = new IntList(text.length() / 4);
    if (!text.isEmpty()) {
      ends.add(text.length());
    }
    IntList spare = new IntList(text.length() / 4);
    for (Pattern pattern : patterns) {
      spare.clear();
      cut(pattern.matcher(text), ends, spare);
      IntList finer = spare;
      spare = ends;
      ends = finer;
    }
    return ends;
  }

  private static void cut(Matcher matcher, IntList pieces, IntList finer) {
    int from = 0;
    for (int i = 0; i < pieces.size(); i++) {
      int to = pieces.get(i);
      matcher.region(from, to);
      int done = from;
      while (done < to && matcher.find()) {
        if (matcher.end() == matcher.start()) {
          continue;
        }
        if (matcher.start() > done) {
          finer.add(matcher.start());
        }
        done = matcher.end();
        finer.add(done);
      }
      if (done < to) {
        finer.add(to);
      }
      from = to;
    }
  }
}
