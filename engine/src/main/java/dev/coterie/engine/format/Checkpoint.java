// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.ModelFormatException;
import dev.coterie.ModelInfo;
import dev.coterie.TensorInfo;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.tokenizer.PromptTokenizer;
import dev.coterie.spi.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model on disk, whatever its file format: key-value pairs and tensors under the names that GGUF
 * gives them, so that an architecture is written once. Thread-safe. Tensors are valid until it is
 * closed.
 */
public interface Checkpoint extends AutoCloseable {
  /** The key-value pairs, under GGUF's keys. */
  Metadata metadata();

  /** What the files say of themselves. */
  ModelInfo info();

  /**
   * The names of all tensors, as GGUF files have them: experts that the files hold one by one under
   * the name of their stack, which {@link #experts} takes.
   */
  default List<String> names() {
    return info().tensors().stream().map(TensorInfo::name).toList();
  }

  /**
   * The model's tokenizer.
   *
   * @throws IOException if a file of it cannot be read
   * @throws UnsupportedModelException if the kind of tokenizer is not supported
   */
  PromptTokenizer tokenizer() throws IOException;

  /**
   * The name of the token that begins or ends a sequence, as chat templates write it.
   *
   * @param name {@code bos} or {@code eos}
   * @return the name, or empty if there is none
   * @throws IOException if a file cannot be read
   */
  default String boundaryToken(String name) throws IOException {
    Object id = metadata().values().get("tokenizer.ggml." + name + "_token_id");
    if (!(id instanceof Long token) || token < 0 || token >= tokenizer().vocabularySize()) {
      return "";
    }
    return tokenizer().decode(new int[] {token.intValue()}, true);
  }

  /**
   * The tokenizer as key-value pairs of a GGUF file, where {@link #metadata} does not have them.
   *
   * @throws IOException if a file of it cannot be read
   * @throws UnsupportedModelException if GGUF files cannot express it
   */
  default Map<String, Object> tokenizerPairs() throws IOException {
    return Map.of();
  }

  /**
   * A tensor that may be absent.
   *
   * @param name its name in GGUF files, such as {@code blk.0.attn_q.weight}
   * @return the tensor, or null if there is none of that name
   * @throws UnsupportedModelException if its type cannot be decoded
   */
  @Nullable Tensor find(String name);

  /**
   * A tensor of a known shape. Leading dimensions of one element are no difference.
   *
   * @param name its name in GGUF files
   * @param expected its dimensions, slowest first
   * @return the tensor, in the expected shape
   * @throws ModelFormatException if there is none of that name, or it has another shape
   * @throws UnsupportedModelException if its type cannot be decoded
   */
  Tensor tensor(String name, long... expected);

  /**
   * The matrices of all experts, which one file holds as a stack and another one by one.
   *
   * @param name the stack's name in GGUF files, such as {@code blk.3.ffn_gate_exps.weight}
   * @param count how many experts
   * @param rows outputs of each
   * @param columns inputs of each
   * @return {@code count} matrices {@code [rows, columns]}
   * @throws ModelFormatException if one is missing or has another shape
   */
  List<Tensor> experts(String name, int count, long rows, long columns);

  /**
   * Refuses tensors that nobody asked for, because a model that has them computes something else.
   *
   * @param used the names that were asked for
   * @param layers how many blocks were; those beyond predict further tokens and may be there, as
   *     may other tensors that published checkpoints are known to have and not to use
   * @throws dev.coterie.ModelFormatException if there is one
   */
  void refuseOthers(Set<String> used, int layers);

  /**
   * The same model for planning: what would be copied to give it the shape that GGUF files have is
   * {@linkplain Tensor#planned planned} only.
   *
   * @return a view, closed with this; this itself where nothing is copied
   */
  default Checkpoint planning() {
    return this;
  }

  /**
   * A table of integers.
   *
   * @param name its name in GGUF files
   * @param limit what its values must be below; they must not be negative
   * @param expected its dimensions, slowest first
   * @return the values, row after row
   */
  int[] integers(String name, int limit, long... expected);

  /**
   * Whether the rows of Llama's query and key projections are permuted, so that rotated pairs are
   * neighbors. GGUF files have them so; published checkpoints do not.
   */
  boolean permutesRotatedRows();

  /**
   * A name for the files as they are: whoever reads tensors of the same name, type and shape from
   * files of the same identity reads the same values. Made of what the file system knows, so that
   * nothing is read; see {@link FileStamp}.
   *
   * @return hexadecimal digits; null if a file was changed so recently that this cannot be promised
   */
  default @Nullable String identity() {
    return null;
  }

  /** The adapters that are to be applied to its weights. */
  default List<LoraFile> adapters() {
    return List.of();
  }

  @Override
  void close();
}
