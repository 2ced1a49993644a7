// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.schedule;

import dev.coterie.ExpertRouting;
import dev.coterie.GenerationOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The experts that were chosen for one generation.
 *
 * @param mixtures the model's layers with experts
 * @param generation its number
 * @param counts of each mixture, of each expert; the executable adds to them
 * @param asked whether the result shows them
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ExpertCounts(List<Mixture> mixtures, long generation, int[] counts, boolean asked) {
  /** Counts for a generation, or null if nobody will look at them. */
  static @Nullable ExpertCounts of(
      List<Mixture> mixtures, long generation, GenerationOptions options) {
    if (mixtures.isEmpty() || !(options.expertRouting() || new ExpertRoutingEvent().isEnabled())) {
      return null;
    }
    int experts = mixtures.stream().mapToInt(Mixture::experts).sum();
    return new ExpertCounts(mixtures, generation, new int[experts], options.expertRouting());
  }

  /** What the result shows. */
  List<ExpertRouting> routing() {
    List<ExpertRouting> layers = new ArrayList<>();
    int first = 0;
    for (Mixture mixture : asked ? mixtures : List.<Mixture>of()) {
      List<Integer> own = slice(first, mixture).boxed().toList();
      layers.add(new ExpertRouting(mixture.layer(), mixture.used(), own));
      first += mixture.experts();
    }
    return layers;
  }

  private IntStream slice(int first, Mixture mixture) {
    return Arrays.stream(counts, first, first + mixture.experts());
  }

  /** Writes the events, if somebody records them. */
  void commit() {
    int first = 0;
    for (Mixture mixture : mixtures) {
      ExpertRoutingEvent event = new ExpertRoutingEvent();
      if (!event.shouldCommit()) {
        return;
      }
      event.generation = generation;
      event.layer = mixture.layer();
      event.expertsPerToken = mixture.used();
      event.counts =
          slice(first, mixture).mapToObj(Integer::toString).collect(Collectors.joining(" "));
      event.commit();
      first += mixture.experts();
    }
  }
}
