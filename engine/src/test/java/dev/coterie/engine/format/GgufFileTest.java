// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.coterie.ModelFormatException;
import dev.coterie.ModelInfo;
import dev.coterie.TensorInfo;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.GgufWriter.Type;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufFileTest {
  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void name() {
    path = directory.resolve("model.gguf");
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void readsBothVersions(int version) throws IOException {
    small().version(version).write(path);
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.version()).isEqualTo(version);
      assertThat(file.info().format()).isEqualTo("GGUF v" + version);
      assertThat(file.files()).containsExactly(path);
      assertThat(file.bytes()).isEqualTo(Files.size(path));
    }
  }

  @Test
  void tensorsHaveTheirSlowestDimensionFirst() throws IOException {
    small().write(path);
    try (GgufFile file = GgufFile.open(path)) {
      Tensor tensor = file.tensor("blk.0.attn_q.weight");
      assertThat(tensor.shape()).containsExactly(2L, 3L);
      assertThat(tensor.type()).isEqualTo(DataType.F32);
      assertThat(tensor.data().isReadOnly()).isTrue();
      float[] row = new float[3];
      tensor.decodeRow(1, row, 0);
      assertThat(row).containsExactly(4, 5, 6);
      assertThat(file.find("blk.1.attn_q.weight")).isNull();
    }
  }

  @Test
  void checksTheShape() throws IOException {
    small().write(path);
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.tensor("blk.0.attn_q.weight", 2, 3).shape()).containsExactly(2L, 3L);
      assertThat(file.tensor("output_norm.weight", 1, 2).shape()).containsExactly(1L, 2L);
      assertThat(file.tensor("blk.0.attn_q.weight", 1, 2, 3).rows()).isEqualTo(2);
      assertThatThrownBy(() -> file.tensor("blk.0.attn_q.weight", 3, 2))
          .isInstanceOf(ModelFormatException.class)
          .hasMessage(
              path
                  + " at byte "
                  + tableStart(file)
                  + ": tensor 'blk.0.attn_q.weight': expected [3, 2], found [2, 3]");
      assertThatThrownBy(() -> file.tensor("output_norm.weight", 2, 1))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageEndingWith("tensor 'output_norm.weight': expected [2, 1], found [2]");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"I32", "I64"})
  void readsTablesOfIntegers(GgmlType type) throws IOException {
    byte[] data = new byte[4 * type.blockBytes()];
    data[0] = 7;
    data[3 * type.blockBytes()] = 9;
    small().tensor("x", type, List.of(2L, 2L), data).write(path);
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.integers("x", 10, 2, 2)).containsExactly(7, 0, 0, 9);
      assertThatThrownBy(() -> file.integers("x", 9, 2, 2))
          .isInstanceOf(ModelFormatException.class)
          .hasMessage(
              path
                  + " at byte "
                  + (Files.size(path) - type.blockBytes())
                  + ": tensor 'x': expected integers from 0 to 8, found 9");
      assertThatThrownBy(() -> file.integers("x", 10, 4))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageEndingWith(": tensor 'x': expected [4], found [2, 2]");
      assertThatThrownBy(() -> file.integers("output_norm.weight", 10, 2))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageEndingWith(
              ": tensor 'output_norm.weight': expected integers of type I32 or I64, found F32");
    }
  }

  @Test
  void namesAMissingTensor() throws IOException {
    small().write(path);
    try (GgufFile file = GgufFile.open(path)) {
      assertThatThrownBy(() -> file.tensor("output.weight"))
          .isInstanceOf(ModelFormatException.class)
          .hasMessage(path + ": tensor 'output.weight' is missing");
      assertThatThrownBy(() -> file.tensor("output.weight", 1))
          .isInstanceOf(ModelFormatException.class)
          .hasMessage(path + ": tensor 'output.weight' is missing; expected [1]");
    }
  }

  @ParameterizedTest
  @EnumSource(GgmlType.class)
  void listsEveryType(GgmlType type) throws IOException {
    small()
        .tensor("x", type, List.of(2L, 256L), new byte[512 / type.blockSize() * type.blockBytes()])
        .write(path);
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.info().tensors())
          .contains(
              new TensorInfo(
                  "x",
                  type.name(),
                  List.of(2L, 256L),
                  512L / type.blockSize() * type.blockBytes()));
      if (type.dataType() != null) {
        assertThat(file.tensor("x").type().name()).isEqualTo(type.name());
      } else {
        assertThatThrownBy(() -> file.tensor("x"))
            .isInstanceOf(UnsupportedModelException.class)
            .hasMessage(
                "architecture 'llama': tensor 'x' has type "
                    + type
                    + ", which is not supported; use another quantization of the model, such as"
                    + " Q4_K_M or Q8_0");
      }
    }
  }

  @Test
  void saysWhatTheModelIs() throws IOException {
    small()
        .put("general.name", "Small")
        .put("llama.context_length", 64)
        .put("tokenizer.ggml.tokens", Collections.nCopies(65, "t").toArray(String[]::new))
        .put("tokenizer.ggml.scores", new float[] {0, -1.5f})
        .write(path);
    ModelInfo info;
    try (GgufFile file = GgufFile.open(path)) {
      info = file.info();
    }
    assertThat(info.path()).isEqualTo(path);
    assertThat(info.architecture()).isEqualTo("llama");
    assertThat(info.name()).isEqualTo("Small");
    assertThat(info.contextLength()).isEqualTo(64);
    assertThat(info.vocabularySize()).isEqualTo(65);
    assertThat(info.fileBytes()).isEqualTo(Files.size(path));
    assertThat(info.parameters()).isEqualTo(8);
    assertThat(info.metadata())
        .containsExactly(
            entry("general.architecture", "llama"),
            entry("general.name", "Small"),
            entry("llama.context_length", 64L),
            entry("tokenizer.ggml.tokens", "str[65]"),
            entry("tokenizer.ggml.scores", List.of(0.0, -1.5)));
    assertThat(info.tensors())
        .containsExactly(
            new TensorInfo("blk.0.attn_q.weight", "F32", List.of(2L, 3L), 24),
            new TensorInfo("output_norm.weight", "F32", List.of(2L), 8));
  }

  @Test
  void infoFallsBackWhereKeysAreMissing() throws IOException {
    small().write(path);
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.info().name()).isEqualTo("model.gguf");
      assertThat(file.info().contextLength()).isZero();
      assertThat(file.info().vocabularySize()).isZero();
    }
  }

  @Test
  void infoNeedsAnArchitecture() throws IOException {
    new GgufWriter().write(path);
    assertInfoRefused(": key 'general.architecture': expected a string, found nothing");
    new GgufWriter().put("general.architecture", "").write(path);
    assertInfoRefused(
        " at byte 24: key 'general.architecture': expected a name, found an empty one");
    small().put("llama.context_length", 0).write(path);
    assertInfoRefused(" at byte 69: key 'llama.context_length': expected 1 to 2147483647, found 0");
  }

  @Test
  void metadataKeepsTypesAndOrder() throws IOException {
    new GgufWriter()
        .put("a", Type.U8, 255)
        .put("b", Type.I8, -1)
        .put("c", Type.U16, 65535)
        .put("d", Type.I16, -1)
        .put("e", Type.U32, -1)
        .put("f", Type.I32, -1)
        .put("g", Type.U64, Long.MAX_VALUE)
        .put("h", Type.I64, Long.MIN_VALUE)
        .put("i", Type.F32, 0.1f)
        .put("j", Type.F64, 0.1)
        .put("k", true)
        .put("l", "ﬁn")
        .putArray("m", Type.U8, List.of(200, 1))
        .putArray("n", Type.BOOL, List.of(true, false))
        .putArray("o", Type.STR, List.of())
        .write(path);
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.metadata().values())
          .containsExactly(
              entry("a", 255L),
              entry("b", -1L),
              entry("c", 65535L),
              entry("d", -1L),
              entry("e", 4294967295L),
              entry("f", -1L),
              entry("g", Long.MAX_VALUE),
              entry("h", Long.MIN_VALUE),
              entry("i", (double) 0.1f),
              entry("j", 0.1),
              entry("k", true),
              entry("l", "ﬁn"),
              entry("m", new long[] {200, 1}),
              entry("n", new boolean[] {true, false}),
              entry("o", new String[0]));
      assertThat(file.metadata().contains("p")).isFalse();
      assertThat(file.metadata().values()).doesNotContainKey("");
    }
  }

  @Test
  void valuesMayHoldAnyBytes() throws IOException {
    new GgufWriter().put("k", Type.STR, new byte[] {'a', (byte) 0xff, 0}).write(path);
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.metadata().string("k")).isEqualTo("a\ufffd\0");
    }
  }

  @Test
  void tensorsMayLieInAnyOrderWithGapsAndATail() throws IOException {
    new GgufWriter()
        .alignment(64)
        .tensorAt("a", 0, List.of(1L), new byte[] {0, 0, 0, 0x40}, 128)
        .tensorAt("b", 0, List.of(1L), new byte[128], 0)
        .write(path);
    try (GgufFile file = GgufFile.open(path)) {
      float[] value = new float[1];
      file.tensor("b").decodeRow(0, value, 0);
      assertThat(value).containsExactly(2);
      file.tensor("a").decodeRow(0, value, 0);
      assertThat(value).containsExactly(0);
    }
  }

  @Test
  void filesMayExceedFourGigabytes() throws IOException {
    long far = 5L << 30;
    byte[] header =
        new GgufWriter()
            .tensorAt("near", 0, List.of(1L), new byte[0], 0)
            .tensorAt("far", 0, List.of(1L), new byte[0], far)
            .bytes();
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(header));
      channel.write(ByteBuffer.wrap(new byte[] {0, 0, 0, 0x40}), header.length + far);
    }
    try (GgufFile file = GgufFile.open(path)) {
      float[] value = new float[1];
      file.tensor("far").decodeRow(0, value, 0);
      assertThat(value).containsExactly(2);
      assertThat(file.bytes()).isEqualTo(header.length + far + 4);
    }
  }

  @Test
  void afterCloseNothingIsRead() throws IOException {
    small().write(path);
    GgufFile file = GgufFile.open(path);
    Tensor tensor = file.tensor("output_norm.weight");
    Metadata metadata = file.metadata();
    file.close();
    file.close();
    assertThatThrownBy(() -> file.tensor("output_norm.weight"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("model file is closed");
    assertThatThrownBy(file::info)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("model file is closed");
    assertThatThrownBy(() -> tensor.decodeRow(0, new float[2], 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> metadata.string("general.architecture"))
        .isInstanceOf(IllegalStateException.class);
    assertThat(file.bytes()).isEqualTo(Files.size(path));
  }

  @Test
  void whatIsNoFileIsAnIoException() throws IOException {
    assertThatThrownBy(() -> GgufFile.open(path)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> GgufFile.open(directory))
        .isInstanceOf(FileSystemException.class)
        .hasMessage(directory + ": expected a regular file");
    Path loop = Files.createSymbolicLink(directory.resolve("loop.gguf"), Path.of("loop.gguf"));
    assertThatThrownBy(() -> GgufFile.open(loop)).isInstanceOf(FileSystemException.class);
  }

  private static GgufWriter small() {
    return new GgufWriter()
        .put("general.architecture", "llama")
        .tensor("blk.0.attn_q.weight", List.of(2L, 3L), 1, 2, 3, 4, 5, 6)
        .tensor("output_norm.weight", List.of(2L), 7, 8);
  }

  private static long tableStart(GgufFile file) {
    assertThat(file.metadata().values()).hasSize(1);
    return 24 + (8 + 20 + 4) + (8 + 5);
  }

  private void assertInfoRefused(String message) throws IOException {
    try (GgufFile file = GgufFile.open(path)) {
      assertThatThrownBy(file::info)
          .isInstanceOf(ModelFormatException.class)
          .hasMessage(path + message);
    }
  }
}
