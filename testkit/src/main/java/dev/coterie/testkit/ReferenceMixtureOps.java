// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Routing and experts in double precision: the part of {@link ReferenceOps} for mixtures. */
public abstract class ReferenceMixtureOps {
  ReferenceMixtureOps() {}

  /**
   * {@code W x + bias} for several x.
   *
   * @param x {@code [rows, in]}
   * @param weight {@code [out, in]}
   * @param bias {@code [out]}, or null
   * @return {@code [rows, out]}
   */
  public abstract double[][] linear(double[][] x, Tensor weight, double @Nullable [] bias);

  /**
   * {@code silu(min(gate, limit)) · clamp(up, ±limit)} with {@code silu(x) = x / (1 + exp(-x))}.
   *
   * @param gate {@code [width]}
   * @param up {@code [width]}
   * @param limit positive; infinite for none
   * @return {@code [width]}
   */
  public abstract double[] swiGlu(double[] gate, double[] up, double limit);

  /**
   * {@code exp(x) / sum(exp(x))}, in place.
   *
   * @param x scores; receives the weights
   */
  public void softmax(double[] x) {
    double max = Double.NEGATIVE_INFINITY;
    for (double v : x) {
      max = Math.max(max, v);
    }
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.exp(x[i] - max);
      sum += x[i];
    }
    for (int i = 0; i < x.length; i++) {
      x[i] /= sum;
    }
  }

  /**
   * {@code g · sigmoid(alpha · g) · (u + 1)} with {@code g = min(gate, limit)}, {@code u =
   * clamp(up, ±limit)}.
   *
   * @param gate {@code [width]}
   * @param up {@code [width]}
   * @param alpha steepness
   * @param limit positive
   * @return {@code [width]}
   */
  public double[] shiftedSwiGlu(double[] gate, double[] up, double alpha, double limit) {
    double[] y = new double[gate.length];
    for (int i = 0; i < y.length; i++) {
      double g = Math.min(gate[i], limit);
      double u = Math.max(-limit, Math.min(up[i], limit));
      y[i] = g / (1 + Math.exp(-alpha * g)) * (u + 1);
    }
    return y;
  }

  /**
   * What a router makes of its logits.
   *
   * @param scoring how
   * @param logits {@code [experts]}
   * @return {@code [experts]}
   */
  public double[] scores(Operation.Scoring scoring, double[] logits) {
    double[] scores = logits.clone();
    switch (scoring) {
      case SOFTMAX -> softmax(scores);
      case SIGMOID -> {
        for (int i = 0; i < scores.length; i++) {
          scores[i] = 1 / (1 + Math.exp(-logits[i]));
        }
      }
      case SQRT_SOFTPLUS -> {
        for (int i = 0; i < scores.length; i++) {
          // ln(1 + exp(x)) without overflow
          double x = logits[i];
          scores[i] = Math.sqrt(Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))));
        }
      }
    }
    return scores;
  }

  /**
   * The indices of the greatest values, greatest first. The lower index wins ties.
   *
   * @param values the values
   * @param count how many indices
   * @return {@code [count]}
   */
  public int[] best(double[] values, int count) {
    return IntStream.range(0, values.length)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> -values[i])) // stable
        .mapToInt(i -> i)
        .limit(count)
        .toArray();
  }

  /**
   * How good each group of consecutive experts is: the sum of its {@code top} best.
   *
   * @param ranks {@code [experts]}
   * @param groups how many groups
   * @param top how many experts count
   * @return {@code [groups]}
   */
  public double[] groupScores(double[] ranks, int groups, int top) {
    int size = ranks.length / groups;
    double[] scores = new double[groups];
    for (int g = 0; g < groups; g++) {
      double[] group = Arrays.copyOfRange(ranks, g * size, (g + 1) * size);
      for (int i : best(group, top)) {
        scores[g] += group[i];
      }
    }
    return scores;
  }

  /**
   * The ranks with those outside of the best groups at minus infinity.
   *
   * @param route says which groups are used
   * @param ranks {@code [experts]}
   * @return {@code [experts]}
   */
  public double[] limitedToGroups(Operation.Route route, double[] ranks) {
    double[] scores = groupScores(ranks, route.groups(), route.groupTop());
    double[] limited = new double[ranks.length];
    Arrays.fill(limited, Double.NEGATIVE_INFINITY);
    int size = ranks.length / route.groups();
    for (int g : best(scores, route.groupsUsed())) {
      System.arraycopy(ranks, g * size, limited, g * size, size);
    }
    return limited;
  }

  /**
   * What experts are ranked by: their scores, and the bias where there is one.
   *
   * @param route says how
   * @param logits {@code [experts]}
   * @return {@code [experts]}
   */
  public double[] ranks(Operation.Route route, double[] logits) {
    double[] ranks = scores(route.scoring(), logits);
    double[] bias = route.bias() == null ? null : row(route.bias(), 0);
    for (int i = 0; i < ranks.length; i++) {
      ranks[i] += bias == null ? 0 : bias[i];
    }
    return ranks;
  }

  /**
   * Chooses experts for one row.
   *
   * @param route says how
   * @param logits {@code [experts]}
   * @param token the row's token
   * @return {@code [2 · used]}: the chosen experts, then their weights
   */
  public double[] route(Operation.Route route, double[] logits, int token) {
    int used = route.used();
    int[] table = route.table();
    int[] chosen =
        table == null
            ? best(limitedToGroups(route, ranks(route, logits)), used)
            : Arrays.copyOfRange(table, token * used, (token + 1) * used);
    double[] scores = scores(route.scoring(), logits);
    double sum = 0;
    for (int expert : chosen) {
      sum += scores[expert];
    }
    double[] y = new double[2 * used];
    for (int i = 0; i < used; i++) {
      y[i] = chosen[i];
      y[used + i] = scores[chosen[i]] / (route.normalize() ? sum : 1) * route.scale();
    }
    return y;
  }

  /**
   * The experts' weighted sum for several rows.
   *
   * @param experts the weights
   * @param x {@code [rows, width]}
   * @param routing {@code [rows, 2 · used]}
   * @return {@code [rows, width]}
   */
  public double[][] experts(Operation.Experts experts, double[][] x, double[][] routing) {
    double[][] y = new double[x.length][experts.output().width()];
    int used = experts.routing().width() / 2;
    for (int e = 0; e < experts.gate().size(); e++) {
      for (int slot = 0; slot < used; slot++) {
        int expert = e;
        int at = slot;
        int[] rows = IntStream.range(0, x.length).filter(r -> routing[r][at] == expert).toArray();
        if (rows.length > 0) {
          double[][] inputs = new double[rows.length][];
          double[] weights = new double[rows.length];
          for (int i = 0; i < rows.length; i++) {
            inputs[i] = x[rows[i]];
            weights[i] = routing[rows[i]][used + slot];
          }
          double[][] outputs = expert(experts, e, inputs, weights);
          for (int i = 0; i < rows.length; i++) {
            accumulate(y[rows[i]], outputs[i]);
          }
        }
      }
    }
    return y;
  }

  /** One expert's weighted output for the rows that are routed to it. */
  private double[][] expert(Operation.Experts experts, int e, double[][] x, double[] weights) {
    boolean before = experts.weightsInput();
    double[][] inputs = before ? scaled(x, weights) : x;
    double[][] gate = linear(inputs, experts.gate().get(e), bias(experts.gateBias(), e));
    double[][] up = linear(inputs, experts.up().get(e), bias(experts.upBias(), e));
    double[][] inner = new double[x.length][];
    for (int r = 0; r < x.length; r++) {
      inner[r] =
          switch (experts.activation()) {
            case Operation.Activation.Swiglu(float limit) -> swiGlu(gate[r], up[r], limit);
            case Operation.Activation.ShiftedSwiglu(float alpha, float limit) ->
                shiftedSwiGlu(gate[r], up[r], alpha, limit);
          };
    }
    double[][] down = linear(inner, experts.down().get(e), bias(experts.downBias(), e));
    return before ? down : scaled(down, weights);
  }

  private static double @Nullable [] bias(@Nullable Tensor biases, int expert) {
    return biases == null ? null : row(biases, expert);
  }

  private static double[][] scaled(double[][] x, double[] factors) {
    double[][] y = new double[x.length][];
    for (int r = 0; r < x.length; r++) {
      double factor = factors[r];
      y[r] = Arrays.stream(x[r]).map(v -> v * factor).toArray();
    }
    return y;
  }

  private static void accumulate(double[] sum, double[] x) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += x[i];
    }
  }

  /**
   * Decodes a row of a tensor.
   *
   * @param tensor the tensor
   * @param row the row
   * @return {@code [columns]}
   */
  public static double[] row(Tensor tensor, int row) {
    float[] decoded = new float[tensor.columns()];
    tensor.decodeRow(row, decoded, 0);
    double[] values = new double[decoded.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = decoded[i];
    }
    return values;
  }

  /**
   * Decodes some rows of a tensor.
   *
   * @param tensor the tensor
   * @param rows which
   * @return {@code [rows, columns]}
   */
  static double[][] rows(Tensor tensor, int... rows) {
    return Arrays.stream(rows).mapToObj(r -> row(tensor, r)).toArray(double[][]::new);
  }

  /**
   * Decodes matrices.
   *
   * @param tensors the matrices
   * @return {@code [matrices, rows, columns]}
   */
  static double[][][] matrices(List<Tensor> tensors) {
    return tensors.stream()
        .map(t -> IntStream.range(0, t.rows()).mapToObj(r -> row(t, r)).toArray(double[][]::new))
        .toArray(double[][][]::new);
  }
}
