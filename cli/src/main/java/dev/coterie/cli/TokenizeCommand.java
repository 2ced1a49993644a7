// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.coterie.Encoding;
import dev.coterie.Tokenizer;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Encodes and decodes line by line. */
@Command(
    name = "tokenize",
    description =
        "Read JSON strings by line, print JSON arrays of token ids by line; or the other way.")
final class TokenizeCommand extends CoterieCommand {
  @Option(names = "--decode", description = "Read arrays of ids, print strings.")
  boolean decode;

  @Option(
      names = "--special",
      description =
          "Read names of control tokens in the text as these tokens; when decoding, keep them.")
  boolean special;

  @Option(
      names = "--offsets",
      description = "Give [id, start, end] for each token: the chars (UTF-16) it comes from.")
  boolean offsets;

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description =
          "GGUF file, folder, tokenizer.json or tokenizer.model, or hf:owner/repo[:quant] of a pulled model.")
  String file = "";

  TokenizeCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    if (offsets && decode) {
      throw CommandException.usage("--offsets goes with encoding, not with --decode");
    }
    Tokenizer tokenizer = Tokenizer.load(ModelFiles.resolve(console, file));
    JsonLines.convert(
        console.in(),
        console.out(),
        parser -> decode ? decode(tokenizer, parser) : encode(tokenizer, parser));
    return ExitCodes.OK;
  }

  private String decode(Tokenizer tokenizer, JsonParser parser) throws IOException {
    parser.nextToken();
    String text = tokenizer.decode(TokenIds.read(parser), special);
    return Json.line(json -> json.writeString(text));
  }

  private String encode(Tokenizer tokenizer, JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token != JsonToken.VALUE_STRING) {
      throw CommandException.failure("expected a JSON string, found " + TokenIds.name(token));
    }
    if (offsets) {
      Encoding encoding = tokenizer.encodeWithOffsets(parser.getText(), special);
      return Json.line(json -> write(encoding, json));
    }
    int[] ids = tokenizer.encode(parser.getText(), special);
    return Json.line(json -> json.writeArray(ids, 0, ids.length));
  }

  private static void write(Encoding encoding, JsonGenerator json) throws IOException {
    json.writeStartArray();
    for (int i = 0; i < encoding.size(); i++) {
      json.writeArray(new int[] {encoding.id(i), encoding.start(i), encoding.end(i)}, 0, 3);
    }
    json.writeEndArray();
  }
}
