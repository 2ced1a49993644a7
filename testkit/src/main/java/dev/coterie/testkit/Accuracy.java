// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import java.util.Locale;

/** Compares results with what the reference says. A NaN or infinity never passes. */
public final class Accuracy {
  private Accuracy() {}

  /**
   * The normalized mean squared error: the sum of squared differences over the sum of squares.
   *
   * @param expected {@code [rows, width]}
   * @param actual {@code [rows, width]}
   * @return the error; 0 where both are 0 throughout, infinite where only the expected is
   */
  public static double nmse(float[][] expected, float[][] actual) {
    double error = 0;
    double power = 0;
    for (int r = 0; r < expected.length; r++) {
      for (int i = 0; i < expected[r].length; i++) {
        double difference = (double) actual[r][i] - expected[r][i];
        error += difference * difference;
        power += (double) expected[r][i] * expected[r][i];
      }
    }
    return error == 0 ? 0 : error / power;
  }

  /**
   * The largest difference between two values.
   *
   * @param expected {@code [rows, width]}
   * @param actual {@code [rows, width]}
   * @return the difference; NaN if one is NaN
   */
  public static double maxDifference(float[][] expected, float[][] actual) {
    double most = 0;
    for (int r = 0; r < expected.length; r++) {
      for (int i = 0; i < expected[r].length; i++) {
        most = Math.max(most, Math.abs((double) actual[r][i] - expected[r][i]));
      }
    }
    return most;
  }

  /**
   * Asserts that the {@link #nmse} over all rows is within a limit.
   *
   * @param what what was computed, for the message
   * @param expected {@code [rows, width]}
   * @param actual {@code [rows, width]}
   * @param limit the limit
   */
  public static void assertNmse(String what, float[][] expected, float[][] actual, double limit) {
    checkShapes(what, expected, actual);
    double nmse = nmse(expected, actual);
    if (!(nmse <= limit)) {
      throw new AssertionError(
          format("%s: expected nmse <= %.1e, found %.3e; ", what, limit, nmse)
              + worst(expected, actual));
    }
  }

  /**
   * Asserts that each row by itself, and each column by itself, has an {@link #nmse} within a
   * limit: what {@link #assertNmse} would let pass where one row or column is small beside others.
   * Columns are judged only over 7 rows or more, so that values which cancel out by chance do not
   * count.
   *
   * @param what what was computed, for the message
   * @param expected {@code [rows, width]}
   * @param actual {@code [rows, width]}
   * @param limit the limit
   */
  public static void assertEachNmse(
      String what, float[][] expected, float[][] actual, double limit) {
    assertNmse(what, expected, actual, limit);
    int width = expected.length == 0 ? 0 : expected[0].length;
    for (int r = 0; r < expected.length && width >= 7; r++) {
      assertNmse(
          what + ", row " + r, new float[][] {expected[r]}, new float[][] {actual[r]}, limit);
    }
    for (int c = 0; c < width && expected.length >= 7; c++) {
      assertNmse(what + ", column " + c, column(expected, c), column(actual, c), limit);
    }
  }

  /**
   * Asserts that every value is within a limit relative to the greatest magnitude of its row.
   *
   * @param what what was computed, for the message
   * @param expected {@code [rows, width]}
   * @param actual {@code [rows, width]}
   * @param limit the limit
   */
  public static void assertRelative(
      String what, float[][] expected, float[][] actual, double limit) {
    checkShapes(what, expected, actual);
    for (int r = 0; r < expected.length; r++) {
      double most = 0;
      for (float v : expected[r]) {
        most = Math.max(most, Math.abs(v));
      }
      for (int i = 0; i < expected[r].length; i++) {
        double error = Math.abs((double) actual[r][i] - expected[r][i]);
        if (!(error <= limit * most + Float.MIN_NORMAL)) {
          throw new AssertionError(
              format(
                  "%s: expected %s at row %d, value %d, found %s; off by %.2e of the row's greatest,"
                      + " limit %.1e",
                  what, expected[r][i], r, i, actual[r][i], error / most, limit));
        }
      }
    }
  }

  private static void checkShapes(String what, float[][] expected, float[][] actual) {
    if (expected.length != actual.length) {
      throw new AssertionError(
          format("%s: expected %d rows, found %d", what, expected.length, actual.length));
    }
    for (int r = 0; r < expected.length; r++) {
      for (int i = 0; i < actual[r].length; i++) {
        if (!Float.isFinite(actual[r][i])) {
          throw new AssertionError(
              format(
                  "%s: expected %s at row %d, value %d, found %s",
                  what, expected[r][i], r, i, actual[r][i]));
        }
      }
    }
  }

  private static String worst(float[][] expected, float[][] actual) {
    int row = 0;
    int column = 0;
    double most = -1;
    for (int r = 0; r < expected.length; r++) {
      for (int i = 0; i < expected[r].length; i++) {
        double difference = Math.abs((double) actual[r][i] - expected[r][i]);
        if (difference > most) {
          most = difference;
          row = r;
          column = i;
        }
      }
    }
    return format(
        "worst at row %d, value %d: expected %s, found %s",
        row, column, expected[row][column], actual[row][column]);
  }

  private static float[][] column(float[][] values, int column) {
    float[][] out = new float[values.length][1];
    for (int r = 0; r < values.length; r++) {
      out[r][0] = values[r][column];
    }
    return out;
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
