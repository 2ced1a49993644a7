// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.convert;

import dev.coterie.Conversion;
import dev.coterie.ConvertOptions;
import dev.coterie.ModelInfo;
import dev.coterie.TensorInfo;
import dev.coterie.engine.convert.TypeMix.Item;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.GgufHeader;
import dev.coterie.spi.DataType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that is decided before the first byte is written: types, files, places.
 *
 * @param source what the source says of itself
 * @param parts the files
 */
record ConversionPlan(ModelInfo source, List<Part> parts) {
  /**
   * A tensor to write.
   *
   * @param source where it comes from
   * @param type its type in the file, null for integers
   * @param bytes its size in the file
   * @param offset where in the file it begins
   */
  record Planned(SourceTensor source, @Nullable DataType type, long bytes, long offset) {}

  /**
   * A file to write.
   *
   * @param file its name in the end
   * @param header what it begins with
   * @param tensors what follows
   * @param bytes its size
   */
  record Part(Path file, byte[] header, List<Planned> tensors, long bytes) {}

  private record Typed(SourceTensor source, @Nullable DataType type, long bytes) {}

  static ConversionPlan of(Checkpoint checkpoint, Path target, ConvertOptions options)
      throws IOException {
    List<SourceTensor> sources =
        checkpoint.names().stream().map(name -> SourceTensor.of(checkpoint, name)).toList();
    List<Item> items =
        sources.stream()
            .filter(tensor -> tensor.type() != null)
            .map(t -> new Item(t.name(), t.shape(), t.name().contains("_exps.")))
            .toList();
    Map<String, DataType> types =
        TypeMix.types(options.quantization(), checkpoint.metadata(), items);
    List<Typed> typed = new ArrayList<>();
    for (SourceTensor source : sources) {
      DataType type = source.type();
      if (type != null) {
        type = types.getOrDefault(source.name(), kept(checkpoint, source, type));
      }
      long bytes = (type == null ? DataType.F32 : type).bytes(source.elements());
      typed.add(new Typed(source, type, bytes));
    }
    GgufHeader header = GgufHeader.of(checkpoint.metadata());
    for (String key :
        List.of("general.alignment", "split.no", "split.count", "split.tensors.count")) {
      header.remove(key);
    }
    checkpoint.tokenizerPairs().forEach(header::put);
    header.put("general.quantization_version", 2L);
    header.put("general.file_type", (long) TypeMix.fileType(options.quantization()));
    return new ConversionPlan(checkpoint.info(), parts(header, typed, target, options));
  }

  /**
   * Vectors as 32-bit floats, which is how every reader wants them, and matrices of published
   * checkpoints too; those of GGUF files as they are.
   */
  private static DataType kept(Checkpoint checkpoint, SourceTensor source, DataType type) {
    boolean plain = type == DataType.F32 || type == DataType.F16 || type == DataType.BF16;
    boolean copied = plain && source.shape().size() > 1 && checkpoint.permutesRotatedRows();
    return copied ? type : DataType.F32;
  }

  private static List<Part> parts(
      GgufHeader header, List<Typed> tensors, Path target, ConvertOptions options) {
    long room = options.splitMaxBytes() == 0 ? Long.MAX_VALUE : options.splitMaxBytes();
    List<List<Typed>> groups = new ArrayList<>();
    List<Typed> group = new ArrayList<>();
    GgufHeader size = header.withoutTensors();
    for (Typed tensor : tensors) {
      GgufHeader larger = size;
      larger.addTensor(tensor.source.name(), tensor.type, tensor.source.shape());
      if (!group.isEmpty()
          && larger.dataBytes() + (room == Long.MAX_VALUE ? 0 : larger.bytes().length) > room) {
        groups.add(group);
        group = new ArrayList<>();
        size = new GgufHeader();
        size.addTensor(tensor.source.name(), tensor.type, tensor.source.shape());
      }
      group.add(tensor);
    }
    groups.add(group);
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      GgufHeader own = i == 0 ? header.withoutTensors() : new GgufHeader();
      Path file = target;
      if (groups.size() > 1) {
        own.putU16("split.no", i);
        own.putU16("split.count", groups.size());
        own.putI32("split.tensors.count", tensors.size());
        file = partName(target, i + 1, groups.size());
      }
      long[] offsets =
          groups.get(i).stream()
              .mapToLong(t -> own.addTensor(t.source.name(), t.type, t.source.shape()))
              .toArray();
      byte[] bytes = own.bytes();
      List<Planned> planned = new ArrayList<>();
      for (int t = 0; t < offsets.length; t++) {
        Typed tensor = groups.get(i).get(t);
        long at = bytes.length + offsets[t];
        planned.add(new Planned(tensor.source, tensor.type, tensor.bytes, at));
      }
      parts.add(new Part(file, bytes, planned, bytes.length + own.dataBytes()));
    }
    return parts;
  }

  private static Path partName(Path target, int number, int count) {
    String name = String.valueOf(target.getFileName());
    String stem = name.endsWith(".gguf") ? name.substring(0, name.length() - 5) : name;
    return target.resolveSibling(
        String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", stem, number, count));
  }

  long bytes() {
    return parts.stream().mapToLong(Part::bytes).sum();
  }

  Conversion conversion() {
    List<TensorInfo> tensors = new ArrayList<>();
    for (Part part : parts) {
      for (Planned tensor : part.tensors) {
        String type = tensor.type == null ? "I32" : tensor.type.name();
        tensors.add(
            new TensorInfo(tensor.source.name(), type, tensor.source.shape(), tensor.bytes));
      }
    }
    return new Conversion(
        parts.stream().map(Part::file).toList(),
        parts.stream().map(Part::bytes).toList(),
        source.fileBytes(),
        tensors);
  }
}
