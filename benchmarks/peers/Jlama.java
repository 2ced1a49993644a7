// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0

import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.model.functions.Generator;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.safetensors.prompt.PromptContext;
import com.github.tjake.jlama.tensor.operations.TensorOperationsProvider;
import com.github.tjake.jlama.util.PhysicalCoreExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * Measures Jlama on a folder with safetensors, in its own quantization: prompts ({@code pp}) and single
 * tokens ({@code tg}), by the times that it reports itself. Started by {@code benchmarks/compare}.
 */
public final class Jlama {
  private Jlama() {}

  /** FOLDER TYPE THREADS REPETITIONS PROMPT GENERATE; TYPE is Q4, I8 or BF16, which keeps it. */
  public static void main(String[] args) throws IOException {
    DType type = DType.valueOf(args[1]);
    PhysicalCoreExecutor.overrideThreadCount(Integer.parseInt(args[2]));
    int repetitions = Integer.parseInt(args[3]);
    int prompt = Integer.parseInt(args[4]);
    int generate = Integer.parseInt(args[5]);
    Path folder = Path.of(args[0]);
    if (type != DType.BF16) {
      folder = quantized(folder, type);
    }
    List<String> tests = new ArrayList<>();
    try (AbstractModel model =
        ModelSupport.loadModel(
            folder.toFile(), DType.F32, type == DType.BF16 ? DType.BF16 : DType.I8)) {
      if (prompt > 0) {
        String text = text(model, prompt);
        tests.add(json("pp" + prompt, repetitions, () -> promptSpeed(model, text, prompt)));
      }
      if (generate > 0) {
        tests.add(json("tg" + generate, repetitions, () -> speed(model, generate)));
      }
    }
    System.out.println(
        "{\"operations\":\"" + TensorOperationsProvider.get().name() + "\",\"tests\":["
            + String.join(",", tests) + "]}");
  }

  /** The model as Jlama quantizes it, written once beside the folder. */
  private static Path quantized(Path folder, DType type) throws IOException {
    Path target = folder.resolveSibling(folder.getFileName() + "-" + type);
    if (!Files.exists(target)) {
      Path partial = Files.createTempDirectory(folder.getParent(), "jlama").resolve("model");
      SafeTensorSupport.quantizeModel(
          folder, type, new String[0], new String[0], Optional.of(partial));
      Files.move(partial, target);
      Files.delete(partial.getParent());
    }
    return target;
  }

  /** Tokens a second. */
  private interface Speed {
    double measure();
  }

  private static String json(String name, int repetitions, Speed speed) {
    long start = System.nanoTime();
    do { // what the JIT compiles
      speed.measure();
    } while (System.nanoTime() - start < 10_000_000_000L);
    List<String> samples = new ArrayList<>();
    for (int i = 0; i < repetitions; i++) {
      samples.add(String.format(Locale.ROOT, "%.3f", speed.measure()));
    }
    return "{\"test\":\"" + name + "\",\"samples\":" + samples + "}";
  }

  private static double promptSpeed(AbstractModel model, String text, int tokens) {
    Generator.Response response = generate(model, text, tokens + 2);
    return response.promptTokens * 1e3 / response.promptTimeMs;
  }

  private static double speed(AbstractModel model, int tokens) {
    Generator.Response response = generate(model, " the", tokens + 2);
    return response.generatedTokens * 1e3 / response.generateTimeMs;
  }

  private static Generator.Response generate(AbstractModel model, String text, int positions) {
    return model.generate(
        UUID.randomUUID(), PromptContext.of(text), 0, positions, (token, time) -> {});
  }

  /** As many tokens of text as are asked for, give or take two. */
  private static String text(AbstractModel model, int tokens) {
    int words = tokens;
    for (int i = 0; i < 8; i++) {
      int found = model.getTokenizer().encode(" the".repeat(words)).length;
      if (Math.abs(found - tokens) <= 2) {
        return " the".repeat(words);
      }
      words = Math.max(1, (int) Math.round((double) words * tokens / found));
    }
    throw new IllegalStateException("prompt: expected " + tokens + " tokens, which no text has");
  }
}
