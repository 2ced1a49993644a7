// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.Conversion;
import dev.coterie.ConvertOptions;
import dev.coterie.Model;
import dev.coterie.ModelFormatException;
import dev.coterie.ModelInfo;
import dev.coterie.Quantization;
import dev.coterie.TensorInfo;
import dev.coterie.engine.format.GgufFile;
import dev.coterie.spi.DataType;
import dev.coterie.testkit.ModelShape;
import dev.coterie.testkit.RandomModels;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConverterTest {
  @TempDir Path directory;
  private Path source;

  @BeforeEach
  void writeSource() {
    source = RandomModels.write(directory.resolve("source.gguf"), shape(), 7);
  }

  private static ModelShape shape() {
    return ModelShape.llama(DataType.F32);
  }

  private static ConvertOptions.Builder options(Quantization quantization) {
    return ConvertOptions.builder().quantization(quantization).threads(2);
  }

  @ParameterizedTest
  @EnumSource
  void sizesAreThoseOfThePlanAndPairsAreKept(Quantization quantization) throws IOException {
    Path target = directory.resolve("out.gguf");
    ConvertOptions options = options(quantization).build();
    Conversion planned = Model.planConversion(source, target, options);
    assertThat(target).doesNotExist();
    Conversion written = Model.convert(source, target, options);
    assertThat(written).isEqualTo(planned);
    assertThat(Files.size(target)).isEqualTo(planned.bytes());
    ModelInfo before = Model.inspect(source);
    ModelInfo after = Model.inspect(target);
    assertThat(after.tensors()).isEqualTo(planned.tensors());
    assertThat(after.metadata()).containsAllEntriesOf(before.metadata());
    assertThat(after.metadata())
        .containsEntry("general.file_type", (long) TypeMix.fileType(quantization));
    assertThat(after.tensors().stream().map(TensorInfo::name))
        .containsExactlyElementsOf(before.tensors().stream().map(TensorInfo::name).toList());
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void floatsSurviveARoundTrip() throws IOException {
    Path target = directory.resolve("out.gguf");
    Model.convert(source, target, options(Quantization.F32).build());
    try (GgufFile before = GgufFile.open(source);
        GgufFile after = GgufFile.open(target)) {
      for (String name : before.names()) {
        assertThat(after.tensor(name).data().mismatch(before.tensor(name).data()))
            .as(name)
            .isEqualTo(-1);
      }
    }
  }

  @Test
  void partsHoldTheSameTensors() throws IOException {
    Path whole = directory.resolve("whole.gguf");
    Model.convert(source, whole, options(Quantization.Q8_0).build());
    Path target = directory.resolve("split.gguf");
    long most = Math.max(4096, Files.size(whole) / 3);
    Conversion conversion =
        Model.convert(source, target, options(Quantization.Q8_0).splitMaxBytes(most).build());
    assertThat(conversion.files()).hasSizeGreaterThan(2);
    assertThat(conversion.files().getFirst().getFileName().toString())
        .startsWith("split-00001-of-0000");
    for (int i = 0; i < conversion.files().size(); i++) {
      assertThat(Files.size(conversion.files().get(i))).isEqualTo(conversion.fileBytes().get(i));
    }
    try (GgufFile one = GgufFile.open(whole);
        GgufFile parts = GgufFile.open(conversion.files().getFirst())) {
      assertThat(parts.names()).isEqualTo(one.names());
      for (String name : one.names()) {
        assertThat(parts.tensor(name).data().mismatch(one.tensor(name).data())).isEqualTo(-1);
      }
    }
    assertThat(target).doesNotExist();
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void cancelledConversionsAreContinued() throws IOException {
    Path whole = directory.resolve("whole.gguf");
    Model.convert(source, whole, options(Quantization.Q4_0).build());
    Path target = directory.resolve("out.gguf");
    int[] stops = {0, 3, 9, 14};
    for (int stop : stops) {
      AtomicInteger asked = new AtomicInteger();
      assertThatThrownBy(
              () ->
                  Model.convert(
                      source,
                      target,
                      options(Quantization.Q4_0)
                          .cancelled(() -> asked.incrementAndGet() > stop)
                          .build()))
          .isInstanceOf(CancellationException.class);
      assertThat(target).doesNotExist();
    }
    assertThat(leftovers()).hasSize(2);
    Model.convert(source, target, options(Quantization.Q4_0).build());
    assertThat(Files.mismatch(target, whole)).isEqualTo(-1);
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void damageToUnfinishedFilesIsRepaired() throws IOException {
    Path whole = directory.resolve("whole.gguf");
    Model.convert(source, whole, options(Quantization.Q4_0).build());
    Path target = directory.resolve("out.gguf");
    // killed after the last tensor and before the rename
    Files.copy(whole, directory.resolve("out.gguf.part"));
    try (GgufFile file = GgufFile.open(source)) {
      ConversionPlan plan = ConversionPlan.of(file, target, options(Quantization.Q4_0).build());
      try (Journal journal = Journal.open(target, plan)) {
        for (ConversionPlan.Planned tensor : plan.parts().getFirst().tensors()) {
          journal.add(tensor.source().name(), 12345); // checksums that are not those of the bytes
        }
      }
    }
    try (FileChannel part =
        FileChannel.open(directory.resolve("out.gguf.part"), StandardOpenOption.WRITE)) {
      part.write(ByteBuffer.allocate(5000), Files.size(whole) - 5000);
    }
    Model.convert(source, target, options(Quantization.Q4_0).build());
    assertThat(Files.mismatch(target, whole)).isEqualTo(-1);
  }

  @Test
  void renamesThatWereCutShortAreContinued() throws IOException {
    ConvertOptions options = options(Quantization.Q8_0).splitMaxBytes(100_000).build();
    Path target = directory.resolve("out.gguf");
    List<Path> files = Model.convert(source, target, options).files();
    byte[] first = Files.readAllBytes(files.getFirst());
    try (GgufFile file = GgufFile.open(source);
        GgufFile written = GgufFile.open(files.getFirst())) {
      ConversionPlan plan = ConversionPlan.of(file, target, options);
      try (Journal journal = Journal.open(target, plan)) {
        for (String name : written.names()) {
          CRC32C checksum = new CRC32C();
          checksum.update(written.tensor(name).data().toArray(ValueLayout.JAVA_BYTE));
          journal.add(name, (int) checksum.getValue());
        }
      }
    }
    // all but the first file have their names
    Files.move(files.getFirst(), Path.of(files.getFirst() + ".part"));
    long modified = Files.getLastModifiedTime(files.getLast()).toMillis();
    Model.convert(source, target, options);
    assertThat(files.getFirst()).hasBinaryContent(first);
    assertThat(Files.getLastModifiedTime(files.getLast()).toMillis()).isEqualTo(modified);
    assertThat(leftovers()).isEmpty();
  }

  @Test
  void convertedModelsScoreAlmostTheSame() throws IOException {
    Path target = directory.resolve("out.gguf");
    Model.convert(source, target, options(Quantization.Q8_0).build());
    int[] tokens = {5, 80, 17, 200, 3, 99, 41, 260};
    double[] sums = new double[2];
    List<float[]> before = logits(source, tokens);
    List<float[]> after = logits(target, tokens);
    for (int i = 0; i < tokens.length; i++) {
      for (int j = 0; j < before.get(i).length; j++) {
        double difference = (double) before.get(i)[j] - after.get(i)[j];
        sums[0] += difference * difference;
        sums[1] += (double) before.get(i)[j] * before.get(i)[j];
      }
    }
    assertThat(sums[0] / sums[1]).isPositive().isLessThan(1e-3);
  }

  private static List<float[]> logits(Path file, int[] tokens) throws IOException {
    List<float[]> rows = new ArrayList<>();
    try (Model model = Model.load(file)) {
      model.score(
          tokens,
          4,
          (position, logits) -> {
            float[] row = new float[logits.remaining()];
            logits.get(row);
            rows.add(row);
          });
    }
    return rows;
  }

  @Test
  void journalsOfOtherConversionsAreDropped() throws IOException {
    Path whole = directory.resolve("whole.gguf");
    Model.convert(source, whole, options(Quantization.Q8_0).build());
    Path target = directory.resolve("out.gguf");
    Files.writeString(directory.resolve("out.gguf.journal"), "coterie-convert 1 abc\n0000 x\nhalf");
    Files.write(directory.resolve("out.gguf.part"), new byte[100]);
    Model.convert(source, target, options(Quantization.Q8_0).build());
    assertThat(Files.mismatch(target, whole)).isEqualTo(-1);
  }

  @Test
  void killedConversionsAreContinued() throws Exception {
    Path whole = directory.resolve("whole.gguf");
    Model.convert(source, whole, options(Quantization.Q4_K_M).build());
    Path target = directory.resolve("out.gguf");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                SlowConversion.class.getName(),
                source.toString(),
                target.toString())
            .redirectErrorStream(true)
            .start();
    try {
      assertThat(process.inputReader().readLine()).isEqualTo("half");
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(target).doesNotExist();
    assertThat(leftovers()).hasSize(2);
    Model.convert(source, target, options(Quantization.Q4_K_M).build());
    assertThat(Files.mismatch(target, whole)).isEqualTo(-1);
    assertThat(leftovers()).isEmpty();
  }

  /** Converts half of a model, says so, and hangs. */
  static final class SlowConversion {
    public static void main(String[] args) throws IOException {
      Model.convert(
          Path.of(args[0]),
          Path.of(args[1]),
          options(Quantization.Q4_K_M)
              .listener(
                  (tensor, done, total) -> {
                    if (2 * done > total) {
                      System.out.println("half");
                      System.out.flush();
                      try {
                        Thread.sleep(600_000);
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                    }
                  })
              .build());
    }
  }

  @Test
  void valuesThatAreNotFiniteAreRefusedByNameAndPlace() throws IOException {
    long at;
    String name = "blk.1.ffn_up.weight";
    try (GgufFile file = GgufFile.open(source)) {
      byte[] bytes = Files.readAllBytes(source);
      byte[] row = new byte[64];
      file.tensor(name).data().asByteBuffer().get(row);
      at = find(bytes, row);
    }
    try (FileChannel channel = FileChannel.open(source, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {0, 0, (byte) 0xc0, 0x7f}), at + 4 * 5);
    }
    for (Quantization quantization : List.of(Quantization.Q4_0, Quantization.F32)) {
      Path target = directory.resolve("out.gguf");
      assertThatThrownBy(() -> Model.convert(source, target, options(quantization).build()))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("tensor '" + name + "': NaN at [0, 5] cannot be encoded as ");
      assertThat(target).doesNotExist();
      assertThat(leftovers()).isEmpty();
    }
  }

  private static long find(byte[] bytes, byte[] part) {
    for (int i = 0; i + part.length <= bytes.length; i++) {
      if (java.util.Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    throw new AssertionError();
  }

  @Test
  void existingFilesAreNotReplacedUnlessAsked() throws IOException {
    Path target = Files.writeString(directory.resolve("out.gguf"), "precious");
    assertThatThrownBy(() -> Model.convert(source, target, options(Quantization.Q8_0).build()))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(target).hasContent("precious");
    assertThat(leftovers()).isEmpty();
    Path stale = Files.writeString(directory.resolve("out.gguf.journal"), "of something else\n");
    assertThatThrownBy(() -> Model.convert(source, target, options(Quantization.Q8_0).build()))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(target).hasContent("precious");
    Files.deleteIfExists(stale);
    Model.convert(source, target, options(Quantization.Q8_0).overwrite(true).build());
    assertThat(Files.size(target)).isGreaterThan(1000);
  }

  @Test
  void progressReachesTheEnd() throws IOException {
    long[] last = {0, 0};
    Model.convert(
        source,
        directory.resolve("out.gguf"),
        options(Quantization.Q8_0)
            .listener(
                (tensor, done, total) -> {
                  assertThat(done).isGreaterThanOrEqualTo(last[0]);
                  last[0] = done;
                  last[1] = total;
                })
            .build());
    assertThat(last[0]).isEqualTo(last[1]);
  }

  private List<Path> leftovers() throws IOException {
    try (var files = Files.list(directory)) {
      return files.filter(file -> !file.toString().endsWith(".gguf")).toList();
    }
  }
}
