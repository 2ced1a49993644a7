// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.CoterieException;
import dev.coterie.ModelFormatException;
import dev.coterie.Tokenizer;
import dev.coterie.UnsupportedModelException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SentencePieceModelTest {
  private static final byte[] BPE = field(3, 2);
  private static final byte[] PLAIN = field(4, 0); // remove_extra_whitespaces

  @TempDir Path directory;

  @Test
  void equalsReference() throws IOException {
    Tokenizer tokenizer = Tokenizers.read(VectorSet.path("llama2-spm", "tokenizer.model"));
    VectorSet.Outcome outcome = VectorSet.check("llama2-spm", tokenizer);
    assertThat(outcome.misses()).isEmpty();
    assertThat(outcome.rows()).isEqualTo(4738);
    assertThat(tokenizer.beginningOfSequence()).hasValue(1);
    assertThat(tokenizer.endOfGeneration()).containsExactly(2);
    assertThat(tokenizer.vocabularySize()).isEqualTo(32000);
  }

  @Test
  void theConfigurationsBesideItAreHeeded() throws IOException {
    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        """
        {"add_bos_token": false, "added_tokens_decoder": {
          "262": {"content": "<|im_end|>", "special": true},
          "1": {"content": "<s>", "special": true},
          "264": {"content": "<tool>", "special": false}}}
        """);
    Files.writeString(directory.resolve("generation_config.json"), "{\"eos_token_id\": [2, 262]}");
    Path path = write(model(BPE, PLAIN));
    Tokenizer tokenizer = Tokenizers.read(path, 270);
    assertThat(tokenizer.vocabularySize()).isEqualTo(270);
    assertThat(tokenizer.beginningOfSequence()).isEmpty();
    assertThat(tokenizer.endOfGeneration()).containsExactlyInAnyOrder(2, 262);
    assertThat(tokenizer.encode("<|im_end|>a<tool>", true)).containsExactly(262, 261, 264);
    assertThat(tokenizer.decode(new int[] {261, 262, 264})).isEqualTo("a<tool>");
    assertThat(tokenizer.decode(new int[] {269})).isEqualTo("[PAD269]");
  }

  @Test
  void whatIsNotSupportedIsRefusedByName() throws IOException {
    refuse(model(field(3, 1), PLAIN), "a model of type 1 (not BPE)");
    refuse(model(join(BPE, field(24, 1)), PLAIN), "treat_whitespace_as_suffix");
    refuse(model(BPE, field(4, 1)), "remove_extra_whitespaces");
    refuse(model(BPE, new byte[0]), "remove_extra_whitespaces");
    refuse(model(BPE, join(PLAIN, field(2, new byte[5]))), "a normalization map");
    refuse(model(BPE, join(PLAIN, field(5, 0))), "text without escape_whitespaces");
    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        "{\"added_tokens_decoder\": {\"1\": {\"content\": \"<s>\", \"lstrip\": true}}}");
    refuse(model(BPE, PLAIN), "added token '<s>' with 'lstrip'");
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    fault("IQ== 0\nIg== 1\n".getBytes(StandardCharsets.UTF_8), "no SentencePiece model");
    fault(new byte[0], "no SentencePiece model; load the tokenizer.json or a GGUF file");
    fault(new byte[] {10, 100, 1}, "field 1: expected 100 bytes, found 1");
    fault(new byte[] {10, 2, 10, (byte) 0x80}, "expected a number, found the end");
    fault(field(1, field(1, new byte[] {(byte) 0xff})), "field 1: expected UTF-8");
    fault(field(1, field(3, 9)), "token '': expected a type of 1 to 6, found 9");
    fault(field(1, field(1, 9)), "field 1: expected wire type 2, found 0");
    fault(field(1, new byte[] {(byte) 0x1c}), "field 3: expected wire type 0, found 4");
    fault(
        join(model(BPE, PLAIN), field(1, piece("a", 3, 1))),
        "token 262 is the same as token 260: 'a'");
    assertThatThrownBy(() -> Tokenizers.read(write(model(BPE, PLAIN)), 7))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("expected at most 7 tokens as the model has, found 262");
    config("\"260000000\"", "added token '<x>': expected an id below 263, found 260000000");
    config("\"3\"", "token 3 is both '<0x00>' and '<x>'");
  }

  @Test
  void mutatedFilesNeverFailInAnotherWay() throws IOException {
    byte[] bytes = model(BPE, PLAIN);
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      byte[] mutated = Arrays.copyOf(bytes, bytes.length - random.nextInt(3));
      for (int change = random.nextInt(4); change >= 0; change--) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
      }
      Path path = write(mutated);
      try {
        assertThat(Tokenizers.read(path).encode("a a<s>", true)).isNotNull();
      } catch (CoterieException e) {
        assertThat(e).hasMessageMatching("(?s).*(tokenizer\\.model|architecture).*");
      }
    }
  }

  private void config(String id, String message) throws IOException {
    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        "{\"added_tokens_decoder\": {" + id + ": {\"content\": \"<x>\"}}}");
    fault(model(BPE, PLAIN), message);
  }

  private void refuse(byte[] model, String message) throws IOException {
    Path path = write(model);
    assertThatThrownBy(() -> Tokenizers.read(path))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining(message);
  }

  private void fault(byte[] model, String message) throws IOException {
    Path path = write(model);
    assertThatThrownBy(() -> Tokenizers.read(path))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(message);
  }

  private Path write(byte[] model) throws IOException {
    return Files.write(directory.resolve("tokenizer.model"), model);
  }

  /** Three specials, the 256 bytes and three pieces. */
  private static byte[] model(byte[] trainer, byte[] normalizer) {
    byte[] model =
        join(
            field(1, piece("<unk>", 0, 2)),
            field(1, piece("<s>", 0, 3)),
            field(1, piece("</s>", 0, 3)));
    for (int b = 0; b < 256; b++) {
      model = join(model, field(1, piece(String.format(Locale.ROOT, "<0x%02X>", b), 0, 6)));
    }
    return join(
        model,
        field(1, piece("\u2581", -2, 1)),
        field(1, piece("a", -3, 1)),
        field(1, piece("\u2581a", -1, 1)),
        field(2, trainer),
        field(3, normalizer));
  }

  private static byte[] piece(String text, float score, int type) {
    byte[] number =
        ByteBuffer.allocate(5)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put((byte) 21)
            .putFloat(score)
            .array();
    return join(field(1, text.getBytes(StandardCharsets.UTF_8)), number, field(3, type));
  }

  private static byte[] field(int number, int value) {
    return join(varint(number << 3), varint(value));
  }

  private static byte[] field(int number, byte[] value) {
    return join(varint(number << 3 | 2), varint(value.length), value);
  }

  private static byte[] varint(int value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int rest = value;
    for (; rest > 0x7f; rest >>>= 7) {
      out.write(rest & 0x7f | 0x80);
    }
    out.write(rest);
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
