// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Operation.Route;

/** Chooses experts for each row. */
@SuppressWarnings("ArrayRecordComponent")
record RouteStep(Route route, float[] bias, Buffer logits, Buffer output)
    implements RowSteps.RowStep {
  @Override
  public void row(Run run, int row, Worker worker) {
    int experts = route.logits().width();
    float[] temporary = worker.temporary(2 * experts + route.groups());
    int from = row * logits.stride;
    for (int e = 0; e < experts; e++) {
      temporary[e] = logits.data[from + e];
    }
    score(temporary, experts);
    int to = row * output.stride;
    if (route.table() != null) {
      for (int k = 0; k < route.used(); k++) {
        output.data[to + k] = route.table()[run.batch.token(row) * route.used() + k];
      }
    } else {
      select(temporary, experts, to);
    }
    weigh(temporary, to);
  }

  private void score(float[] scores, int experts) {
    switch (route.scoring()) {
      case SOFTMAX -> {
        float most = Float.NEGATIVE_INFINITY;
        for (int e = 0; e < experts; e++) {
          most = Math.max(most, scores[e]);
        }
        double sum = 0;
        for (int e = 0; e < experts; e++) {
          scores[e] = (float) Math.exp(scores[e] - most);
          sum += scores[e];
        }
        for (int e = 0; e < experts; e++) {
          scores[e] = (float) (scores[e] / sum);
        }
      }
      case SIGMOID -> {
        for (int e = 0; e < experts; e++) {
          scores[e] = (float) (1 / (1 + Math.exp(-scores[e])));
        }
      }
      case SQRT_SOFTPLUS -> {
        for (int e = 0; e < experts; e++) {
          double x = scores[e];
          scores[e] = (float) Math.sqrt(x > 20 ? x : Math.log1p(Math.exp(x)));
        }
      }
    }
  }

  /** Ranks by biased score within the best groups; writes the chosen experts, best first. */
  private void select(float[] temporary, int experts, int to) {
    int keys = experts; // where the biased scores stand
    for (int e = 0; e < experts; e++) {
      temporary[keys + e] = temporary[e] + (bias.length == 0 ? 0 : bias[e]);
    }
    if (route.groups() > 1) {
      hideWorseGroups(temporary, experts, keys);
    }
    for (int k = 0; k < route.used(); k++) {
      int best = best(temporary, keys, experts);
      output.data[to + k] = best;
      temporary[keys + best] = Float.NEGATIVE_INFINITY;
    }
  }

  private static int best(float[] values, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (values[from + i] > values[from + best]) {
        best = i;
      }
    }
    return best;
  }

  private void hideWorseGroups(float[] temporary, int experts, int keys) {
    int groups = route.groups();
    int size = experts / groups;
    int marks = 2 * experts; // where the groups' scores stand
    for (int g = 0; g < groups; g++) {
      temporary[marks + g] = sumOfBest(temporary, keys + g * size, size);
    }
    int kept = 0;
    while (kept < route.groupsUsed()) {
      temporary[marks + best(temporary, marks, groups)] = Float.NEGATIVE_INFINITY;
      kept++;
    }
    for (int g = 0; g < groups; g++) {
      if (temporary[marks + g] != Float.NEGATIVE_INFINITY) {
        for (int e = 0; e < size; e++) {
          temporary[keys + g * size + e] = Float.NEGATIVE_INFINITY;
        }
      }
    }
  }

  private float sumOfBest(float[] values, int from, int count) {
    float first = Float.NEGATIVE_INFINITY;
    float sum = 0;
    // few are summed, so that looking through the group again for each is cheap
    int taken = 0;
    float last = Float.POSITIVE_INFINITY;
    int lastIndex = -1;
    while (taken < route.groupTop()) {
      int best = -1;
      for (int i = 0; i < count; i++) {
        float value = values[from + i];
        boolean left = value < last || (value == last && i > lastIndex);
        if (left && (best < 0 || value > first)) {
          best = i;
          first = value;
        }
      }
      sum += first;
      last = first;
      lastIndex = best;
      first = Float.NEGATIVE_INFINITY;
      taken++;
    }
    return sum;
  }

  private void weigh(float[] scores, int to) {
    int used = route.used();
    double sum = 0;
    for (int k = 0; k < used; k++) {
      sum += scores[(int) output.data[to + k]];
    }
    for (int k = 0; k < used; k++) {
      double weight = scores[(int) output.data[to + k]];
      if (route.normalize()) {
        weight /= sum + 1e-20;
      }
      output.data[to + used + k] = (float) (weight * route.scale());
    }
  }
}
