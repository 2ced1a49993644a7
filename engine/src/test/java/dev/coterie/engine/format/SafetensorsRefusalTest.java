// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.coterie.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each way in which a safetensors file can be damaged, with the byte and the text that say so. */
class SafetensorsRefusalTest {
  private static final String A = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":";

  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void name() {
    path = directory.resolve("model.safetensors");
  }

  @Test
  void lengthOfTheHeader() throws IOException {
    refused(
        new byte[3],
        0,
        "expected 8 bytes with the length of the header, found 3; the file is cut short");
    refused(length(20, 2), 0, "expected a header of 2 to 2 bytes, found 20; the file is cut short");
    refused(length(-1, 2), 0, "expected a header of 2 to 2 bytes, found 18446744073709551615");
    refused(length(1, 2), 0, "expected a header of 2 to 2 bytes, found 1; the file is cut short");
    refused(length(100_000_001, 2), 0, "expected a header of 2 to 2 bytes, found 100000001");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "` {}` | 8 | expected '{' as the first byte of the header",
        "{}x | 10 | expected the end of the header, found 'x'",
        "{a} | 9 | expected the name of a tensor, found 'a'",
        "{\"a\"} | 12 | expected ':', found '}'",
        "{\"a\":1} | 13 | tensor 'a': expected '{', found '1'",
        "{\"a\":{}} | 14 | tensor 'a': expected dtype, shape and data_offsets, found '}'",
        "{\"a\":{\"x\":1}} | 15 "
            + "| tensor 'a': expected dtype, shape and data_offsets once each, found 'x'",
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}} | 29 "
            + "| tensor 'a': expected dtype, shape and data_offsets once each, found 'dtype'",
        "{\"a\":{\"dtype\":\"F32\"}} | 10 | tensor 'a': shape is missing",
        "{\"a\":{\"dtype\":\"F33\"}} | 23 | tensor 'a': type 'F33' is not known",
        "{\"a\":{\"shape\":[-1]}} | 23 | tensor 'a': expected a dimension, found '-'",
        "{\"a\":{\"shape\":[4.0]}} | 23 | tensor 'a': expected a dimension, found '4'",
        "{\"a\":{\"shape\":[04]}} | 23 | tensor 'a': expected a dimension, found '0'",
        "{\"a\":{\"shape\":[9223372036854775808]}} | 23 "
            + "| tensor 'a': expected a dimension below 2^63, found a greater one",
        "{\"a\":{\"shape\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}} | 55 "
            + "| tensor 'a': expected at most 16 dimensions, found more",
        "{\"a\":{\"data_offsets\":[0,4,8]}} | 33 | tensor 'a': expected ']', found ','",
        "{\"a\\x\":1} | 11 | expected a string, found an escape that JSON does not have",
        "{\"a\\u00x\":1} | 11 | expected a string, found an escape that JSON does not have",
        "{\"\\ud800\":1} | 10 | expected a pair of surrogates, found one alone",
        "{\"a | 11 | expected a string in UTF-8 that ends with '\"', found the end of the header",
        "{\"__metadata__\":{\"a\":1}} | 29 | expected a string, found '1'",
        "{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}} | 33 | __metadata__: key 'a' appears twice",
        "{\"__metadata__\":{},\"__metadata__\":{}} | 28 | __metadata__ appears twice",
      })
  void json(String header, long offset, String detail) throws IOException {
    refused(SafetensorsWriter.file(header, 0), offset, detail);
  }

  @Test
  void bytesThatAreNoText() throws IOException {
    byte[] file = SafetensorsWriter.file("{\"a\":1}", 0);
    file[10] = (byte) 0xff;
    refused(file, 10, "expected a string in UTF-8 that ends with '\"', found the byte 0xff");
    file[10] = 1;
    refused(file, 10, "expected a string in UTF-8 that ends with '\"', found the byte 0x01");
    file[10] = 'a';
    file[12] = 7;
    refused(file, 12, "expected ':', found the byte 0x07");
  }

  @Test
  void offsets() throws IOException {
    data(
        A + "[0,16]}",
        16,
        10,
        "tensor 'a': expected 8 bytes for F32 [2], found data_offsets [0, 16]");
    data(
        A + "[8,16]}",
        8,
        10,
        "tensor 'a': expected data_offsets within the 8 bytes of data, found [8, 16]");
    data(
        A + "[8,0]}",
        8,
        10,
        "tensor 'a': expected data_offsets within the 8 bytes of data, found [8, 0]");
    data(
        A + "[4,12]}",
        12,
        10,
        "tensor 'a': expected its data at byte 0 of the data, found it at byte 4; there is a hole");
    data(
        A + "[0,8]}," + A.replace("a\":{", "b\":{") + "[4,12]}",
        12,
        63,
        "tensor 'b': expected its data at byte 8 of the data, found it at byte 4; it overlaps with"
            + " another tensor");
    data(
        A + "[0,8]}",
        9,
        70,
        "expected the end of the file behind the last tensor, found 1 more bytes");
    data("", 1, 10, "expected the end of the file behind the last tensor, found 1 more bytes");
    data(
        A + "[0,8]}," + A.replace("a\":{", "b\":{").replace("[2]", "[0]") + "[4,4]}",
        8,
        63,
        "tensor 'b': has no data, but lies within another tensor");
  }

  @Test
  void sizes() throws IOException {
    String huge = "[4294967296,2147483648]";
    data(
        A.replace("[2]", huge) + "[0,8]}",
        8,
        10,
        "tensor 'a': shape [4294967296, 2147483648] has more than 2^63 elements");
    data(
        A.replace("[2]", "[1152921504606846976]") + "[0,8]}",
        8,
        10,
        "tensor 'a': F32 [1152921504606846976] has more than 2^63 bits");
    data(
        A.replace("F32", "F4").replace("[2]", "[3]") + "[0,2]}",
        2,
        10,
        "tensor 'a': expected a whole number of bytes, found 12 bits for F4 [3]");
  }

  @Test
  void namesThatAppearTwice() throws IOException {
    String twin = A.replace("\"a\"", "\"\\u0061\"");
    data(A + "[0,8]}," + twin + "[8,16]}", 16, 63, "tensor 'a': appears twice");
  }

  @Test
  void whatIsNoFile() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> SafetensorsFile.open(directory, arena))
          .isInstanceOf(FileSystemException.class)
          .hasMessage(directory + ": expected a regular file");
      assertThatThrownBy(() -> SafetensorsFile.open(path, arena))
          .isInstanceOf(NoSuchFileException.class);
    }
  }

  private void data(String entries, int dataBytes, long offset, String detail) throws IOException {
    refused(SafetensorsWriter.file("{" + entries + "}", dataBytes), offset, detail);
  }

  private void refused(byte[] file, long offset, String detail) throws IOException {
    Files.write(path, file);
    try (Arena arena = Arena.ofConfined()) {
      ModelFormatException fault =
          Objects.requireNonNull(
              catchThrowableOfType(
                  ModelFormatException.class, () -> SafetensorsFile.open(path, arena)));
      assertThat(fault.detail()).isEqualTo(detail);
      assertThat(fault.offset()).isEqualTo(offset);
      assertThat(fault).hasMessage(path + " at byte " + offset + ": " + detail);
    }
  }

  private static byte[] length(long length, int headerBytes) {
    byte[] file = new byte[8 + headerBytes];
    Arrays.fill(file, (byte) ' ');
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    return file;
  }
}
