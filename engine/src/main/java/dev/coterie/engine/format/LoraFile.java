// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.LoraAdapter;
import dev.coterie.ModelFormatException;
import dev.coterie.UnsupportedModelException;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A low-rank adapter (LoRA, arXiv 2106.09685) on disk, for a certain model: pairs of matrices under
 * the names that GGUF files give to the weights that they adapt, with every factor folded in and
 * rows in the model's order.
 *
 * <p>For use by one thread. Whoever opens it closes it; its tensors must not be read after close.
 */
public final class LoraFile implements AutoCloseable {
  static final int MOST_RANK = 1 << 16;

  /** What models have but no linear operation of its own computes with. */
  private static final Pattern NOT_ADAPTABLE =
      Pattern.compile(
          "(^|\\.)(embed_tokens|embed|lm_head|head|experts\\..+|(qkv|kv_b|o_a)_proj|wo_a)$"
              + "|^(token_embd|output|blk\\.\\d+\\.(attn_(qkv|kv_b|k_b|v_b|output_a)|ffn_.+_exps|ffn_[a-z]+\\.\\d+))"
              + "\\.weight$");

  /**
   * What is added to a weight: {@code b · a}.
   *
   * @param a {@code [rank, in]}, as the file has it
   * @param b {@code [out, rank]}, scaled, F32
   */
  public record Pair(Tensor a, Tensor b) {
    /** The width between the two. */
    public int rank() {
      return a.rows();
    }
  }

  /**
   * Two matrices as a file has them.
   *
   * @param a {@code [rank, in]}
   * @param b {@code [out, rank]}
   * @param factor what the file says to multiply their product with
   */
  record Entry(Tensor a, Tensor b, double factor) {}

  /**
   * What a kind of file holds.
   *
   * @param path for error messages
   * @param entries by the file's own name of what they adapt
   * @param names of a weight's name in GGUF files, the names that the file may have for it
   * @param permutesRotatedRows as {@link Checkpoint#permutesRotatedRows}
   * @param stamps of all files that were read
   * @param unmap unmaps the file
   */
  record Contents(
      Path path,
      Map<String, Entry> entries,
      Function<String, List<String>> names,
      boolean permutesRotatedRows,
      List<@Nullable FileStamp> stamps,
      Runnable unmap) {
    Contents {
      if (entries.isEmpty()) {
        throw new ModelFormatException(path, -1, "expected matrices of an adapter, found none");
      }
    }
  }

  private final Contents contents;
  private final float scale;
  private final Metadata base;
  private final String architecture;
  private final boolean reordered;
  private final Set<String> used = new HashSet<>();
  private boolean closed;

  private LoraFile(Contents contents, float scale, Checkpoint base) {
    this.contents = contents;
    this.scale = scale;
    this.base = base.metadata();
    this.architecture = this.base.string("general.architecture");
    this.reordered =
        architecture.equals("llama")
            && contents.permutesRotatedRows() != base.permutesRotatedRows();
  }

  /**
   * Maps and checks an adapter.
   *
   * @param adapter a PEFT folder, its safetensors file, or a GGUF file
   * @param base the model that it is applied to
   * @return the adapter; close it
   * @throws IOException if a file cannot be read
   * @throws ModelFormatException if a file is damaged or missing, a matrix has no counterpart, or
   *     the adapter was made for another architecture
   * @throws UnsupportedModelException if the adapter is more than LoRA
   */
  public static LoraFile open(LoraAdapter adapter, Checkpoint base) throws IOException {
    Path path = adapter.path();
    String architecture = base.metadata().string("general.architecture");
    Contents contents =
        Checkpoints.isSafetensors(path)
            ? PeftAdapter.open(path, architecture)
            : GgufAdapter.open(path, architecture);
    return new LoraFile(contents, adapter.scale(), base);
  }

  /** Checks that two matrices belong together. */
  static Entry entry(Path path, Tensor a, Tensor b, double factor) {
    List<Long> shape = a.shape();
    if (shape.size() != 2 || shape.getFirst() > MOST_RANK) {
      throw fault(
          path, a, "expected [rank, in] with a rank up to " + MOST_RANK + ", found " + shape);
    }
    if (b.shape().size() != 2 || !b.shape().get(1).equals(shape.getFirst())) {
      throw fault(path, b, "expected [out, " + shape.getFirst() + "], found " + b.shape());
    }
    return new Entry(a, b, factor);
  }

  /**
   * What the adapter adds to a weight. Asking for it is what {@link #refuseOthers} goes by.
   *
   * @param weight its name in GGUF files, such as {@code blk.0.attn_q.weight}
   * @param rows its outputs
   * @param columns its inputs
   * @return the matrices; null if the adapter leaves the weight as it is
   * @throws ModelFormatException if they have another shape, or a value is not finite
   */
  public @Nullable Pair find(String weight, int rows, int columns) {
    if (reordered && weight.endsWith(".attn_qkv.weight")) {
      return null; // no row order is known for it
    }
    for (String name : contents.names().apply(weight)) {
      Entry entry = contents.entries().get(name);
      if (entry != null) {
        used.add(name);
        int headRows = reordered ? RotatedRows.headRows(base, weight, rows) : 0;
        Pair pair = pair(entry, rows, columns, headRows);
        return scale == 0 ? null : pair;
      }
    }
    return null;
  }

  /**
   * Refuses matrices that nobody asked for.
   *
   * @throws UnsupportedModelException if they adapt what no linear operation of its own computes
   *     with: embeddings, the output projection, experts, the split projections of latent attention
   * @throws ModelFormatException if they adapt what the model does not have
   */
  public void refuseOthers() {
    contents
        .entries()
        .forEach(
            (name, entry) -> {
              if (used.contains(name)) {
                return;
              }
              String tensor = "tensor " + GgufCursor.quote(entry.a().name());
              if (NOT_ADAPTABLE.matcher(name).find()) {
                throw new UnsupportedModelException(
                    architecture,
                    contents.path()
                        + ": "
                        + tensor
                        + " adapts a weight that no adapter can be applied to at load; merge it"
                        + " into the weights first");
              }
              throw fault(
                  contents.path(),
                  entry.a(),
                  "expected a weight that the model has, found none for it; the adapter belongs to"
                      + " another model");
            });
  }

  List<@Nullable FileStamp> stamps() {
    return contents.stamps();
  }

  float scale() {
    return scale;
  }

  /** Unmaps the file. Closing twice does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      contents.unmap().run();
    }
  }

  private Pair pair(Entry entry, int rows, int columns, int headRows) {
    Tensor a = entry.a();
    Tensor b = entry.b();
    int rank = a.rows();
    if (a.shape().getLast() != columns) {
      throw fault(a, "expected [" + rank + ", " + columns + "], found " + a.shape());
    }
    if (b.shape().getFirst() != rows) {
      throw fault(b, "expected [" + rows + ", " + rank + "], found " + b.shape());
    }
    float[] row = new float[Math.max(rank, columns)];
    for (int i = 0; i < rank; i++) {
      a.decodeRow(i, row, 0);
      checkFinite(a, row, columns);
    }
    double factor = scale * entry.factor();
    MemorySegment scaled = Arena.ofAuto().allocate(4L * rows * rank, 64);
    for (int i = 0; i < rows; i++) {
      b.decodeRow(sourceRow(i, headRows), row, 0);
      checkFinite(b, row, rank);
      for (int j = 0; j < rank; j++) {
        row[j] = (float) (factor * row[j]);
      }
      checkFinite(b, row, rank);
      MemorySegment.copy(row, 0, scaled, LittleEndian.FLOAT, 4L * i * rank, rank);
    }
    return new Pair(
        a, new Tensor(b.name(), DataType.F32, List.of((long) rows, (long) rank), scaled));
  }

  /** The row of the file that belongs at a row of the model. */
  private int sourceRow(int row, int headRows) {
    if (headRows == 0) {
      return row;
    }
    return contents.permutesRotatedRows()
        ? RotatedRows.interleaved(row, headRows)
        : RotatedRows.published(row, headRows);
  }

  private void checkFinite(Tensor tensor, float[] values, int count) {
    for (int i = 0; i < count; i++) {
      if (!Float.isFinite(values[i])) {
        throw fault(tensor, "expected finite values, also once scaled, found " + values[i]);
      }
    }
  }

  private ModelFormatException fault(Tensor tensor, String detail) {
    return fault(contents.path(), tensor, detail);
  }

  static ModelFormatException fault(Path path, Tensor tensor, String detail) {
    return new ModelFormatException(
        path, -1, "tensor " + GgufCursor.quote(tensor.name()) + ": " + detail);
  }
}
