// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import dev.coterie.Tokenizer;
import dev.coterie.engine.format.GgufFile;
import dev.coterie.engine.tokenizer.Tokenizers;
import dev.coterie.spi.DataType;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A document of about 64,000 characters of plain English words to tokens and back: what is done
 * before a long prompt. An operation is the whole document. The tokenizer is that of a tiny random
 * model; a real one comes by property.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar TokenizerBenchmark \
 *   -jvmArgsAppend -Dcoterie.benchmark.model=model.gguf
 * </pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TokenizerBenchmark {
  private static final int LENGTH = 64_000;
  private static final String[] WORDS =
      ("the of and to in a is that for it was on are as with his they at be this from have or by"
              + " one had not but what all were when we there can an your which their said if do"
              + " will each about how up out them then she many some so these would other into"
              + " has more her two like him see time could no make than first been its who now"
              + " people my made over did down only way find use may water long little very after"
              + " words called just where most know 1984 Tokyo naïve e-mail")
          .split(" ");

  private Tokenizer tokenizer;
  private String text;
  private int[] ids;

  /** Reads the tokenizer and writes the document. */
  @Setup(Level.Trial)
  public void load() throws IOException {
    String model = System.getProperty(BenchmarkModel.FILE, "");
    if (model.isEmpty()) {
      Path file = Files.createTempFile("coterie-tokenizer", ".gguf");
      RandomModels.write(file, ModelShape.llama(DataType.Q4_0), 1);
      tokenizer = read(file);
      Files.delete(file);
    } else {
      tokenizer = read(Path.of(model));
    }
    Random random = new Random(1);
    StringBuilder document = new StringBuilder();
    while (document.length() < LENGTH) {
      document.append(WORDS[random.nextInt(WORDS.length)]);
      int end = random.nextInt(20);
      document.append(end == 0 ? ".\n\n" : end < 3 ? ", " : " ");
    }
    text = document.toString();
    ids = tokenizer.encode(text, false);
  }

  private static Tokenizer read(Path file) throws IOException {
    try (GgufFile gguf = GgufFile.open(file)) {
      return Tokenizers.fromGguf(gguf.metadata());
    }
  }

  /** Text to tokens. */
  @Benchmark
  public int[] encode() {
    return tokenizer.encode(text, false);
  }

  /** Tokens to text. */
  @Benchmark
  public String decode() {
    return tokenizer.decode(ids, false);
  }

  String text() {
    return text;
  }
}
