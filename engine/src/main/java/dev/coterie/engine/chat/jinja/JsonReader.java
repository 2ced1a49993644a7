// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON as Python's {@code json.loads} reads it. */
final class JsonReader {
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(300)
                  .maxNestingDepth(100)
                  .build())
          .build();

  private JsonReader() {}

  /** The value of a document. If any of the document was said, all strings in it were. */
  static Object read(Text document) {
    try (JsonParser parser = FACTORY.createParser(document.value())) {
      if (parser.nextToken() == null) {
        throw new Fault("from_json: expected JSON, found nothing");
      }
      Object value = value(parser, document);
      if (parser.nextToken() != null) {
        throw new Fault("from_json: expected one value, found more");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new Fault("from_json: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new Fault("from_json: " + e.getMessage());
    }
  }

  private static Object value(JsonParser parser, Text document) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<Object, Object> map = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          Text key = document.with(parser.currentName());
          parser.nextToken();
          map.put(key, value(parser, document));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser, document));
        }
        yield list;
      }
      case VALUE_STRING -> document.with(parser.getText());
      case VALUE_NUMBER_INT -> new BigInteger(parser.getText());
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> None.NONE;
    };
  }
}
