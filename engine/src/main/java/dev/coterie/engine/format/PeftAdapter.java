// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.ModelFormatException;
import dev.coterie.TensorInfo;
import dev.coterie.engine.format.LoraFile.Contents;
import dev.coterie.engine.format.LoraFile.Entry;
import dev.coterie.engine.format.Shards.Weight;
import dev.coterie.spi.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An adapter as PEFT saves it: {@code adapter_config.json}, and {@code adapter_model.safetensors}
 * with the matrices {@code lora_A.weight} {@code [rank, in]} and {@code lora_B.weight} {@code [out,
 * rank]} under the names of the modules that they adapt.
 */
final class PeftAdapter {
  private static final String CONFIG = "adapter_config.json";
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final Pattern TENSOR =
      Pattern.compile("(?:base_model\\.model\\.)?(.+)\\.lora_([AB])(?:\\.default)?\\.weight");

  private PeftAdapter() {}

  @SuppressWarnings("MustBeClosedChecker") // the contents close it
  static Contents open(Path path, String architecture) throws IOException {
    Path weights = (Files.isDirectory(path) ? path.resolve(WEIGHTS) : path).toAbsolutePath();
    Path config = Shards.folder(weights).resolve(CONFIG);
    if (!Files.exists(config)) {
      throw new ModelFormatException(
          config, -1, "the file is missing beside the adapter's weights");
    }
    if (!Files.exists(weights)) {
      throw new ModelFormatException(
          weights, -1, "the file is missing; save the adapter as safetensors");
    }
    FileStamp configStamp = FileStamp.settled(config);
    PeftConfig settings = PeftConfig.read(config, architecture);
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try {
      Shards shards = Shards.single(weights, arena);
      List<@Nullable FileStamp> stamps = shards.stamps();
      stamps.add(configStamp);
      Map<String, Entry> entries = entries(weights, shards, settings, architecture);
      TensorNames names = TensorNames.ofModules(architecture, entries.keySet());
      Contents contents =
          new Contents(
              weights, entries, weight -> modules(names, weight), false, stamps, arena::close);
      opened = true;
      return contents;
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  /** The modules that may hold a weight. */
  private static List<String> modules(TensorNames names, String weight) {
    return names.candidates(weight).stream()
        .filter(name -> name.endsWith(".weight"))
        .map(name -> name.substring(0, name.length() - ".weight".length()))
        .toList();
  }

  private static Map<String, Entry> entries(
      Path path, Shards shards, PeftConfig config, String architecture) {
    WeightReader reader = new WeightReader(architecture, shards, 1, 1, false);
    Map<String, Tensor> as = new LinkedHashMap<>();
    Map<String, Tensor> bs = new LinkedHashMap<>();
    for (TensorInfo info : shards.tensors()) {
      Weight weight = Objects.requireNonNull(shards.find(info.name()));
      Matcher matcher = TENSOR.matcher(info.name());
      if (!matcher.matches()) {
        throw weight
            .entry()
            .fault("expected a name that ends in .lora_A.weight or .lora_B.weight, found another");
      }
      Map<String, Tensor> side = matcher.group(2).equals("A") ? as : bs;
      if (side.put(matcher.group(1), reader.read(weight)) != null) {
        throw weight.entry().fault("expected one such matrix for the module, found another");
      }
    }
    Map<String, Entry> entries = new LinkedHashMap<>();
    as.forEach(
        (module, a) -> {
          Tensor b = bs.remove(module);
          if (b == null) {
            throw single(path, a, "lora_B");
          }
          long rank = config.rank(module);
          if (a.shape().getFirst() != rank) {
            throw LoraFile.fault(
                path, a, "expected " + rank + " rows as the config says, found " + a.shape());
          }
          entries.put(module, LoraFile.entry(path, a, b, config.factor(module)));
        });
    for (Tensor b : bs.values()) {
      throw single(path, b, "lora_A");
    }
    return entries;
  }

  private static ModelFormatException single(Path path, Tensor tensor, String other) {
    return LoraFile.fault(path, tensor, "expected a " + other + " beside it, found none");
  }
}
