// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import java.util.Arrays;
import java.util.List;

/**
 * Finds stop texts in output that arrives in pieces, and holds back what may still become one. The
 * result does not depend on where the pieces end: the first stop text to be complete wins, of
 * several that end at once the longest, and the output ends before it. A surrogate pair is never
 * cut. For use by one thread.
 *
 * <p>Each stop text has the failure function and the state of a Knuth-Morris-Pratt search; the
 * longest partial match is what is held back.
 */
final class StopMatcher {
  private final String[] stops;
  private final int[][] failures;
  private final int[] matched; // characters of each stop text that the output ends with
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  StopMatcher(List<String> stops) {
    this.stops = stops.toArray(new String[0]);
    failures = new int[this.stops.length][];
    for (int s = 0; s < failures.length; s++) {
      failures[s] = failures(this.stops[s]);
    }
    matched = new int[this.stops.length];
  }

  /** For each length of a prefix, the length of its longest proper suffix that is a prefix too. */
  private static int[] failures(String stop) {
    int[] failures = new int[stop.length() + 1];
    int length = 0;
    for (int i = 1; i < stop.length(); i++) {
      while (length > 0 && stop.charAt(i) != stop.charAt(length)) {
        length = failures[length];
      }
      if (stop.charAt(i) == stop.charAt(length)) {
        length++;
      }
      failures[i + 1] = length;
    }
    return failures;
  }

  /** Takes the next piece and gives what is certain to be output. */
  String append(String piece) {
    if (stopped || stops.length == 0) {
      return stopped ? "" : piece;
    }
    int before = held.length();
    held.append(piece);
    for (int i = before; i < held.length(); i++) {
      int complete = advance(held.charAt(i));
      if (complete > 0) {
        stopped = true;
        return release(i + 1 - complete);
      }
    }
    int longest = 0;
    for (int length : matched) {
      longest = Math.max(longest, length);
    }
    return release(held.length() - longest);
  }

  /** Gives the length of the longest stop text that ends with this character, or 0. */
  private int advance(char c) {
    int complete = 0;
    for (int s = 0; s < stops.length; s++) {
      String stop = stops[s];
      int length = matched[s];
      while (length > 0 && stop.charAt(length) != c) {
        length = failures[s][length];
      }
      if (stop.charAt(length) == c) {
        length++;
      }
      matched[s] = length;
      if (length == stop.length()) {
        complete = Math.max(complete, length);
      }
    }
    return complete;
  }

  private String release(int length) {
    int end = length;
    if (end > 0
        && end < held.length()
        && Character.isHighSurrogate(held.charAt(end - 1))
        && Character.isLowSurrogate(held.charAt(end))) {
      end--;
    }
    String out = held.substring(0, end);
    held.delete(0, end);
    return out;
  }

  /** Gives what was held back, since what comes next does not follow it. */
  String interrupt() {
    Arrays.fill(matched, 0);
    return release(held.length());
  }

  /** Whether a stop text has appeared. */
  boolean stopped() {
    return stopped;
  }

  /** Ends the output and gives what was held back, unless a stop text has appeared. */
  String flush() {
    String out = stopped ? "" : held.toString();
    held.setLength(0);
    stopped = true;
    return out;
  }
}
