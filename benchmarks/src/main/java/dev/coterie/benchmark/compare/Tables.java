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

  private static String table(Comparison comparison, String test) {
    boolean prompt = test.startsWith("pp");
    List<String> sides = comparison.sides(test);
    List<String> head = new ArrayList<>(List.of(test));
    for (String side : sides) {
      head.add(side + ", tokens/s");
      head.add(side + (prompt ? ", GMAC/s" : ", GB/s"));
      if (!side.equals(Comparison.OURS)) {
        head.add("times " + side);
        head.add("lowest – highest");
      } else {
        head.add("of the ceiling");
      }
    }
    StringBuilder out = new StringBuilder(row(head));
    out.append("|---").append("|--:".repeat(head.size() - 1)).append("|\n");
    for (Model model : comparison.models()) {
      Work work = Work.of(model, test);
      double ceiling = prompt ? comparison.productGigamacs() : comparison.readGigabytes();
      List<String> cells = new ArrayList<>(List.of(model.name()));
      for (String side : sides) {
        cells.addAll(cells(comparison, model, side, test, work, ceiling));
      }
      out.append(row(cells));
    }
    return out.toString();
  }

  private static List<String> cells(
      Comparison comparison, Model model, String side, String test, Work work, double ceiling) {
    boolean ours = side.equals(Comparison.OURS);
    Map<Integer, Double> speeds = comparison.speeds(model.name(), side, test);
    if (speeds.isEmpty()) {
      return Collections.nCopies(ours ? 3 : 4, "–");
    }
    double speed = BenchOutput.median(List.copyOf(speeds.values()));
    double rate = work.prompt() ? work.gigamacs(speed) : work.gigabytes(speed);
    List<String> cells = new ArrayList<>(List.of(format("%.1f", speed), format("%.1f", rate)));
    if (ours) {
      cells.add(ceiling > 0 ? format("%.0f %%", 100 * rate / ceiling) : "–");
      return cells;
    }
    List<Double> ratios = comparison.ratios(model.name(), side, test);
    if (ratios.isEmpty()) {
      cells.addAll(List.of("–", "–"));
    } else {
      cells.add(format("**%.2f**", BenchOutput.median(ratios)));
      cells.add(format("%.2f – %.2f", Collections.min(ratios), Collections.max(ratios)));
    }
    return cells;
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
