// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The key-value pairs of a mapped file as a read-only map in the file's order. A value is read each
 * time it is asked for; a vocabulary takes no memory beside the mapping until then.
 */
final class GgufMetadata extends AbstractMap<String, Object> {
  private static final int LONGEST_KEY = 65535;

  private final Path path;
  private final MemorySegment file;
  private final GgufTable table;

  private GgufMetadata(Path path, MemorySegment file, GgufTable table) {
    this.path = path;
    this.file = file;
    this.table = table;
  }

  /** Checks all pairs from the cursor on and leaves it behind them. */
  static GgufMetadata read(Path path, MemorySegment file, GgufCursor cursor, int count) {
    GgufTable table = new GgufTable(file, count);
    for (int i = 0; i < count; i++) {
      long at = cursor.position();
      cursor.skipName("key", LONGEST_KEY);
      GgufValues.skip(cursor);
      if (!table.add(at)) {
        throw cursor.fault(at, "appears twice");
      }
    }
    cursor.noSubject();
    return new GgufMetadata(path, file, table);
  }

  /** Where in the file a key's pair begins, or −1. */
  long offset(String key) {
    return table.find(key);
  }

  /** The type and the value of a pair as they lie in the file. */
  byte[] encoded(String key) {
    GgufCursor cursor = new GgufCursor(path, file, offset(key));
    cursor.skipName("key", LONGEST_KEY);
    long from = cursor.position();
    GgufValues.skip(cursor);
    return file.asSlice(from, cursor.position() - from).toArray(ValueLayout.JAVA_BYTE);
  }

  /** All pairs for people to read, with arrays longer than that cut to their type and length. */
  Map<String, Object> show(int longest) {
    Map<String, Object> pairs = LinkedHashMap.newLinkedHashMap(size());
    for (int i = 0; i < table.size(); i++) {
      GgufCursor cursor = new GgufCursor(path, file, table.position(i));
      pairs.put(key(cursor), GgufValues.show(cursor, longest));
    }
    return pairs;
  }

  @Override
  public int size() {
    return table.size();
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return key instanceof String name && table.find(name) >= 0;
  }

  @Override
  public @Nullable Object get(@Nullable Object key) {
    long at = key instanceof String name ? table.find(name) : -1;
    return at < 0 ? null : entry(at).getValue();
  }

  @Override
  public Set<Entry<String, Object>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public int size() {
        return table.size();
      }

      @Override
      public Iterator<Entry<String, Object>> iterator() {
        return java.util.stream.IntStream.range(0, table.size())
            .mapToObj(i -> entry(table.position(i)))
            .iterator();
      }
    };
  }

  private Entry<String, Object> entry(long at) {
    GgufCursor cursor = new GgufCursor(path, file, at);
    return Map.entry(key(cursor), GgufValues.read(cursor));
  }

  private static String key(GgufCursor cursor) {
    long at = cursor.position();
    String key = cursor.string("a name");
    cursor.subject("key", at);
    return key;
  }
}
