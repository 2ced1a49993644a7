// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.CachePart;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Operation.Compressor;
import dev.coterie.spi.Operation.Visibility;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the blocks of a graph's cache hold, by kind. Nothing that left a window is given back. */
final class CacheContents {
  private final PagedCache cache;
  private final Map<String, long[]> parts = new LinkedHashMap<>(); // layers, bytes a block

  CacheContents(Graph graph, PagedCache cache) {
    this.cache = cache;
    for (Operation operation : graph.operations()) {
      switch (operation) {
        case Operation.Attention attention ->
            addLayer("keys and values" + seen(attention.visibility()), attention.layer());
        case Operation.MlaAttention attention -> addLayer("latents", attention.layer());
        case Operation.SelectPositions select ->
            add("index keys", cache.indexBytes(select.layer()));
        case Operation.CompressedAttention attention -> {
          String window = seen(new Visibility.Window(attention.window()));
          addLayer("keys that are the values" + window, attention.layer());
          if (attention.compressor() != null) {
            addEntries("compressed entries", attention.compressor());
          }
        }
        case Operation.SelectEntries select -> addEntries("index entries", select.compressor());
        default -> {}
      }
    }
  }

  private static String seen(Visibility visibility) {
    return switch (visibility) {
      case Visibility.Full() -> "";
      case Visibility.Window(int size) -> ", window of " + size;
      case Visibility.Chunk(int size) -> ", chunks of " + size;
    };
  }

  private void addLayer(String content, int layer) {
    add(content, cache.layerBytes(layer));
  }

  private void addEntries(String content, Compressor compressor) {
    add(
        content + " of " + compressor.ratio() + " tokens, and their tokens",
        CompressedEntries.blockBytes(compressor));
  }

  private void add(String content, long blockBytes) {
    long[] part = parts.computeIfAbsent(content, _ -> new long[2]);
    part[0]++;
    part[1] += blockBytes;
  }

  /** The bytes of a block, all parts together. */
  long blockBytes() {
    return parts.values().stream().mapToLong(part -> part[1]).sum();
  }

  List<CachePart> parts() {
    List<CachePart> list = new ArrayList<>();
    parts.forEach(
        (content, part) ->
            list.add(
                new CachePart(content, (int) part[0], (double) part[1] / Limits.BLOCK_TOKENS)));
    return list;
  }
}
