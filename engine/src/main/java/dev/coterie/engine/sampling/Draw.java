// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.sampling;

import dev.coterie.GenerationOptions;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Draws a token: divides by the temperature, cuts to top-k, top-p and min-p, and takes one by
 * weight. Each cut keeps a prefix of the tokens in the order of {@link Selection}; top-p counts the
 * probabilities of what top-k left. The survivors are walked in the order of their ids, so that a
 * change in the last bits of the logits hardly ever changes what a seed draws.
 */
final class Draw {
  private final double temperature;
  private final int topK;
  private final double topP;
  private final double minP;
  private final SplitMix64 random;
  private final SamplingBuffers buffers;
  private int size;

  Draw(GenerationOptions options, SamplingBuffers buffers) {
    temperature = options.temperature();
    topK = options.topK() == 0 ? Integer.MAX_VALUE : options.topK();
    topP = options.topP();
    minP = options.minP();
    Long seed = options.seed();
    random = new SplitMix64(seed != null ? seed : ThreadLocalRandom.current().nextLong());
    this.buffers = buffers;
  }

  /** Takes one token; the maxima have been scanned. */
  int next(float[] logits, int offset, int vocabulary) {
    buffers.ensure(vocabulary);
    collect(logits, offset, vocabulary);
    if (topK < size) {
      cutToCount();
    }
    double total = weigh();
    if (topP < 1) {
      total = cutToMass(total);
    }
    if (minP > 0) {
      total = cutToShare();
    }
    return pick(total);
  }

  /** Takes in the tokens that the cuts can keep, and maybe some more. */
  private void collect(float[] logits, int offset, int vocabulary) {
    BlockMaxima maxima = buffers.maxima;
    float bound = topK < vocabulary ? maxima.reachedBy(topK) : Float.NEGATIVE_INFINITY;
    if (minP > 0 && topP == 1) {
      bound = Math.max(bound, (float) (maxima.max() + temperature * (Math.log(minP) - 0.01)));
    }
    size = 0;
    for (int b = 0; b < maxima.count(); b++) {
      if (maxima.max(b) >= bound) {
        int to = Math.min((b + 1) * BlockMaxima.BLOCK, vocabulary);
        for (int id = b * BlockMaxima.BLOCK; id < to; id++) {
          float logit = logits[offset + id];
          if (logit >= bound && logit != Float.NEGATIVE_INFINITY) {
            buffers.ids[size] = id;
            buffers.logits[size++] = logit;
          }
        }
      }
    }
  }

  private void cutToCount() {
    Selection selection = buffers.selection;
    selection.clear(size);
    for (int i = 0; i < size; i++) {
      selection.add(buffers.logits[i], buffers.ids[i], 1);
    }
    keep(selection.cut(topK));
  }

  /** Sets the weights, the likeliest token's being 1, and gives their sum. */
  private double weigh() {
    float max = buffers.maxima.max();
    double total = 0;
    for (int i = 0; i < size; i++) {
      double weight = Math.exp(((double) buffers.logits[i] - max) / temperature);
      buffers.weights[i] = weight;
      total += weight;
    }
    return total;
  }

  private double cutToMass(double total) {
    // Tokens so rare that all of them together could not matter stay out of the search.
    double rare = (1 - topP) * total / size * (1 - 1e-9);
    Selection selection = buffers.selection;
    selection.clear(size);
    for (int i = 0; i < size; i++) {
      if (buffers.weights[i] >= rare) {
        selection.add(buffers.logits[i], buffers.ids[i], buffers.weights[i]);
      }
    }
    keep(selection.cut(topP * total));
    return sum();
  }

  private double cutToShare() {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (buffers.weights[i] >= minP) {
        move(i, kept++);
      }
    }
    size = kept;
    return sum();
  }

  /** Drops what comes after a token of the selection. */
  private void keep(int last) {
    float logit = buffers.selection.logit(last);
    int id = buffers.selection.id(last);
    int kept = 0;
    for (int i = 0; i < size; i++) {
      float other = buffers.logits[i];
      if (other > logit || (other == logit && buffers.ids[i] <= id)) {
        move(i, kept++);
      }
    }
    size = kept;
  }

  private void move(int from, int to) {
    buffers.ids[to] = buffers.ids[from];
    buffers.logits[to] = buffers.logits[from];
    buffers.weights[to] = buffers.weights[from];
  }

  private double sum() {
    double total = 0;
    for (int i = 0; i < size; i++) {
      total += buffers.weights[i];
    }
    return total;
  }

  private int pick(double total) {
    double left = random.nextDouble() * total;
    int last = 0;
    for (int i = 0; i < size; i++) {
      double weight = buffers.weights[i];
      if (left < weight) {
        return buffers.ids[i];
      }
      left -= weight;
      if (weight > 0) {
        last = i;
      }
    }
    return buffers.ids[last]; // rounding left a rest
  }
}
