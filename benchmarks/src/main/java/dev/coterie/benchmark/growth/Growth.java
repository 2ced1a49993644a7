// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.growth;

import dev.coterie.benchmark.plot.Chart;
import dev.coterie.benchmark.plot.Chart.Point;
import dev.coterie.benchmark.plot.Chart.Series;
import dev.coterie.benchmark.plot.Chart.Style;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One cost as one thing grows, and what the architecture predicts of it.
 *
 * @param name of the files
 * @param title what is plotted
 * @param grows what the horizontal axis counts
 * @param samples in the order of growth
 */
record Growth(String name, String title, String grows, List<Sample> samples) {
  /**
   * A measurement.
   *
   * @param size how far it has grown
   * @param micros what a step took
   * @param least what a step must take at least, by bytes read and multiply-adds
   */
  record Sample(double size, double micros, double least) {}

  /** Copies the list. */
  Growth {
    samples = List.copyOf(samples);
  }

  /**
   * What the smallest size took, and what each further one must take more than that: what a step
   * takes whatever its size is not predicted.
   */
  double predicted(Sample sample) {
    Sample first = samples.getFirst();
    return first.micros() + sample.least() - first.least();
  }

  /** What one more takes, between the smallest and the largest: measured. */
  double slope() {
    Sample first = samples.getFirst();
    Sample last = samples.getLast();
    return (last.micros() - first.micros()) / (last.size() - first.size());
  }

  /** What one more takes, between the smallest and the largest: predicted. */
  double predictedSlope() {
    Sample first = samples.getFirst();
    Sample last = samples.getLast();
    return (last.least() - first.least()) / (last.size() - first.size());
  }

  /** The plot. */
  Chart chart() {
    List<Point> measured = new ArrayList<>();
    List<Point> predicted = new ArrayList<>();
    for (Sample sample : samples) {
      measured.add(new Point(sample.size(), sample.micros()));
      predicted.add(new Point(sample.size(), predicted(sample)));
    }
    return new Chart(
        title,
        grows,
        "microseconds a step",
        List.of(
            new Series("measured", 0, Style.LINE, measured),
            new Series("predicted slope", 1, Style.PREDICTION, predicted)));
  }

  /** Writes {@code name.csv}, {@code name.svg} and {@code name.png}. */
  void write(Path folder) throws IOException {
    StringBuilder csv = new StringBuilder(grows).append(",measured_us,predicted_us\n");
    for (Sample sample : samples) {
      csv.append(
          String.format(
              Locale.ROOT, "%.0f,%.2f,%.2f\n", sample.size(), sample.micros(), predicted(sample)));
    }
    Files.writeString(folder.resolve(name + ".csv"), csv.toString());
    chart().picture().write(folder, name);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s: %.4g µs for one more, predicted %.4g µs",
        title,
        slope(),
        predictedSlope());
  }
}
