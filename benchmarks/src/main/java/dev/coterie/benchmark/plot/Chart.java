// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.plot;

import dev.coterie.benchmark.plot.Picture.Anchor;
import dev.coterie.benchmark.plot.Picture.Dot;
import dev.coterie.benchmark.plot.Picture.Line;
import dev.coterie.benchmark.plot.Picture.Shape;
import dev.coterie.benchmark.plot.Picture.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Points over two logarithmic axes, in series of which each has a color and a line of the legend.
 *
 * @param title what it shows
 * @param xLabel what the horizontal axis counts
 * @param yLabel what the vertical axis counts
 * @param series what is drawn
 */
public record Chart(String title, String xLabel, String yLabel, List<Series> series) {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 460;
  private static final int LEFT = 70;
  private static final int RIGHT = 560; // the legend stands behind it
  private static final int ROOM = 150; // of a label, which else ends at its point
  private static final int TOP = 50;
  private static final int BOTTOM = 410;
  private static final String INK = "#222222";
  private static final String GRID = "#dddddd";
  private static final List<String> COLORS =
      List.of(
          "#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#7f7f7f");

  /** A point, both coordinates above 0, with a text beside it or an empty one. */
  public record Point(double x, double y, String label) {
    /** A point without a text. */
    public Point(double x, double y) {
      this(x, y, "");
    }
  }

  /** How a series is drawn. */
  public enum Style {
    /** Dots. */
    DOTS,
    /** Dots joined by lines. */
    LINE,
    /** A dashed line: what is predicted, or a ceiling. */
    PREDICTION
  }

  /** Points that belong together; series of the same color number have the same color. */
  public record Series(String name, int color, Style style, List<Point> points) {
    /** Copies the list. */
    public Series {
      points = List.copyOf(points);
    }
  }

  /** An axis from the power of two or ten below the least value to the one above the greatest. */
  private record Axis(double from, double to, double base, int begin, int end) {
    static Axis of(DoubleStream values, int begin, int end) {
      double[] all = values.toArray();
      double least = DoubleStream.of(all).min().orElse(1);
      double most = DoubleStream.of(all).max().orElse(10);
      if (!(least > 0) || !Double.isFinite(most)) {
        throw new IllegalArgumentException(
            "a logarithmic axis: expected finite values above 0, found " + least + " to " + most);
      }
      double base = most / least > 100 ? 10 : 2;
      double from = Math.pow(base, Math.floor(Math.log(least) / Math.log(base) + 1e-9));
      double to = Math.pow(base, Math.ceil(Math.log(most) / Math.log(base) - 1e-9));
      return new Axis(from, to > from ? to : from * base, base, begin, end);
    }

    double at(double value) {
      return begin + (end - begin) * Math.log(value / from) / Math.log(to / from);
    }

    List<Double> ticks() {
      List<Double> ticks = new ArrayList<>();
      for (double tick = from; tick <= to * 1.001; tick *= base) {
        ticks.add(tick);
      }
      return ticks;
    }
  }

  /** Copies the list. */
  public Chart {
    series = List.copyOf(series);
  }

  /** Draws it. */
  public Picture picture() {
    Axis x = Axis.of(points().mapToDouble(Point::x), LEFT, RIGHT);
    Axis y = Axis.of(points().mapToDouble(Point::y), BOTTOM, TOP);
    List<Shape> shapes = new ArrayList<>();
    shapes.add(new Text(LEFT, 24, title, Anchor.START, INK));
    shapes.add(new Text(LEFT - 40, TOP - 10, yLabel, Anchor.START, INK));
    shapes.add(new Text((LEFT + RIGHT) / 2.0, BOTTOM + 38, xLabel, Anchor.MIDDLE, INK));
    for (double tick : x.ticks()) {
      shapes.add(new Line(x.at(tick), TOP, x.at(tick), BOTTOM, GRID, false));
      shapes.add(new Text(x.at(tick), BOTTOM + 18, number(tick), Anchor.MIDDLE, INK));
    }
    for (double tick : y.ticks()) {
      shapes.add(new Line(LEFT, y.at(tick), RIGHT, y.at(tick), GRID, false));
      shapes.add(new Text(LEFT - 8, y.at(tick) + 4, number(tick), Anchor.END, INK));
    }
    for (int i = 0; i < series.size(); i++) {
      draw(series.get(i), TOP + 8 + 18 * i, x, y, shapes);
    }
    return new Picture(WIDTH, HEIGHT, shapes);
  }

  private Stream<Point> points() {
    return series.stream().flatMap(one -> one.points().stream());
  }

  private static void draw(Series one, int legend, Axis x, Axis y, List<Shape> shapes) {
    String color = COLORS.get(one.color() % COLORS.size());
    boolean dashed = one.style() == Style.PREDICTION;
    if (one.style() != Style.DOTS) {
      shapes.add(new Line(RIGHT + 12, legend - 4, RIGHT + 32, legend - 4, color, dashed));
    }
    if (!dashed) {
      shapes.add(new Dot(RIGHT + 22, legend - 4, color));
    }
    shapes.add(new Text(RIGHT + 38, legend, one.name(), Anchor.START, INK));
    Point before = null;
    for (Point point : one.points()) {
      if (before != null && one.style() != Style.DOTS) {
        shapes.add(
            new Line(
                x.at(before.x()),
                y.at(before.y()),
                x.at(point.x()),
                y.at(point.y()),
                color,
                dashed));
      }
      if (!dashed) {
        shapes.add(new Dot(x.at(point.x()), y.at(point.y()), color));
      }
      if (!point.label().isEmpty()) {
        boolean right = x.at(point.x()) > RIGHT - ROOM;
        shapes.add(
            new Text(
                x.at(point.x()) + (right ? -7 : 7),
                y.at(point.y()) + 4,
                point.label(),
                right ? Anchor.END : Anchor.START,
                color));
      }
      before = point;
    }
  }

  private static String number(double value) {
    return value >= 1
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, "%.3g", value).replaceAll("0+$", "");
  }
}
