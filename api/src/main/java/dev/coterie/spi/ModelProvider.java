// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import dev.coterie.ChatTemplate;
import dev.coterie.Conversion;
import dev.coterie.ConvertOptions;
import dev.coterie.CoterieException;
import dev.coterie.LoadOptions;
import dev.coterie.Model;
import dev.coterie.ModelInfo;
import dev.coterie.ModelPlan;
import dev.coterie.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ServiceLoader;

/** An engine: reads model files and runs them. Found by {@link ServiceLoader}. */
public interface ModelProvider {
  /**
   * The provider for a file: the first that accepts it.
   *
   * @param path a model or tokenizer file
   * @return the provider
   * @throws CoterieException if none is there or none knows the file
   */
  static ModelProvider find(Path path) {
    boolean any = false;
    for (ModelProvider provider : ServiceLoader.load(ModelProvider.class, loader())) {
      any = true;
      if (provider.accepts(path)) {
        return provider;
      }
    }
    throw new CoterieException(
        any
            ? path
                + ": expected a GGUF file, a folder with safetensors files or a tokenizer.json, found something else"
            : "no engine was found; add dev.coterie:coterie to the class or module path");
  }

  private static ClassLoader loader() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context != null ? context : ModelProvider.class.getClassLoader();
  }

  /**
   * Whether this provider reads such a file. Judged by name and first bytes; a file that is missing
   * or cannot be read is accepted, so that opening it says why.
   *
   * @param path the file
   * @return whether it does
   */
  boolean accepts(Path path);

  /**
   * Loads a model.
   *
   * @param path the file
   * @param options how
   * @return the model
   * @throws IOException if a file cannot be read
   * @see Model#load(Path, LoadOptions)
   */
  Model load(Path path, LoadOptions options) throws IOException;

  /**
   * Reads a model's metadata.
   *
   * @param path the file
   * @return the metadata
   * @throws IOException if the file cannot be read
   * @see Model#inspect(Path)
   */
  ModelInfo inspect(Path path) throws IOException;

  /**
   * Tells what a model would cost.
   *
   * @param path the file
   * @param options how it would be loaded
   * @return parameters, computation and memory
   * @throws IOException if a file cannot be read
   * @throws CoterieException if this provider does not plan
   * @see Model#plan(Path, LoadOptions)
   */
  default ModelPlan plan(Path path, LoadOptions options) throws IOException {
    throw new CoterieException(path + ": this engine plans no models");
  }

  /**
   * Reads a model's tokenizer.
   *
   * @param path the file
   * @return the tokenizer
   * @throws IOException if the file cannot be read
   * @see Tokenizer#load(Path)
   */
  Tokenizer loadTokenizer(Path path) throws IOException;

  /**
   * Reads a model's chat template, or one in a file of its own.
   *
   * @param path the file
   * @param clock what tells the date to templates that write it
   * @return the template
   * @throws IOException if the file cannot be read
   * @throws CoterieException if this provider renders no templates
   * @see ChatTemplate#load(Path, Clock)
   */
  default ChatTemplate loadChatTemplate(Path path, Clock clock) throws IOException {
    throw new CoterieException(path + ": this engine renders no chat templates");
  }

  /**
   * The encoder of models that are published without a template.
   *
   * @param name its name
   * @return the encoder
   * @throws IllegalArgumentException if there is none of the name
   * @throws CoterieException if this provider has no encoders
   * @see ChatTemplate#encoder(String)
   */
  default ChatTemplate chatEncoder(String name) {
    throw new CoterieException("chat encoder '" + name + "': this engine has none");
  }

  /**
   * Converts a model to GGUF.
   *
   * @param source a model file or directory
   * @param target the file to write
   * @param options how
   * @return what was written
   * @throws IOException if a file cannot be read or written
   * @throws CoterieException if this provider does not convert
   * @see Model#convert(Path, Path, ConvertOptions)
   */
  default Conversion convert(Path source, Path target, ConvertOptions options) throws IOException {
    throw new CoterieException(source + ": this engine converts no models");
  }

  /**
   * What {@link #convert} would write.
   *
   * @param source a model file or directory
   * @param target the file to write
   * @param options how
   * @return files, sizes and types
   * @throws IOException if a file cannot be read
   * @throws CoterieException if this provider does not convert
   */
  default Conversion planConversion(Path source, Path target, ConvertOptions options)
      throws IOException {
    throw new CoterieException(source + ": this engine converts no models");
  }
}
