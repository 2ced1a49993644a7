// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.compare;

import dev.coterie.benchmark.compare.Comparison.Model;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/** A comparison as Markdown. */
final class Tables {
  private Tables() {}

  /** A list of what was measured where, a table for each test, and what was not measured. */
  static String markdown(Comparison comparison) {
    StringBuilder out = new StringBuilder();
    comparison.heading().forEach(line -> out.append("* ").append(line).append('\n'));
    out.append("* ceilings: ").append(format("%.1f GB/s read", comparison.readGigabytes()));
    if (comparison.productGigamacs() > 0) {
      out.append(format(", %.0f GMAC/s of 8-bit products", comparison.productGigamacs()));
    }
    out.append('\n');
    if (!comparison.others().isEmpty()) {
      out.append(
          format(
              "* other programs took %.0f %% of the processors (median), %.0f %% at worst\n",
              100 * BenchOutput.median(comparison.others()),
              100 * Collections.max(comparison.others())));
    }
    for (String test : comparison.tests()) {
      out.append('\n').append(table(comparison, test));
    }
    if (!comparison.failures().isEmpty()) {
      out.append("\nNot measured:\n\n");
      comparison.failures().forEach(line -> out.append("* ").append(line).append('\n'));
    }
    return out.toString();
  }

  /** A row for each side on each model; the ratio is ours over the side's, within the rounds. */
  private static String table(Comparison comparison, String test) {
    boolean prompt = test.startsWith("pp");
    double ceiling = prompt ? comparison.productGigamacs() : comparison.readGigabytes();
    StringBuilder out =
        new StringBuilder(
            row(
                List.of(
                    test,
                    "",
                    "tokens/s",
                    prompt ? "GMAC/s" : "GB/s",
                    "of the ceiling",
                    "Coterie's ratio",
                    "lowest – highest")));
    out.append("|---|---|--:|--:|--:|--:|--:|\n");
    for (Model model : comparison.models()) {
      Work work = Work.of(model, test);
      for (String side : comparison.sides(test)) {
        Map<Integer, Double> speeds = comparison.speeds(model.name(), side, test);
        if (!speeds.isEmpty()) {
          double speed = BenchOutput.median(List.copyOf(speeds.values()));
          double rate = work.prompt() ? work.gigamacs(speed) : work.gigabytes(speed);
          List<String> cells = new ArrayList<>(List.of(model.name(), side, format("%.1f", speed)));
          cells.add(format("%.1f", rate));
          cells.add(ceiling > 0 ? format("%.0f %%", 100 * rate / ceiling) : "–");
          cells.addAll(ratio(comparison, model, side, test));
          out.append(row(cells));
        }
      }
    }
    return out.toString();
  }

  private static List<String> ratio(Comparison comparison, Model model, String side, String test) {
    List<Double> ratios = comparison.ratios(model.name(), side, test);
    return side.equals(Comparison.OURS) || ratios.isEmpty()
        ? List.of("", "")
        : List.of(
            format("**%.2f**", BenchOutput.median(ratios)),
            format("%.2f – %.2f", Collections.min(ratios), Collections.max(ratios)));
  }

  private static String row(List<String> cells) {
    StringJoiner row = new StringJoiner(" | ", "| ", " |\n");
    cells.forEach(row::add);
    return row.toString();
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
