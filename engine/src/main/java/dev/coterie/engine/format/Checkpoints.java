// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.LoraAdapter;
import dev.coterie.ModelFormatException;
import dev.coterie.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Opens models of any file format. */
public final class Checkpoints {
  private Checkpoints() {}

  /**
   * Opens a model.
   *
   * @param path a GGUF file; or a folder with safetensors files, one such file that holds the whole
   *     model, or the index of a sharded one
   * @return the model's files; close them
   * @throws IOException if a file cannot be read
   * @throws ModelFormatException if a file is damaged or missing
   * @throws UnsupportedModelException if the files describe a kind of model that is not supported
   */
  public static Checkpoint open(Path path) throws IOException {
    return isSafetensors(path) ? HuggingFaceCheckpoint.open(path) : GgufFile.open(path);
  }

  /**
   * Opens a model and adapters for it.
   *
   * @param path as above
   * @param adapters what to apply
   * @return the model's files and the adapters'; close them together
   * @throws IOException if a file cannot be read
   * @throws ModelFormatException if a file is damaged or missing, or an adapter was made for
   *     another model
   * @throws UnsupportedModelException if the files describe a kind of model or adapter that is not
   *     supported
   */
  public static Checkpoint open(Path path, List<LoraAdapter> adapters) throws IOException {
    Checkpoint base = open(path);
    if (adapters.isEmpty()) {
      return base;
    }
    List<LoraFile> open = new ArrayList<>();
    AdaptedCheckpoint adapted = new AdaptedCheckpoint(base, open);
    boolean opened = false;
    try {
      for (LoraAdapter adapter : adapters) {
        open.add(LoraFile.open(adapter, base));
      }
      opened = true;
      return adapted;
    } finally {
      if (!opened) {
        adapted.close();
      }
    }
  }

  /**
   * Whether a path is taken for safetensors rather than GGUF.
   *
   * @param path a file or folder
   * @return true for folders and by the ending of the name
   */
  public static boolean isSafetensors(Path path) {
    String name = String.valueOf(path.getFileName());
    return name.endsWith(".safetensors")
        || name.endsWith(".safetensors.index.json")
        || Files.isDirectory(path);
  }
}
