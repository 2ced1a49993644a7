// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Operation.Route;
import dev.coterie.spi.Operation.Scoring;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which experts are chosen, and with which weights. */
public abstract class RouteContract extends VisibilityContract {
  private static final ReferenceOps OPS = new ReferenceOps();
  private static final double CLEAR = Tolerances.ROUTE_WEIGHT;
  private static final double ALWAYS = -1;

  /** For subclasses. */
  protected RouteContract() {}

  /** How experts are chosen; the logits are added. */
  private record Router(
      Scoring scoring,
      boolean biased,
      int used,
      int groups,
      int groupsUsed,
      int groupTop,
      boolean normalize,
      float scale) {
    static Router plain(Scoring scoring, int used, boolean normalize) {
      return new Router(scoring, false, used, 1, 1, 1, normalize, 1);
    }

    @SuppressWarnings("NullAway") // does not see in class files that an array may be null
    Route of(Value logits, Tensor bias, int @Nullable [] table) {
      Value output = new Value("topk", 2 * used);
      return new Route(
          logits,
          biased ? bias : null,
          scoring,
          groups,
          groupsUsed,
          groupTop,
          normalize,
          scale,
          table,
          output);
    }
  }

  /**
   * The experts must be those of the reference wherever its choice is by more than {@code margin};
   * the weights must always be those of the experts that were chosen. The order is free.
   */
  private void check(String what, Router router, Tensor logits, double margin, int... rows) {
    check(what, router, logits, null, margin, rows);
  }

  private void check(
      String what,
      Router router,
      Tensor logits,
      int @Nullable [] table,
      double margin,
      int... rows) {
    GraphBuilder builder = new GraphBuilder();
    float[] biases = new float[logits.columns()];
    for (int i = 0; i < biases.length; i++) {
      biases[i] = i % 3 * 0.25f;
    }
    Tensor bias = RandomTensors.of("exp_probs_b", List.of((long) biases.length), biases);
    Route route = router.of(builder.embed("logits", logits), bias, table);
    Graph graph = builder.observe(builder.append(route));
    Judge judge =
        (message, expected, actual, limit) -> {
          for (int r = 0; r < expected.length; r++) {
            int token = r % VOCABULARY;
            double[] row = ReferenceOps.row(logits, token);
            String where = message + ", row " + r;
            judge(where, route, row, expected[r], actual[r], gap(route, row) > margin, limit);
          }
        };
    check(what, graph, rows(graph, rows), judge, Tolerances.ROUTE_WEIGHT);
  }

  private static void judge(
      String what,
      Route route,
      double[] logits,
      float[] expected,
      float[] actual,
      boolean clear,
      double limit) {
    int used = route.used();
    int[] ids = IntStream.range(0, used).map(i -> Math.round(actual[i])).toArray();
    int[] wanted = IntStream.range(0, used).map(i -> Math.round(expected[i])).toArray();
    boolean valid = Arrays.stream(ids).allMatch(id -> id >= 0 && id < logits.length);
    if (!valid
        || Arrays.stream(ids).distinct().count() < used
        || (clear && !Arrays.equals(sorted(ids), sorted(wanted)))) {
      String found = ", found " + Arrays.toString(ids);
      throw new AssertionError(what + ": expected experts " + Arrays.toString(wanted) + found);
    }
    double[] scores = OPS.scores(route.scoring(), logits);
    double sum = Arrays.stream(ids).mapToDouble(id -> scores[id]).sum();
    for (int i = 0; i < used; i++) {
      double weight = scores[ids[i]] / (route.normalize() ? sum : 1) * route.scale();
      float found = actual[used + i];
      if (!(Math.abs(found - weight) <= limit * Math.max(route.scale(), Math.abs(weight)))) {
        throw new AssertionError(
            what + ": expected weight " + weight + " of expert " + ids[i] + ", found " + found);
      }
    }
  }

  private static int[] sorted(int[] ids) {
    return Arrays.stream(ids).sorted().toArray();
  }

  /** By how much the worst that is chosen is better than the best that is not. */
  private static double gap(Route route, double[] logits) {
    if (route.table() != null) {
      return Double.POSITIVE_INFINITY;
    }
    double[] ranks = OPS.ranks(route, logits);
    double[] groups = OPS.groupScores(ranks, route.groups(), route.groupTop());
    return Math.min(
        gap(groups, route.groupsUsed()), gap(OPS.limitedToGroups(route, ranks), route.used()));
  }

  private static double gap(double[] values, int count) {
    double[] sorted = Arrays.stream(values).map(v -> -v).sorted().toArray();
    return count == values.length ? Double.POSITIVE_INFINITY : sorted[count] - sorted[count - 1];
  }

  private static Tensor logits(int experts, double deviation) {
    return new RandomTensors(experts)
        .matrix("logits", DataType.F32, VOCABULARY, experts, deviation);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 8, 15, 16, 17, 31, 32, 33, 60, 64, 128})
  void routes(int experts) {
    Tensor logits = logits(experts, 2);
    for (Scoring scoring : Scoring.values()) {
      for (int used : new int[] {1, 2, 3, 4, 5, 6, 7, 8}) {
        if (used <= experts) {
          boolean normalize = used % 2 == 0;
          Router router =
              new Router(scoring, used % 3 == 0, used, 1, 1, 1, normalize, used > 4 ? 2.5f : 1);
          check(scoring + " " + used + " of " + experts, router, logits, CLEAR, 1, 71, 9);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "16, 4, 2, 2, 4",
    "64, 8, 4, 2, 8",
    "64, 8, 3, 1, 6",
    "256, 8, 4, 2, 8",
    "160, 8, 3, 1, 6",
    "12, 4, 1, 3, 3",
    "12, 4, 4, 2, 5",
    "20, 4, 3, 5, 8",
    "6, 3, 2, 1, 4"
  })
  void routesInGroups(int experts, int groups, int groupsUsed, int groupTop, int used) {
    Tensor logits = logits(experts, 2);
    for (Scoring scoring : Scoring.values()) {
      for (boolean biased : new boolean[] {true, false}) {
        Router router =
            new Router(scoring, biased, used, groups, groupsUsed, groupTop, biased, 2.5f);
        String what = scoring + ", " + groupsUsed + " of " + groups + " groups by " + groupTop;
        check(what, router, logits, CLEAR, 1, 71, 9);
      }
    }
  }

  /** Few different logits: most choices are between equals, and the lower index wins. */
  @ParameterizedTest
  @EnumSource(Scoring.class)
  void theLowerIndexWinsTies(Scoring scoring) {
    for (int experts : new int[] {4, 16, 33, 64}) {
      SplittableRandom random = new SplittableRandom(experts);
      float[] values = new float[VOCABULARY * experts];
      for (int i = 0; i < values.length; i++) {
        values[i] = i / experts == 0 ? 0.3f : random.nextInt(3) - 1; // row 0: all the same
      }
      Tensor logits =
          RandomTensors.of("logits", List.of((long) VOCABULARY, (long) experts), values);
      String what = "ties of " + scoring + " among " + experts;
      for (int used : new int[] {1, 3, 4}) {
        check(what, Router.plain(scoring, used, true), logits, ALWAYS, 1, 71, 9);
        Router biased = new Router(scoring, true, used, 1, 1, 1, true, 1);
        check(what + ", biased", biased, logits, ALWAYS, 1, 71, 9);
      }
      if (experts % 4 == 0) {
        Router grouped = new Router(scoring, false, 2, 4, 2, 1, true, 1);
        check(what + ", groups", grouped, logits, ALWAYS, 1, 71, 9);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Scoring.class)
  void logitsBeyondTheRangeOfExp(Scoring scoring) {
    float[] steps = {300, -300, 0, -0f, 88, -88, 17, -17, 5, -5, 1e-20f};
    float[] values = new float[VOCABULARY * 16];
    for (int i = 0; i < values.length; i++) {
      values[i] = steps[(i * 7 + i / 16) % steps.length];
    }
    Tensor logits = RandomTensors.of("logits", List.of((long) VOCABULARY, 16L), values);
    for (int used : new int[] {2, 8}) {
      for (boolean normalize : new boolean[] {true, false}) {
        Router router = Router.plain(scoring, used, normalize);
        check("steep " + scoring, router, logits, CLEAR, 1, 71, 9);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Scoring.class)
  void expertsByToken(Scoring scoring) {
    for (int used : new int[] {1, 4, 6}) {
      SplittableRandom random = new SplittableRandom(used);
      int[] table = new int[VOCABULARY * used];
      for (int i = 0; i < table.length; i++) {
        table[i] = (i % used * 3 + random.nextInt(3)) % 18; // a row's are different
      }
      Tensor logits = logits(18, 2);
      for (boolean normalize : new boolean[] {true, false}) {
        Router router = new Router(scoring, false, used, 1, 1, 1, normalize, 1.5f);
        check("by token, " + scoring, router, logits, table, CLEAR, 1, 71, 9);
      }
    }
  }
}
