// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.ModelFormatException;
import dev.coterie.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file in the safetensors format, mapped into memory: a JSON header that lists tensors, and their
 * data. What the header says is checked when the file is opened: every byte of data belongs to
 * exactly one tensor.
 *
 * <p>Thread-safe. Whoever owns the arena unmaps it; reading afterwards raises {@link
 * IllegalStateException}.
 */
public final class SafetensorsFile {
  private static final String METADATA = "__metadata__";
  private static final long MOST_HEADER_BYTES = 100_000_000;

  private final MappedFile mapped;
  private final Path path;
  private final MemorySegment file;
  private final JsonText header;
  private final NameTable tensors;
  private final NameTable pairs;
  private final long dataStart;

  private SafetensorsFile(MappedFile mapped) {
    this.mapped = mapped;
    path = mapped.path();
    file = mapped.content();
    dataStart = 8 + headerBytes();
    header = new JsonText(path, file, 8, dataStart);
    if (file.get(ValueLayout.JAVA_BYTE, 8) != '{') {
      throw header.fault(8, "expected '{' as the first byte of the header");
    }
    Walk counting = new Walk(null, null);
    counting.walk();
    tensors = new NameTable(counting.numTensors);
    pairs = new NameTable(counting.numPairs);
    Walk filling = new Walk(tensors, pairs);
    filling.walk();
    checkCoverage(filling);
  }

  /**
   * Maps and checks a file.
   *
   * @param path a safetensors file
   * @param arena unmaps it
   * @return the file
   * @throws IOException if it cannot be read
   * @throws ModelFormatException if it is damaged
   */
  public static SafetensorsFile open(Path path, Arena arena) throws IOException {
    return new SafetensorsFile(MappedFile.open(path, arena));
  }

  /** Where it lies. */
  public Path path() {
    return path;
  }

  @Nullable FileStamp stamp() {
    return mapped.stamp();
  }

  /** The size of the file. */
  public long bytes() {
    return file.byteSize();
  }

  /** The pairs of {@code __metadata__}, in the file's order. */
  public Map<String, String> metadata() {
    Map<String, String> metadata = LinkedHashMap.newLinkedHashMap(pairs.size());
    for (int i = 0; i < pairs.size(); i++) {
      JsonText cursor = header.at(pairs.position(i) - 1);
      String key = header.text(cursor.string("a key"));
      cursor.expect(':');
      metadata.put(key, header.text(cursor.string("a string")));
    }
    return metadata;
  }

  /** All tensors in the header's order, those that cannot be decoded included. */
  public List<TensorInfo> tensors() {
    List<TensorInfo> infos = new ArrayList<>(tensors.size());
    for (int i = 0; i < tensors.size(); i++) {
      SafetensorsEntry entry = entry(tensors.position(i));
      infos.add(
          new TensorInfo(
              entry.name(), entry.type().name(), entry.shape(), entry.end() - entry.begin()));
    }
    return infos;
  }

  /** The number of tensors. */
  public int numTensors() {
    return tensors.size();
  }

  /** Whether there is a tensor of a name. */
  public boolean contains(String name) {
    return tensors.find(header.at(8), name) >= 0;
  }

  /** The name of a tensor, counted in the header's order. */
  String name(int index) {
    return header.text(tensors.position(index));
  }

  /** The tensor of a name, or null. */
  @Nullable SafetensorsEntry find(String name) {
    long content = tensors.find(header.at(8), name);
    return content < 0 ? null : entry(content);
  }

  /** The data of a tensor. */
  MemorySegment data(SafetensorsEntry entry) {
    return file.asSlice(dataStart + entry.begin(), entry.end() - entry.begin());
  }

  /** A fault of a tensor where its data lies. */
  ModelFormatException dataFault(SafetensorsEntry entry, long offset, String detail) {
    return new ModelFormatException(
        path,
        dataStart + entry.begin() + offset,
        "tensor " + GgufCursor.quote(entry.name()) + ": " + detail);
  }

  private SafetensorsEntry entry(long content) {
    SafetensorsEntry entry = new SafetensorsEntry(header, file.byteSize() - dataStart);
    read(entry, header.at(8), content);
    return entry;
  }

  private static void read(SafetensorsEntry entry, JsonText cursor, long content) {
    cursor.position(content - 1);
    cursor.string("a name");
    cursor.expect(':');
    entry.read(cursor, content);
  }

  private long headerBytes() {
    if (file.byteSize() < 8) {
      throw new ModelFormatException(
          path,
          0,
          "expected 8 bytes with the length of the header, found "
              + file.byteSize()
              + "; the file is cut short");
    }
    long length = file.get(LittleEndian.LONG, 0);
    long most = Math.min(MOST_HEADER_BYTES, file.byteSize() - 8);
    if (length < 2 || length > most) {
      throw new ModelFormatException(
          path,
          0,
          "expected a header of 2 to "
              + most
              + " bytes, found "
              + Long.toUnsignedString(length)
              + (length > 0 && length <= MOST_HEADER_BYTES ? "; the file is cut short" : ""));
    }
    return length;
  }

  /**
   * Checks that each byte of data belongs to one tensor. Ranges tile it if, starts and ends sorted
   * each on their own, every end is the next start.
   */
  private void checkCoverage(Walk walk) {
    long[] starts = walk.starts;
    long[] ends = walk.ends;
    Arrays.sort(starts, 0, walk.numFilled);
    Arrays.sort(ends, 0, walk.numFilled);
    long covered = 0;
    for (int i = 0; i < walk.numFilled; i++) {
      if (starts[i] != covered) {
        throw uncovered(starts[i], covered);
      }
      covered = ends[i];
    }
    if (covered != file.byteSize() - dataStart) {
      throw new ModelFormatException(
          path,
          dataStart + covered,
          "expected the end of the file behind the last tensor, found "
              + (file.byteSize() - dataStart - covered)
              + " more bytes");
    }
    SafetensorsEntry entry = new SafetensorsEntry(header, file.byteSize() - dataStart);
    JsonText cursor = header.at(8);
    for (int i = 0; i < tensors.size(); i++) {
      read(entry, cursor, tensors.position(i));
      if (entry.begin() == entry.end()
          && entry.begin() != covered
          && Arrays.binarySearch(starts, 0, walk.numFilled, entry.begin()) < 0) {
        throw entry.fault("has no data, but lies within another tensor");
      }
    }
  }

  /** The fault for the tensor that begins before or behind the end of those before it. */
  private ModelFormatException uncovered(long start, long covered) {
    for (int i = 0; i < tensors.size(); i++) {
      SafetensorsEntry entry = entry(tensors.position(i));
      if (entry.begin() == start && entry.end() > start) {
        return entry.fault(
            "expected its data at byte "
                + covered
                + " of the data, found it at byte "
                + start
                + (start < covered ? "; it overlaps with another tensor" : "; there is a hole"));
      }
    }
    throw new AssertionError("no tensor begins at " + start);
  }

  /** A pass through the header: the first counts, the second fills the tables. */
  private final class Walk {
    private final @Nullable NameTable names;
    private final @Nullable NameTable keys;
    private final SafetensorsEntry entry =
        new SafetensorsEntry(header, file.byteSize() - dataStart);
    private final long[] starts;
    private final long[] ends;
    private int numTensors;
    private int numPairs;
    private int numFilled; // tensors with data
    private boolean hasMetadata;

    Walk(@Nullable NameTable names, @Nullable NameTable keys) {
      this.names = names;
      this.keys = keys;
      int capacity = names == null ? 0 : names.capacity();
      starts = new long[capacity];
      ends = new long[capacity];
    }

    void walk() {
      JsonText cursor = header.at(8);
      cursor.expect('{');
      if (!cursor.take('}')) {
        do {
          long name = cursor.string("the name of a tensor");
          cursor.expect(':');
          if (cursor.equal(name, METADATA)) {
            if (hasMetadata) {
              throw header.fault(name, METADATA + " appears twice");
            }
            hasMetadata = true;
            metadata(cursor);
          } else {
            tensor(cursor, name);
          }
        } while (cursor.more('}'));
      }
      cursor.finish();
    }

    private void tensor(JsonText cursor, long name) {
      entry.read(cursor, name);
      numTensors++;
      if (names == null) {
        return;
      }
      if (!names.add(cursor, name)) {
        throw entry.fault("appears twice");
      }
      if (entry.begin() < entry.end()) {
        starts[numFilled] = entry.begin();
        ends[numFilled++] = entry.end();
      }
    }

    private void metadata(JsonText cursor) {
      cursor.expect('{');
      if (cursor.take('}')) {
        return;
      }
      do {
        long key = cursor.string("a key of " + METADATA);
        cursor.expect(':');
        cursor.string("a string");
        numPairs++;
        if (keys != null && !keys.add(cursor, key)) {
          throw header.fault(
              key, METADATA + ": key " + GgufCursor.quote(header.text(key)) + " appears twice");
        }
      } while (cursor.more('}'));
    }
  }
}
