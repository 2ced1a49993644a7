// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import java.nio.CharBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts where a regular expression matches; for those without a {@link Scanner}. */
record RegexSplitter(Pattern pattern) implements Splitter {
  @Override
  public void split(char[] text, IntList pieces, IntList finer) {
    Matcher matcher = pattern.matcher(CharBuffer.wrap(text));
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
