// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.coterie.ExpertRouting;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * How often each expert was chosen, as {@code run --experts} tells it.
 *
 * @param layers the layers with experts
 */
record ExpertReport(List<ExpertRouting> layers) {
  /** The most columns of a layer; where there are more experts, neighbors share one. */
  private static final int MOST_COLUMNS = 64;

  private static final String BARS = "▁▂▃▄▅▆▇█";

  /** A histogram, one line a layer; a column is as high as its share of the layer's highest. */
  void print(PrintStream out) {
    if (layers.isEmpty()) {
      out.println("experts: the model has none");
      return;
    }
    ExpertRouting first = layers.getFirst();
    int experts = first.counts().size();
    out.printf(
        Locale.ROOT,
        "experts: %d of %d for each of %d tokens; a column is %d%n",
        first.expertsPerToken(),
        experts,
        first.tokens(),
        width(experts));
    for (ExpertRouting layer : layers) {
      List<Integer> counts = layer.counts();
      int most = Collections.max(counts);
      long all = counts.stream().mapToLong(Integer::longValue).sum();
      out.printf(
          Locale.ROOT,
          "layer %3d |%s| most: %d with %.1f%%, never: %d%n",
          layer.layer(),
          columns(counts),
          counts.indexOf(most),
          all == 0 ? 0 : 100.0 * most / all,
          Collections.frequency(counts, 0));
    }
  }

  private static int width(int experts) {
    return Math.ceilDiv(experts, MOST_COLUMNS);
  }

  private static String columns(List<Integer> counts) {
    int width = width(counts.size());
    long[] sums = new long[Math.ceilDiv(counts.size(), width)];
    long highest = 1;
    for (int e = 0; e < counts.size(); e++) {
      sums[e / width] += counts.get(e);
      highest = Math.max(highest, sums[e / width]);
    }
    StringBuilder text = new StringBuilder();
    for (long sum : sums) {
      int level = (int) Math.ceilDiv(sum * BARS.length(), highest);
      text.append(level == 0 ? ' ' : BARS.charAt(level - 1));
    }
    return text.toString();
  }

  /** Writes the array {@code experts}. */
  void write(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("experts");
    for (ExpertRouting layer : layers) {
      json.writeStartObject();
      json.writeNumberField("layer", layer.layer());
      json.writeNumberField("experts_per_token", layer.expertsPerToken());
      json.writeFieldName("counts");
      Json.value(json, layer.counts());
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
