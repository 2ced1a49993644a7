// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.ModelFormatException;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.LoraFile.Contents;
import dev.coterie.engine.format.LoraFile.Entry;
import dev.coterie.spi.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A GGUF file of the type {@code adapter}: beside the name of each adapted weight the matrices
 * {@code X.weight.lora_a} {@code [rank, in]} and {@code X.weight.lora_b} {@code [out, rank]}.
 */
final class GgufAdapter {
  private static final String A = ".lora_a";
  private static final String B = ".lora_b";

  private GgufAdapter() {}

  static Contents open(Path path, String architecture) throws IOException {
    GgufFile file = GgufFile.open(path);
    boolean opened = false;
    try {
      Metadata metadata = file.metadata();
      expect(metadata, "general.type", "adapter");
      expect(metadata, "general.architecture", architecture);
      String type = metadata.string("adapter.type");
      boolean activated = metadata.contains("adapter.alora.invocation_tokens");
      if (!type.equals("lora") || activated) {
        throw new UnsupportedModelException(
            architecture,
            path
                + ": adapters of the type "
                + (activated ? "'alora'" : GgufCursor.quote(type))
                + " are not supported; 'lora' is");
      }
      double alpha = metadata.number("adapter.lora.alpha", 0);
      Contents contents =
          new Contents(
              path, entries(file, path, alpha), List::of, true, file.stamps(), file::close);
      opened = true;
      return contents;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  private static Map<String, Entry> entries(GgufFile file, Path path, double alpha) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    List<String> names = file.names();
    for (String name : names) {
      if (!name.endsWith(A) && !name.endsWith(B)) {
        throw fault(path, name, "expected a name that ends in .lora_a or .lora_b, found another");
      }
      String weight = name.substring(0, name.length() - A.length());
      String counterpart = weight + (name.endsWith(A) ? B : A);
      Tensor other = file.find(counterpart);
      if (other == null) {
        throw fault(
            path, name, "expected " + GgufCursor.quote(counterpart) + " beside it, found none");
      }
      if (name.endsWith(A)) {
        Tensor a = file.tensor(name);
        // without an alpha the scale counts alone
        double factor = alpha == 0 ? 1 : alpha / a.shape().getFirst();
        entries.put(weight, LoraFile.entry(path, a, other, factor));
      }
    }
    return entries;
  }

  private static void expect(Metadata metadata, String key, String expected) {
    String found = metadata.string(key, "nothing");
    if (!found.equals(expected)) {
      throw metadata.fault(key, "expected '" + expected + "', found " + GgufCursor.quote(found));
    }
  }

  private static ModelFormatException fault(Path path, String name, String detail) {
    return new ModelFormatException(path, -1, "tensor " + GgufCursor.quote(name) + ": " + detail);
  }
}
