// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.ModelParameters;
import de.kherud.llama.args.LogFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Measures java-llama.cpp on a GGUF file: prompts ({@code pp}, from the call to the first token) and
 * single tokens ({@code tg}, from the first to the last). Started by {@code benchmarks/compare}.
 */
public final class JavaLlamaCpp {
  private JavaLlamaCpp() {}

  /** FILE TYPE THREADS REPETITIONS PROMPT GENERATE; TYPE is that of the file. */
  public static void main(String[] args) {
    int threads = Integer.parseInt(args[2]);
    int repetitions = Integer.parseInt(args[3]);
    int prompt = Integer.parseInt(args[4]);
    int generate = Integer.parseInt(args[5]);
    LlamaModel.setLogger(LogFormat.TEXT, (level, text) -> {});
    ModelParameters parameters =
        new ModelParameters()
            .setModel(args[0])
            .setThreads(threads)
            .setThreadsBatch(threads)
            .setGpuLayers(0)
            .setCtxSize(prompt + generate + 64);
    List<String> tests = new ArrayList<>();
    try (LlamaModel model = new LlamaModel(parameters)) {
      if (prompt > 0) {
        String text = text(model, prompt);
        int tokens = model.encode(text).length;
        tests.add(
            json("pp" + prompt, repetitions, () -> tokens / seconds(model, text, 1)[0]));
      }
      if (generate > 0) {
        tests.add(
            json(
                "tg" + generate,
                repetitions,
                () -> generate / seconds(model, " the", generate + 1)[1]));
      }
    }
    System.out.println("{\"tests\":[" + String.join(",", tests) + "]}");
    System.out.flush();
    Runtime.getRuntime().halt(0); // its own threads go on after close and keep the JVM
  }

  /** Tokens a second. */
  private interface Speed {
    double measure();
  }

  private static String json(String name, int repetitions, Speed speed) {
    long start = System.nanoTime();
    do {
      speed.measure();
    } while (System.nanoTime() - start < 3_000_000_000L);
    List<String> samples = new ArrayList<>();
    for (int i = 0; i < repetitions; i++) {
      samples.add(String.format(Locale.ROOT, "%.3f", speed.measure()));
    }
    return "{\"test\":\"" + name + "\",\"samples\":" + samples + "}";
  }

  /** From the call to the first token, and from there to the last. */
  private static double[] seconds(LlamaModel model, String text, int tokens) {
    InferenceParameters parameters =
        new InferenceParameters(text)
            .setNPredict(tokens)
            .setTemperature(0)
            .setCachePrompt(false)
            .setIgnoreEos(true);
    long start = System.nanoTime();
    long first = 0;
    long last = 0;
    int found = 0;
    for (var _ : model.generate(parameters)) {
      last = System.nanoTime();
      first = found == 0 ? last : first;
      found++;
    }
    if (found < tokens) {
      throw new IllegalStateException("expected " + tokens + " tokens, found " + found);
    }
    return new double[] {(first - start) / 1e9, (last - first) / 1e9 * (tokens - 1) / (found - 1)};
  }

  /** As many tokens of text as are asked for, give or take two. */
  private static String text(LlamaModel model, int tokens) {
    int words = tokens;
    for (int i = 0; i < 8; i++) {
      int found = model.encode(" the".repeat(words)).length;
      if (Math.abs(found - tokens) <= 2) {
        return " the".repeat(words);
      }
      words = Math.max(1, (int) Math.round((double) words * tokens / found));
    }
    throw new IllegalStateException("prompt: expected " + tokens + " tokens, which no text has");
  }
}
