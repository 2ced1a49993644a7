// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.CacheType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScoreCommandTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"[5, 6, 7]", "{\"text\": {\"tokens\": 1}, \"tokens\": [5, 6, 7], \"n\": [3]}"})
  void writesARowAPosition(String json) throws IOException {
    Path out = folder.resolve("out.f32");

    Cli.Outcome outcome = score(Cli.model(folder), json, out, "--chunk", "2");

    assertThat(outcome).isEqualTo(new Cli.Outcome(0, "", ""));
    assertThat(FakeModelProvider.lastOptions.cacheType()).isEqualTo(CacheType.F32);
    FloatBuffer logits =
        ByteBuffer.wrap(Files.readAllBytes(out)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    assertThat(logits.remaining()).isEqualTo(3 * FakeTokenizer.SIZE);
    for (int position = 0; position < 3; position++) {
      for (int id = 0; id < FakeTokenizer.SIZE; id++) {
        assertThat(logits.get(position * FakeTokenizer.SIZE + id))
            .isEqualTo(position * 1_000 + 5 + position + id / 1_024f);
      }
    }
    assertThat(names()).containsExactly("ids.json", "model.fake", "out.f32");
  }

  @Test
  void rowsLargerThanTheBufferArrive() throws IOException {
    Path out = folder.resolve("large.f32");
    float[] row = new float[700_000];
    for (int i = 0; i < row.length; i++) {
      row[i] = i;
    }

    try (LogitsFile file = LogitsFile.create(out)) {
      file.write(FloatBuffer.wrap(row));
      file.write(FloatBuffer.wrap(row, 1, 3));
      file.commit();
    }

    FloatBuffer read =
        ByteBuffer.wrap(Files.readAllBytes(out)).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] back = new float[row.length];
    read.get(back);
    assertThat(back).isEqualTo(row);
    assertThat(read.remaining()).isEqualTo(3);
    assertThat(read.get()).isEqualTo(1f);
  }

  @Test
  void aFailureLeavesNoFile() throws IOException {
    Path out = folder.resolve("out.f32");
    Files.writeString(out, "before");

    Cli.Outcome outcome = score(Cli.model(folder, "score=fail"), "[1, 2, 3, 4]", out);

    assertThat(outcome).isEqualTo(new Cli.Outcome(1, "", "coterie: the device is gone\n"));
    assertThat(out).hasContent("before");
    assertThat(names()).containsExactly("ids.json", "model.fake", "out.f32");
  }

  @Test
  void aFolderThatIsNotThereIsNamed() throws IOException {
    Path out = folder.resolve("none").resolve("out.f32");

    Cli.Outcome outcome = score(Cli.model(folder), "[1]", out);

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).contains("none").contains("no such file").hasLineCount(1);
  }

  @Test
  void aSequenceLongerThanTheContextIsRefused() throws IOException {
    Cli.Outcome outcome =
        score(Cli.model(folder, "context=2"), "[1, 2, 3]", folder.resolve("out.f32"));

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).startsWith("coterie: prompt: expected at most 2 tokens, found 3");
    assertThat(names()).containsExactly("ids.json", "model.fake");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[]            | expected at least one token id, found none",
        "{\"ids\": []} | expected an array of ids or a field 'tokens', found neither",
        "{\"tokens\": \"x\"} | expected an array of token ids, found a string",
        "[1, true]     | expected a token id, found value true",
        "[1, 2         | Unexpected end-of-input",
      })
  void aWrongFileOfIdsIsNamed(String json, String message) throws IOException {
    Cli.Outcome outcome = score(Cli.model(folder), json, folder.resolve("out.f32"));

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err())
        .startsWith("coterie: " + folder.resolve("ids.json") + ": " + message)
        .hasLineCount(1);
    assertThat(names()).containsExactly("ids.json", "model.fake");
  }

  private Cli.Outcome score(String model, String json, Path out, String... more)
      throws IOException {
    Path ids = Files.writeString(folder.resolve("ids.json"), json);
    return Cli.run(
        Stream.concat(
                Stream.of("score", model, "--tokens", ids.toString(), "--logits", out.toString()),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
