// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.coterie.ModelFormatException;
import dev.coterie.engine.format.GgufWriter.Type;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each way in which a GGUF file can be damaged, with the byte and the text that say so. */
class GgufRefusalTest {
  private static final long HEADER = 24;
  private static final byte[] NO_DATA = {};

  /** The first pair's key is one letter, so that its value type begins here. */
  private static final long TYPE = HEADER + 9;

  private static final long VALUE = TYPE + 4;

  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void name() {
    path = directory.resolve("model.gguf");
  }

  @Test
  void emptyFile() throws IOException {
    refused(NO_DATA, 0, "expected 4 bytes of magic number, found 0; the file is cut short");
  }

  @Test
  void wrongMagicNumber() throws IOException {
    refused(
        "PK\3\4 and more".getBytes(StandardCharsets.US_ASCII),
        0,
        "expected a GGUF file, found the magic number 0x4034b50");
  }

  @Test
  void cutShortInTheHeader() throws IOException {
    refused(
        Arrays.copyOf(new GgufWriter().bytes(), 20),
        16,
        "expected 8 bytes of a number of keys, found 4; the file is cut short");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 'expected GGUF version 2 or 3, found 0'",
    "1, 'expected GGUF version 2 or 3, found 1; convert the model again'",
    "4, 'expected GGUF version 2 or 3, found 4'",
    "-1, 'expected GGUF version 2 or 3, found 4294967295'",
    "0x03000000, 'expected a little-endian file, found a big-endian one; convert the model again'",
  })
  void version(String version, String detail) throws IOException {
    refused(new GgufWriter().version(Integer.decode(version)), 4, detail);
  }

  @Test
  void moreTensorsThanFit() throws IOException {
    byte[] file = new GgufWriter().bytes();
    little(file).putLong(8, Long.MAX_VALUE);
    refused(file, 8, "expected a number of tensors of at most 0, found 9223372036854775807");
    little(file).putLong(8, -1);
    refused(file, 8, "expected a number of tensors of at most 0, found 18446744073709551615");
  }

  @Test
  void moreKeysThanFit() throws IOException {
    byte[] file = Arrays.copyOf(new GgufWriter().bytes(), 24 + 30);
    little(file).putLong(16, 3);
    refused(file, 16, "expected a number of keys of at most 2, found 3");
  }

  @Test
  void keyLengths() throws IOException {
    byte[] file = new GgufWriter().put("k", 1).bytes();
    little(file).putLong(24, Long.MIN_VALUE);
    refused(file, 24, "expected a name of at most 9, found 9223372036854775808");
    refused(
        new GgufWriter().put("", 1).put("l", 2),
        24,
        "expected the name of a key, found an empty one");
    refused(
        new GgufWriter().put("k".repeat(65536), 1),
        24,
        "expected a name of at most 65535, found 65536");
  }

  @Test
  void keysThatAreNotText() throws IOException {
    refused(
        new GgufWriter().put("a\0b", 1),
        24,
        "expected the name of a key in UTF-8 without control characters, found 'a\\u0000b'");
    byte[] file = new GgufWriter().put("abc", 1).bytes();
    file[33] = (byte) 0xff;
    refused(
        file,
        24,
        "expected the name of a key in UTF-8 without control characters, found 'a\ufffdc'");
  }

  @Test
  void longNamesAreCutInMessages() throws IOException {
    refused(
        new GgufWriter().putRaw("k".repeat(100), 13, new byte[4]),
        24 + 108,
        "key '" + "k".repeat(80) + "…': expected a value type from 0 to 12, found 13");
  }

  @Test
  void duplicateKey() throws IOException {
    refused(new GgufWriter().put("k", 1).put("l", 2).put("k", 3), 58, "key 'k': appears twice");
  }

  @Test
  void valueTypes() throws IOException {
    refused(
        new GgufWriter().putRaw("k", 13, new byte[4]),
        TYPE,
        "key 'k': expected a value type from 0 to 12, found 13");
    refused(
        new GgufWriter().putRaw("k", -1, new byte[4]),
        TYPE,
        "key 'k': expected a value type from 0 to 12, found 4294967295");
  }

  @Test
  void values() throws IOException {
    refused(
        new GgufWriter().putRaw("k", Type.U32.ordinal(), new byte[3]),
        VALUE,
        "key 'k': expected 4 bytes of a value, found 3; the file is cut short");
    refused(
        new GgufWriter().putRaw("k", Type.BOOL.ordinal(), new byte[] {2}),
        VALUE,
        "key 'k': expected a boolean of 0 or 1, found 2");
    refused(
        new GgufWriter().put("k", Type.U64, -1L),
        VALUE,
        "key 'k': expected an integer below 9223372036854775808, found 18446744073709551615");
    refused(
        new GgufWriter().putRaw("k", Type.STR.ordinal(), longs(1L << 40)),
        VALUE,
        "key 'k': expected a string of at most 0, found 1099511627776");
  }

  @Test
  void arrays() throws IOException {
    refused(
        new GgufWriter().putRaw("k", Type.ARR.ordinal(), array(13, 0)),
        VALUE,
        "key 'k': expected an element type from 0 to 12, found 13");
    refused(
        new GgufWriter().putRaw("k", Type.ARR.ordinal(), array(Type.ARR.ordinal(), 0)),
        VALUE,
        "key 'k': arrays of arrays are not supported");
    refused(
        new GgufWriter().putRaw("k", Type.ARR.ordinal(), array(Type.STR.ordinal(), 1L << 30)),
        VALUE + 4,
        "key 'k': expected a number of elements of at most 0, found 1073741824");
    refused(
        new GgufWriter().putRaw("k", Type.ARR.ordinal(), array(Type.U8.ordinal(), 1L << 63)),
        VALUE + 4,
        "key 'k': expected a number of elements of at most 0, found 9223372036854775808");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 1 << 25, 1 << 31})
  void alignmentOutOfRange(int alignment) throws IOException {
    refused(
        new GgufWriter().put("general.alignment", alignment),
        24,
        "key 'general.alignment': expected 8 to 16777216, found "
            + Integer.toUnsignedString(alignment));
  }

  @Test
  void alignmentOfAnotherKind() throws IOException {
    refused(
        new GgufWriter().put("general.alignment", 48),
        24,
        "key 'general.alignment': expected a power of two, found 48");
    refused(
        new GgufWriter().put("general.alignment", "32"),
        24,
        "key 'general.alignment': expected an integer, found '32'");
  }

  @Test
  void tensorNames() throws IOException {
    refused(
        tensor("", 0, List.of(1L), 0, 4), 24, "expected the name of a tensor, found an empty one");
    refused(
        tensor("x".repeat(64), 0, List.of(1L), 0, 4),
        24,
        "expected a name of at most 63, found 64");
    refused(
        tensor("x\0", 0, List.of(1L), 0, 4),
        24,
        "expected the name of a tensor in UTF-8 without control characters, found 'x\\u0000'");
    refused(
        new GgufWriter().tensor("x", List.of(1L), 1).tensor("x", List.of(1L), 2),
        57,
        "tensor 'x': appears twice");
  }

  @Test
  void dimensions() throws IOException {
    refused(
        tensor("xyz", 0, List.of(), 0, 8), 35, "tensor 'xyz': expected 1 to 4 dimensions, found 0");
    refused(
        tensor("x", 0, List.of(1L, 1L, 1L, 1L, 1L), 0, 4),
        33,
        "tensor 'x': expected 1 to 4 dimensions, found 5");
    refused(
        tensor("x", 0, List.of(4L, 0L), 0, 4),
        37,
        "tensor 'x': expected dimensions of at least 1, found [4, 0]");
    refused(
        tensor("x", 0, List.of(4L, -1L), 0, 4),
        37,
        "tensor 'x': expected dimensions of at least 1, found [4, 18446744073709551615]");
  }

  @Test
  void productsThatOverflow() throws IOException {
    refused(
        tensor("x", 0, List.of(1L << 32, 1L << 32), 0, 4),
        37,
        "tensor 'x': dimensions [4294967296, 4294967296] have more than 2^63 elements");
    refused(
        tensor("x", 0, List.of(2L, 1L << 62), 0, 4),
        37,
        "tensor 'x': dimensions [2, 4611686018427387904] have more than 2^63 elements");
    refused(
        tensor("x", 0, List.of(1L << 62), 0, 4),
        37,
        "tensor 'x': F32 [4611686018427387904] has more than 2^63 bytes");
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 31, 32, 33, 36, 37, 38})
  void retiredTypes(int type) throws IOException {
    refused(
        tensor("x", type, List.of(1L), 0, 4),
        45,
        "tensor 'x': type " + type + " is no longer in use; convert the model again");
  }

  @ParameterizedTest
  @ValueSource(ints = {43, 255, -1})
  void unknownTypes(int type) throws IOException {
    refused(
        tensor("x", type, List.of(1L), 0, 4),
        45,
        "tensor 'x': expected a tensor type from 0 to 42, found " + Integer.toUnsignedString(type));
  }

  @Test
  void partialBlocks() throws IOException {
    refused(
        tensor("x", GgmlType.Q4_0.id(), List.of(32L, 33L), 0, 64),
        37,
        "tensor 'x': expected rows of a multiple of 32 elements for Q4_0, found 33");
  }

  @Test
  void offsets() throws IOException {
    refused(
        tensor("x", 0, List.of(1L), 4, 8),
        49,
        "tensor 'x': expected an offset that is a multiple of 32, found 4");
    refused(
        tensor("x", 0, List.of(1L), -32, 8),
        49,
        "tensor 'x': expected an offset that is a multiple of 32, found 18446744073709551584");
    refused(
        tensor("x", 0, List.of(1L), Long.MAX_VALUE - 31, 8),
        24,
        "tensor 'x': its 4 bytes at byte 9223372036854775840 do not fit in the file of 72 bytes;"
            + " the file is cut short");
  }

  @Test
  void dataPastTheEnd() throws IOException {
    refused(
        tensor("x", 0, List.of(8L), 0, 31),
        24,
        "tensor 'x': its 32 bytes at byte 64 do not fit in the file of 95 bytes; the file is cut"
            + " short");
    refused(
        Arrays.copyOf(tensor("x", 0, List.of(8L), 0, 0).bytes(), 57),
        24,
        "tensor 'x': its 32 bytes at byte 64 do not fit in the file of 57 bytes; the file is cut"
            + " short");
  }

  @Test
  void overlap() throws IOException {
    GgufWriter writer = new GgufWriter();
    writer.tensorAt("a", 0, List.of(9L), new byte[36], 64);
    writer.tensorAt("b", 0, List.of(17L), new byte[68], 0);
    refused(writer, 57, "tensor 'b': overlaps with 'a'");
  }

  private static GgufWriter tensor(
      String name, int type, List<Long> shape, long offset, int dataBytes) {
    return new GgufWriter().tensorAt(name, type, shape, new byte[dataBytes], offset);
  }

  private void refused(GgufWriter writer, long offset, String detail) throws IOException {
    refused(writer.bytes(), offset, detail);
  }

  private void refused(byte[] file, long offset, String detail) throws IOException {
    Files.write(path, file);
    ModelFormatException fault =
        catchThrowableOfType(ModelFormatException.class, () -> GgufFile.open(path).close());
    assertThat(fault)
        .as("%s", detail)
        .isNotNull()
        .hasMessage(String.format(Locale.ROOT, "%s at byte %d: %s", path, offset, detail));
    assertThat(fault.path()).isEqualTo(path);
    assertThat(fault.offset()).isEqualTo(offset);
    assertThat(fault.detail()).isEqualTo(detail);
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] longs(long value) {
    return little(new byte[8]).putLong(value).array();
  }

  private static byte[] array(int type, long count) {
    return little(new byte[12]).putInt(type).putLong(count).array();
  }
}
