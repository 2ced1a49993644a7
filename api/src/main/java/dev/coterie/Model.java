// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import dev.coterie.spi.ModelProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A language model in memory. One model serves any number of threads and generations at the same
 * time.
 *
 * {@snippet :
 * try (Model model = Model.load(Path.of("model.gguf"))) {
 *   System.out.println(model.generator().generate("The capital of France is").text());
 * }
 * }
 *
 * <p>The caller closes it. Closing cancels the generations under way ({@link
 * FinishReason#CANCELLED}), waits for the step in progress and frees the memory; whatever is asked
 * of the model or its generator afterwards raises {@link IllegalStateException}.
 */
public interface Model extends AutoCloseable {
  /**
   * Loads a model with {@link LoadOptions#DEFAULT}.
   *
   * @param path a GGUF file; of a split model the first part ({@code …-00001-of-000NN.gguf}); or a
   *     folder with a published checkpoint: {@code config.json}, {@code tokenizer.json} and {@code
   *     model.safetensors} or {@code model.safetensors.index.json}, or one of the last two
   * @return the model; close it
   * @throws IOException if a file cannot be read
   * @throws ModelFormatException if a file is damaged
   * @throws UnsupportedModelException if the architecture or a tensor's type is not supported
   * @throws BackendUnavailableException if no backend can run it
   * @throws InsufficientMemoryException if it does not fit the memory
   */
  static Model load(Path path) throws IOException {
    return load(path, LoadOptions.DEFAULT);
  }

  /**
   * Loads a model.
   *
   * @param path a GGUF file; of a split model the first part ({@code …-00001-of-000NN.gguf}); or a
   *     folder with a published checkpoint: {@code config.json}, {@code tokenizer.json} and {@code
   *     model.safetensors} or {@code model.safetensors.index.json}, or one of the last two
   * @param options how
   * @return the model; close it
   * @throws IOException if a file cannot be read
   * @throws ModelFormatException if a file is damaged
   * @throws UnsupportedModelException if the architecture or a tensor's type is not supported
   * @throws BackendUnavailableException if no backend can run it
   * @throws InsufficientMemoryException if it does not fit the memory
   * @throws java.util.concurrent.CancellationException if {@link LoadOptions#cancelled()} says so
   *     or the thread is interrupted; nothing stays behind
   */
  static Model load(Path path, LoadOptions options) throws IOException {
    return ModelProvider.find(path).load(path, options);
  }

  /**
   * Reads what a model file says of itself, without loading it.
   *
   * @param path a model file or a folder with a published checkpoint
   * @return its metadata and its list of tensors
   * @throws IOException if the file cannot be read
   * @throws ModelFormatException if the file is damaged
   */
  static ModelInfo inspect(Path path) throws IOException {
    return ModelProvider.find(path).inspect(path);
  }

  /**
   * What a model costs with certain options, and whether its memory is there. Its files are opened
   * and its tokenizer is read; no weight is.
   *
   * @param path a model file or a folder with a published checkpoint
   * @param options how it would be loaded
   * @return parameters, computation and memory
   * @throws IOException if a file cannot be read
   * @throws ModelFormatException if a file is damaged
   * @throws UnsupportedModelException if the architecture or a tensor's type is not supported
   * @throws BackendUnavailableException if no backend can run it
   */
  static ModelPlan plan(Path path, LoadOptions options) throws IOException {
    return ModelProvider.find(path).plan(path, options);
  }

  /**
   * Converts a model to a GGUF file, or several, with other data types.
   *
   * <p>The target's name appears when all of it is written and on disk. Until then the bytes are in
   * files that end in {@code .part}, with a journal beside them. They stay after a cancellation, a
   * crash or a full disk, and the same conversion started again verifies and continues them; after
   * any other failure they are removed.
   *
   * @param source a model file, or a directory with a checkpoint in the format of Hugging Face
   * @param target the file to write; parts are named {@code …-00001-of-000NN.gguf} after it
   * @param options how
   * @return what was written
   * @throws IOException if a file cannot be read or written, there is not enough space, or the
   *     target exists
   * @throws ModelFormatException if the source is damaged or a weight is not finite
   * @throws UnsupportedModelException if the type of a tensor is not supported
   * @throws java.util.concurrent.CancellationException if {@link ConvertOptions#cancelled()} says
   *     so or the thread is interrupted
   */
  static Conversion convert(Path source, Path target, ConvertOptions options) throws IOException {
    return ModelProvider.find(source).convert(source, target, options);
  }

  /**
   * What {@link #convert} would write, without writing it.
   *
   * @param source a model file or directory
   * @param target the file to write
   * @param options how
   * @return files, sizes and types
   * @throws IOException if a file cannot be read
   * @throws ModelFormatException if the source is damaged
   * @throws UnsupportedModelException if the type of a tensor is not supported
   */
  static Conversion planConversion(Path source, Path target, ConvertOptions options)
      throws IOException {
    return ModelProvider.find(source).planConversion(source, target, options);
  }

  /**
   * What the model's file says of itself.
   *
   * @return the metadata
   */
  ModelInfo info();

  /**
   * The model's tokenizer. It stays usable after close.
   *
   * @return the tokenizer
   */
  Tokenizer tokenizer();

  /**
   * What makes text with this model.
   *
   * @return the generator, always the same
   */
  Generator generator();

  /**
   * The most tokens that prompt and answer may have together.
   *
   * @return tokens
   */
  int contextLength();

  /**
   * The device that computes, such as {@code cpu: vector tier, 512 bits, 2 threads}.
   *
   * @return a description for people
   */
  String device();

  /**
   * Computes the logits of every position of a sequence, as when measuring perplexity or comparing
   * with a reference. Blocks until done; generations of other threads go on beside it.
   *
   * @param tokens the sequence, at least one id; nothing is added
   * @param chunk how many tokens to compute in one step, at least 1; a smaller number saves memory
   *     and does not change the result beyond rounding
   * @param consumer called once a position, in order
   * @throws ContextLengthException if there are more tokens than {@link #contextLength()}
   * @throws IllegalArgumentException if an id is not in the vocabulary
   * @throws IllegalStateException if the model is closed
   * @throws CoterieException if the computation failed, or the waiting thread was interrupted
   */
  void score(int[] tokens, int chunk, LogitsConsumer consumer);

  /**
   * Turns texts into vectors: the hidden states that go into the model's output projection, pooled.
   * A beginning-of-sequence token is added where the model wants one; nothing in a text is read as
   * a control token. All texts are computed together, as many in a step as fit, beside generations.
   * Blocks until done.
   *
   * @param texts the texts
   * @param pooling how the states of a text's tokens become one vector
   * @param normalized whether each vector is divided by its length, so that products are cosines
   * @return a fresh vector for each text, in order
   * @throws ContextLengthException if a text has more tokens than {@link #contextLength()}
   * @throws IllegalArgumentException if a text has no token
   * @throws IllegalStateException if the model is closed, or was loaded without {@link
   *     LoadOptions#embeddings()}
   * @throws UnsupportedOperationException if the model cannot; a local model can
   * @throws CoterieException if the computation failed, or the waiting thread was interrupted
   */
  default List<float[]> embed(List<String> texts, Pooling pooling, boolean normalized) {
    throw new UnsupportedOperationException(getClass().getName() + " does not embed texts");
  }

  /** Cancels the generations under way and frees the memory. Closing twice does nothing. */
  @Override
  void close();
}
