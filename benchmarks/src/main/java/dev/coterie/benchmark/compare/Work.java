// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.compare;

import dev.coterie.benchmark.compare.Comparison.Model;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a test asks of a machine, counted alike for all sides: bytes of the file's tensors, read
 * once a step, and of an F16 cache as Coterie keeps it; multiply-adds with weights, without
 * attention over past tokens. A prompt is taken to go in steps of 512 tokens, as it does in
 * llama.cpp and here. Of a mixture of experts only what one token uses is counted.
 *
 * @param prompt whether it is a prompt, else single tokens
 * @param stepTokens how many tokens a step computes, of all sequences
 * @param bytes that a step reads
 * @param macs that a step multiplies
 */
record Work(boolean prompt, double stepTokens, double bytes, double macs) {
  private static final Pattern TEST = Pattern.compile("(pp|tg)(\\d+)(?: @ d(\\d+))?(?: x(\\d+))?");
  private static final int MOST_ROWS = 512;

  /** The work of a test such as {@code tg32 @ d8192 x8}. */
  static Work of(Model model, String test) {
    Matcher parts = TEST.matcher(test);
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "test: expected such as pp512 or tg32 @ d8192 x8, found '" + test + "'");
    }
    boolean prompt = parts.group(1).equals("pp");
    double tokens = Double.parseDouble(parts.group(2));
    double depth = parts.group(3) == null ? 0 : Double.parseDouble(parts.group(3));
    double sequences = parts.group(4) == null ? 1 : Double.parseDouble(parts.group(4));
    double context = depth + tokens / 2;
    if (!prompt) {
      return new Work(
          false,
          sequences,
          model.bytes() + sequences * context * model.cacheBytes(),
          sequences * model.generationMacs());
    }
    double rows = Math.min(MOST_ROWS, tokens * sequences);
    return new Work(
        true, rows, model.bytes() + context * model.cacheBytes(), rows * model.promptMacs());
  }

  /** Bytes read, in 10⁹ a second, at a speed in tokens a second. */
  double gigabytes(double speed) {
    return speed / stepTokens * bytes / 1e9;
  }

  /** Multiply-adds, in 10⁹ a second, at a speed in tokens a second. */
  double gigamacs(double speed) {
    return speed / stepTokens * macs / 1e9;
  }

  /** Multiply-adds for each byte. */
  double intensity() {
    return macs / bytes;
  }
}
