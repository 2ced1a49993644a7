// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.sampling;

import dev.coterie.TokenLogProbability;
import dev.coterie.TokenLogProbability.Candidate;
import java.util.ArrayList;
import java.util.List;

/** Measures log-probabilities in the model's own logits. For use by one thread. */
final class LogProbabilityReport {
  private final int numTop;
  private final SamplingBuffers buffers;
  private double logSum;
  private List<Candidate> top = List.of();

  LogProbabilityReport(int numTop, SamplingBuffers buffers) {
    this.numTop = numTop;
    this.buffers = buffers;
  }

  /** Reads logits before anything is done to them. */
  void measure(float[] logits, int offset, int vocabulary) {
    BlockMaxima maxima = buffers.maxima;
    maxima.scan(logits, offset, vocabulary);
    double sum = 0;
    for (int id = 0; id < vocabulary; id++) {
      sum += Math.exp((double) logits[offset + id] - maxima.max());
    }
    logSum = maxima.max() + Math.log(sum);
    if (numTop > 0) {
      findTop(logits, offset, vocabulary);
    }
  }

  private void findTop(float[] logits, int offset, int vocabulary) {
    float bound = buffers.maxima.reachedBy(numTop);
    Selection selection = buffers.selection;
    selection.clear(vocabulary);
    for (int id = 0; id < vocabulary; id++) {
      float logit = logits[offset + id];
      if (logit >= bound && logit != Float.NEGATIVE_INFINITY) {
        selection.add(logit, id, 1);
      }
    }
    int count = selection.cut(numTop) + 1;
    selection.sort(count);
    List<Candidate> candidates = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      candidates.add(new Candidate(selection.id(i), logProbability(selection.logit(i))));
    }
    top = candidates;
  }

  private double logProbability(float logit) {
    return Math.min(0, logit - logSum);
  }

  /** What to say of the token that was chosen. */
  TokenLogProbability of(int id, float logit) {
    return new TokenLogProbability(id, logProbability(logit), top);
  }
}
