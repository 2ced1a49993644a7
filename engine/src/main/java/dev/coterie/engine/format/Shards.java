// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.ModelFormatException;
import dev.coterie.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The safetensors files that make up a model: one, or those that an index names. An index can name
 * files in its own folder only. Immutable.
 */
final class Shards {
  private static final String MAP = "weight_map";

  private final Path path;
  private final List<SafetensorsFile> files;
  private final @Nullable Map<String, SafetensorsFile> map; // null: one file has all

  private Shards(
      Path path, List<SafetensorsFile> files, @Nullable Map<String, SafetensorsFile> map) {
    this.path = path;
    this.files = files;
    this.map = map;
  }

  /** A tensor in one of the files. */
  record Weight(SafetensorsFile file, SafetensorsEntry entry) {}

  /** The one file of a model. */
  static Shards single(Path path, Arena arena) throws IOException {
    return new Shards(path, List.of(SafetensorsFile.open(path, arena)), null);
  }

  /**
   * The files that an index names.
   *
   * @throws ModelFormatException if one is missing, lies elsewhere, or does not hold what the index
   *     says
   */
  static Shards indexed(Path path, Arena arena) throws IOException {
    ConfigFile index = ConfigFile.read(path);
    Map<String, Object> names = index.object(MAP).values();
    if (names.isEmpty()) {
      throw index.fault(MAP, "expected the names of tensors and files, found nothing");
    }
    Map<String, SafetensorsFile> files = new LinkedHashMap<>();
    Map<String, SafetensorsFile> map = HashMap.newHashMap(names.size());
    for (Map.Entry<String, Object> entry : names.entrySet()) {
      if (!(entry.getValue() instanceof String name)) {
        throw index.fault(MAP, "expected the name of a file for '" + entry.getKey() + "'");
      }
      SafetensorsFile file = files.get(name);
      if (file == null) {
        file = SafetensorsFile.open(shard(index, path, name), arena);
        files.put(name, file);
      }
      if (!file.contains(entry.getKey())) {
        throw new ModelFormatException(
            file.path(),
            -1,
            "tensor " + GgufCursor.quote(entry.getKey()) + " is missing, but the index names it");
      }
      map.put(entry.getKey(), file);
    }
    for (SafetensorsFile file : files.values()) {
      for (int i = 0; i < file.numTensors(); i++) {
        if (map.get(file.name(i)) != file) {
          throw new ModelFormatException(
              file.path(),
              -1,
              "tensor "
                  + GgufCursor.quote(file.name(i))
                  + " is here, but the index does not say so");
        }
      }
    }
    return new Shards(path, List.copyOf(files.values()), map);
  }

  private static Path shard(ConfigFile index, Path path, String name) throws IOException {
    Path folder = folder(path);
    Path shard;
    try {
      shard = folder.resolve(name).normalize();
    } catch (InvalidPathException e) {
      throw index.fault(MAP, "expected the name of a file, found " + GgufCursor.quote(name));
    }
    if (Path.of(name).isAbsolute() || !shard.startsWith(folder.normalize())) {
      throw outside(index, name);
    }
    if (!Files.exists(shard)) {
      throw new ModelFormatException(shard, -1, "the file is missing, but the index names it");
    }
    // A download cache keeps files in a folder "blobs" of the same model and links to them.
    Path real = shard.toRealPath();
    Path inside = folder.toRealPath();
    Path blobs = inside.resolve("../../blobs").normalize();
    boolean cached = blobs.equals(real.getParent()) && "snapshots".equals(parentName(inside));
    if (!real.startsWith(inside) && !cached) {
      throw outside(index, name);
    }
    return shard;
  }

  /** The folder that a file lies in. */
  static Path folder(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new ModelFormatException(file, -1, "expected a file, found the root of all folders");
    }
    return parent;
  }

  private static String parentName(Path folder) {
    Path parent = folder.getParent();
    return parent == null ? "" : String.valueOf(parent.getFileName());
  }

  private static ModelFormatException outside(ConfigFile index, String name) {
    return index.fault(
        MAP, "expected files in the same folder, found " + GgufCursor.quote(name) + " outside it");
  }

  /** What was opened: the index or the one file. */
  Path path() {
    return path;
  }

  /** The size of all files together. */
  long bytes() {
    return files.stream().mapToLong(SafetensorsFile::bytes).sum();
  }

  List<@Nullable FileStamp> stamps() {
    List<@Nullable FileStamp> stamps = new ArrayList<>();
    files.forEach(file -> stamps.add(file.stamp()));
    return stamps;
  }

  List<TensorInfo> tensors() {
    List<TensorInfo> infos = new ArrayList<>();
    files.forEach(file -> infos.addAll(file.tensors()));
    return infos;
  }

  boolean contains(String name) {
    return map == null ? files.getFirst().contains(name) : map.containsKey(name);
  }

  /** The tensor of a name, or null. */
  @Nullable Weight find(String name) {
    SafetensorsFile file = map == null ? files.getFirst() : map.get(name);
    if (file == null) {
      return null;
    }
    SafetensorsEntry entry = file.find(name);
    return entry == null ? null : new Weight(file, entry);
  }
}
