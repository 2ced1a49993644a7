// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.tokenizer;

import dev.coterie.ModelFormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Reads one message of the Protocol Buffers wire format, field by field. Not thread-safe. */
final class ProtobufReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final Path path;
  private final ByteBuffer message;
  private int field;
  private int wireType;

  ProtobufReader(Path path, byte[] message) {
    this(path, ByteBuffer.wrap(message));
  }

  private ProtobufReader(Path path, ByteBuffer message) {
    this.path = path;
    this.message = message.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Goes to the next field; its value must be read or skipped. False at the end. */
  boolean next() {
    if (!message.hasRemaining()) {
      return false;
    }
    long tag = varint();
    field = (int) (tag >>> 3);
    wireType = (int) tag & 7;
    if (tag >>> 32 != 0 || field == 0) {
      throw fault("expected a field, found tag " + tag);
    }
    return true;
  }

  int field() {
    return field;
  }

  /** An int32 or an enum. */
  int integer() {
    expect(VARINT);
    return (int) varint();
  }

  boolean bool() {
    expect(VARINT);
    return varint() != 0;
  }

  float decimal() {
    expect(FIXED32);
    require(Float.BYTES);
    return message.getFloat();
  }

  String string() {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes()).toString();
    } catch (CharacterCodingException e) {
      throw fault("field " + field + ": expected UTF-8");
    }
  }

  /** How many bytes the field has; skips them. */
  int length() {
    return bytes().remaining();
  }

  /** A message within this one. */
  ProtobufReader message() {
    return new ProtobufReader(path, bytes());
  }

  void skip() {
    switch (wireType) {
      case VARINT -> varint();
      case FIXED64 -> advance(Long.BYTES);
      case BYTES -> bytes();
      case FIXED32 -> advance(Integer.BYTES);
      default -> throw fault("field " + field + ": unknown wire type " + wireType);
    }
  }

  /** The error for what lies before the reader's place. */
  ModelFormatException fault(String detail) {
    return new ModelFormatException(path, message.position(), detail);
  }

  private ByteBuffer bytes() {
    expect(BYTES);
    long length = varint();
    if (length < 0 || length > message.remaining()) {
      throw fault(
          "field "
              + field
              + ": expected "
              + Long.toUnsignedString(length)
              + " bytes, found "
              + message.remaining());
    }
    int end = message.position() + (int) length;
    ByteBuffer bytes = message.duplicate().limit(end);
    message.position(end);
    return bytes;
  }

  private void advance(int bytes) {
    require(bytes);
    message.position(message.position() + bytes);
  }

  private void require(int bytes) {
    if (message.remaining() < bytes) {
      throw fault(
          "field " + field + ": expected " + bytes + " bytes, found " + message.remaining());
    }
  }

  private void expect(int type) {
    if (wireType != type) {
      throw fault("field " + field + ": expected wire type " + type + ", found " + wireType);
    }
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (!message.hasRemaining()) {
        throw fault("expected a number, found the end");
      }
      byte next = message.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw fault("expected a number of at most 10 bytes");
  }
}
