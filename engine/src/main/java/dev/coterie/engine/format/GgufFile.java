// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.ModelFormatException;
import dev.coterie.ModelInfo;
import dev.coterie.TensorInfo;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.tokenizer.PromptTokenizer;
import dev.coterie.engine.tokenizer.Tokenizers;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model in the GGUF format, version 2 or 3, mapped into memory; of a split model all parts. What
 * the file says is checked against the file when it is opened, so that a tensor handed out lies
 * within it.
 *
 * <p>Thread-safe. Whoever opens it closes it; tensors and metadata are views of the mapping, and
 * reading them after close raises {@link IllegalStateException}.
 */
public final class GgufFile implements Checkpoint {
  private static final String ARCHITECTURE = "general.architecture";
  private static final int LONGEST_SHOWN_ARRAY = 64;

  private static final Pattern BLOCK = Pattern.compile("blk\\.([0-9]{1,9})\\.");
  private static final Pattern SINGLE_EXPERT =
      Pattern.compile("(ffn_(?:gate|up|down))\\.[0-9]+\\.");

  /** Where a tensor was found. */
  private record Entry(GgufPart part, long row, GgufTensor tensor) {
    ModelFormatException fault(String detail) {
      return part.cursor(row).fault(row, detail);
    }
  }

  private final Arena arena;
  private final List<GgufPart> parts;

  private GgufFile(Arena arena, List<GgufPart> parts) {
    this.arena = arena;
    this.parts = List.copyOf(parts);
  }

  /**
   * Maps and checks a file and, if it is the first part of a split model, the other parts.
   *
   * @param path a GGUF file
   * @return the file; close it
   * @throws IOException if a file cannot be read
   * @throws ModelFormatException if a file is damaged, a part is missing, or the file is a part
   *     other than the first
   */
  @SuppressWarnings("MustBeClosedChecker") // the file closes it
  public static GgufFile open(Path path) throws IOException {
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try {
      GgufFile file = new GgufFile(arena, GgufSplit.open(GgufPart.open(path, arena), arena));
      opened = true;
      return file;
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  /** The version of the format: 2 or 3. */
  public int version() {
    return first().version();
  }

  /** The key-value pairs, those of the first part of a split model. */
  @Override
  public Metadata metadata() {
    return first().metadata();
  }

  /** The files that make up the model, in order. */
  public List<Path> files() {
    return parts.stream().map(GgufPart::path).toList();
  }

  /** The size of all files together. */
  public long bytes() {
    return parts.stream().mapToLong(GgufPart::bytes).sum();
  }

  /**
   * A tensor that may be absent.
   *
   * @param name its name
   * @return the tensor, or null if there is none of that name
   * @throws UnsupportedModelException if its type cannot be decoded
   */
  @Override
  public @Nullable Tensor find(String name) {
    Entry entry = entry(name);
    return entry == null ? null : tensor(name, entry, entry.tensor.shape());
  }

  /**
   * A tensor.
   *
   * @param name its name
   * @return the tensor
   * @throws ModelFormatException if there is none of that name
   * @throws UnsupportedModelException if its type cannot be decoded
   */
  public Tensor tensor(String name) {
    Entry entry = required(name);
    return tensor(name, entry, entry.tensor.shape());
  }

  /**
   * A tensor of a known shape. Leading dimensions of one element are no difference.
   *
   * @param name its name
   * @param expected its dimensions, slowest first
   * @return the tensor, in the expected shape
   * @throws ModelFormatException if there is none of that name, or it has another shape
   * @throws UnsupportedModelException if its type cannot be decoded
   */
  @Override
  public Tensor tensor(String name, long... expected) {
    Entry entry = required(name, expected);
    return tensor(name, entry, shape(entry, expected));
  }

  /**
   * A table of integers.
   *
   * @param name its name
   * @param limit what its values must be below; they must not be negative
   * @param expected its dimensions, slowest first
   * @return the values, row after row
   * @throws ModelFormatException if there is none of that name, it has another shape or type, or a
   *     value is out of range
   */
  @Override
  public int[] integers(String name, int limit, long... expected) {
    Entry entry = required(name, expected);
    shape(entry, expected);
    GgmlType type = entry.tensor.type();
    if (type != GgmlType.I32 && type != GgmlType.I64) {
      throw entry.fault("expected integers of type I32 or I64, found " + type);
    }
    GgufCursor cursor = entry.part.data(entry.row, entry.tensor);
    int[] values = new int[Math.toIntExact(entry.tensor.bytes() / type.blockBytes())];
    for (int i = 0; i < values.length; i++) {
      long at = cursor.position();
      long value = type == GgmlType.I32 ? cursor.i32("an integer") : cursor.i64("an integer");
      if (value < 0 || value >= limit) {
        throw cursor.fault(at, "expected integers from 0 to " + (limit - 1) + ", found " + value);
      }
      values[i] = (int) value;
    }
    return values;
  }

  /**
   * What the file says of itself; independent of the mapping.
   *
   * @return its metadata and its list of tensors, those that cannot be decoded included
   * @throws ModelFormatException if the architecture is missing or a size is out of range
   */
  @Override
  public ModelInfo info() {
    checkOpen();
    Metadata metadata = metadata();
    String architecture = metadata.string(ARCHITECTURE);
    if (architecture.isBlank()) {
      throw metadata.fault(ARCHITECTURE, "expected a name, found an empty one");
    }
    Path path = first().path();
    int vocabularySize =
        metadata.contains("tokenizer.ggml.tokens")
            ? metadata.strings("tokenizer.ggml.tokens").length
            : metadata.integer(architecture + ".vocab_size", 0, Integer.MAX_VALUE, 0);
    return new ModelInfo(
        path,
        "GGUF v" + version(),
        architecture,
        metadata.string("general.name", String.valueOf(path.getFileName())),
        metadata.integer(architecture + ".context_length", 1, Integer.MAX_VALUE, 0),
        vocabularySize,
        bytes(),
        first().pairs().show(LONGEST_SHOWN_ARRAY),
        tensorInfos());
  }

  @Override
  public PromptTokenizer tokenizer() {
    return Tokenizers.fromGguf(metadata());
  }

  @Override
  public List<Tensor> experts(String name, int count, long rows, long columns) {
    if (find(name) != null) {
      Tensor stack = tensor(name, count, rows, columns);
      return IntStream.range(0, count).mapToObj(stack::slice).toList();
    }
    // files of Mixtral's time hold experts one by one: blk.3.ffn_gate.7.weight
    String single = name.replace("_exps.weight", ".%d.weight");
    if (find(String.format(Locale.ROOT, single, 0)) == null) {
      return List.of(tensor(name, count, rows, columns));
    }
    return IntStream.range(0, count)
        .mapToObj(e -> tensor(String.format(Locale.ROOT, single, e), rows, columns))
        .toList();
  }

  @Override
  public void refuseOthers(Set<String> used, int layers) {
    for (GgufPart part : parts) {
      for (int i = 0; i < part.numTensors(); i++) {
        long row = part.row(i);
        String name = part.name(row);
        Matcher block = BLOCK.matcher(name);
        boolean further = block.lookingAt() && Integer.parseInt(block.group(1)) >= layers;
        if (!further && !used.contains(SINGLE_EXPERT.matcher(name).replaceFirst("$1_exps."))) {
          String architecture = metadata().string(ARCHITECTURE);
          throw part.cursor(row)
              .fault(row, "expected only tensors of " + architecture + " models, found another");
        }
      }
    }
  }

  @Override
  public @Nullable String identity() {
    return FileStamp.join(stamps(), List.of());
  }

  List<@Nullable FileStamp> stamps() {
    List<@Nullable FileStamp> stamps = new ArrayList<>();
    parts.forEach(part -> stamps.add(part.stamp()));
    return stamps;
  }

  @Override
  public boolean permutesRotatedRows() {
    return true;
  }

  /** Unmaps the files. Closing twice does nothing. */
  @Override
  public synchronized void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  private GgufPart first() {
    return parts.getFirst();
  }

  private void checkOpen() {
    if (!arena.scope().isAlive()) {
      throw new IllegalStateException("model file is closed");
    }
  }

  private List<TensorInfo> tensorInfos() {
    List<TensorInfo> infos = new ArrayList<>();
    for (GgufPart part : parts) {
      for (int i = 0; i < part.numTensors(); i++) {
        long row = part.row(i);
        GgufTensor tensor = part.tensor(row);
        infos.add(
            new TensorInfo(part.name(row), tensor.type().name(), tensor.shape(), tensor.bytes()));
      }
    }
    return infos;
  }

  private @Nullable Entry entry(String name) {
    checkOpen();
    for (GgufPart part : parts) {
      long row = part.find(name);
      if (row >= 0) {
        return new Entry(part, row, part.tensor(row));
      }
    }
    return null;
  }

  private Entry required(String name, long... expected) {
    Entry entry = entry(name);
    if (entry == null) {
      String shape = expected.length == 0 ? "" : "; expected " + Arrays.toString(expected);
      throw new ModelFormatException(
          first().path(), -1, "tensor '" + name + "' is missing" + shape);
    }
    return entry;
  }

  private Tensor tensor(String name, Entry entry, List<Long> shape) {
    DataType type = entry.tensor.type().dataType();
    if (type == null) {
      throw new UnsupportedModelException(
          metadata().string(ARCHITECTURE, "unknown"),
          "tensor '"
              + name
              + "' has type "
              + entry.tensor.type()
              + ", which is not supported; use another quantization of the model, such as Q4_K_M"
              + " or Q8_0");
    }
    return new Tensor(name, type, shape, entry.part.data(entry.tensor));
  }

  private static List<Long> shape(Entry entry, long... expected) {
    List<Long> shape = Arrays.stream(expected).boxed().toList();
    List<Long> found = entry.tensor.shape();
    if (!withoutLeadingOnes(shape).equals(withoutLeadingOnes(found))) {
      throw entry.fault("expected " + shape + ", found " + found);
    }
    return shape;
  }

  private static List<Long> withoutLeadingOnes(List<Long> shape) {
    int from = 0;
    while (from < shape.size() - 1 && shape.get(from) == 1) {
      from++;
    }
    return shape.subList(from, shape.size());
  }
}
