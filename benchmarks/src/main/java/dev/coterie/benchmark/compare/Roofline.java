// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.compare;

import dev.coterie.benchmark.compare.Comparison.Model;
import dev.coterie.benchmark.plot.Chart;
import dev.coterie.benchmark.plot.Chart.Point;
import dev.coterie.benchmark.plot.Chart.Series;
import dev.coterie.benchmark.plot.Chart.Style;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Multiply-adds a second over multiply-adds for each byte: what memory gives is a slope, what the
 * processor multiplies a level, and every side stands below.
 */
final class Roofline {
  private Roofline() {}

  static Chart chart(Comparison comparison) {
    List<Series> series = new ArrayList<>();
    double least = Double.MAX_VALUE;
    double most = 0;
    for (Model model : comparison.models()) {
      for (String test : comparison.tests()) {
        double intensity = Work.of(model, test).intensity();
        least = Math.min(least, intensity);
        most = Math.max(most, intensity);
      }
    }
    if (most > 0) {
      series.addAll(ceilings(comparison, least / 1.5, most * 1.5));
    }
    for (String side : sides(comparison)) {
      series.add(new Series(side, series.size(), Style.DOTS, points(comparison, side)));
    }
    return new Chart(
        "Speed beside the machine's ceilings", "multiply-adds a byte", "GMAC/s", series);
  }

  private static Set<String> sides(Comparison comparison) {
    Set<String> sides = new LinkedHashSet<>();
    comparison.tests().forEach(test -> sides.addAll(comparison.sides(test)));
    return sides;
  }

  private static List<Point> points(Comparison comparison, String side) {
    List<Point> points = new ArrayList<>();
    for (String test : comparison.tests()) {
      for (Model model : comparison.models()) {
        Map<Integer, Double> speeds = comparison.speeds(model.name(), side, test);
        if (!speeds.isEmpty()) {
          Work work = Work.of(model, test);
          double speed = BenchOutput.median(List.copyOf(speeds.values()));
          String label = side.equals(Comparison.OURS) ? model.name() + " " + test : "";
          points.add(new Point(work.intensity(), work.gigamacs(speed), label));
        }
      }
    }
    return points;
  }

  /** The slope of memory up to the level of the processor; without a level the slope alone. */
  private static List<Series> ceilings(Comparison comparison, double from, double to) {
    double read = comparison.readGigabytes();
    double product = comparison.productGigamacs();
    double ridge = product > 0 ? Math.clamp(product / read, from, to) : to;
    List<Series> series = new ArrayList<>();
    series.add(
        new Series(
            String.format(Locale.ROOT, "%.1f GB/s read", read),
            0,
            Style.PREDICTION,
            List.of(new Point(from, from * read), new Point(ridge, ridge * read))));
    if (product > 0 && ridge < to) {
      series.add(
          new Series(
              String.format(Locale.ROOT, "%.0f GMAC/s multiplied", product),
              1,
              Style.PREDICTION,
              List.of(new Point(ridge, product), new Point(to, product))));
    }
    return series;
  }
}
