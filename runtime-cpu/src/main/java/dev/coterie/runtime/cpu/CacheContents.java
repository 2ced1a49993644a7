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

/**
 * What a graph's cache holds when it is full, by kind. Keys that left a window are not given back;
 * tokens that went into compressed entries are.
 */
final class CacheContents {
  private final PagedCache cache;
  private final Limits limits;
  private final int anchor;
  private final Map<String, long[]> parts = new LinkedHashMap<>(); // layers, bytes

  CacheContents(Graph graph, PagedCache cache, Limits limits) {
    this.cache = cache;
    this.limits = limits;
    anchor = CompressionWindows.anchor(graph);
    for (Operation operation : graph.operations()) {
      switch (operation) {
        case Operation.Attention attention ->
            addLayer("keys and values" + seen(attention.visibility()), attention.layer());
        case Operation.MlaAttention attention -> addLayer("latents", attention.layer());
        case Operation.SelectPositions select ->
            addBlocks("index keys", cache.indexBytes(select.layer()));
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
    addBlocks(content, cache.layerBytes(layer));
  }

  private void addBlocks(String content, long blockBytes) {
    add(content, Math.multiplyExact(blockBytes, (long) limits.cacheBlocks()));
  }

  private void addEntries(String content, Compressor compressor) {
    CompressionWindows windows = CompressionWindows.of(compressor, anchor);
    String of = " of " + compressor.ratio() + " tokens";
    add(content + of, CompressedEntries.entryBytes(compressor, windows, limits));
    add(
        "tokens that go into " + content + of,
        CompressedEntries.tokenBytes(compressor, windows, limits));
  }

  private void add(String content, long partBytes) {
    long[] part = parts.computeIfAbsent(content, _ -> new long[2]);
    part[0]++;
    part[1] = Math.addExact(part[1], partBytes);
  }

  /** The bytes of the full cache, all parts together. */
  long bytes() {
    return parts.values().stream().mapToLong(part -> part[1]).reduce(0, Math::addExact);
  }

  List<CachePart> parts() {
    long tokens = (long) limits.cacheBlocks() * Limits.BLOCK_TOKENS;
    List<CachePart> list = new ArrayList<>();
    parts.forEach(
        (content, part) ->
            list.add(new CachePart(content, (int) part[0], (double) part[1] / tokens)));
    return list;
  }
}
