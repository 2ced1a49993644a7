// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.convert;

import dev.coterie.engine.convert.ConversionPlan.Part;
import dev.coterie.engine.convert.ConversionPlan.Planned;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which tensors of an unfinished conversion are written, each with a checksum of its bytes. A line
 * is appended only when the bytes are on disk, and one that is cut short counts for nothing. Locked
 * while it is open, so that no two conversions write the same target.
 */
final class Journal implements AutoCloseable {
  /** Changed whenever the same source and options give other bytes. */
  private static final String VERSION = "coterie-convert 1 ";

  private final Path path;
  private final FileChannel channel;
  private final String head;
  private final Map<String, Integer> done = new HashMap<>();
  private boolean continued;

  private Journal(Path path, FileChannel channel, String head) {
    this.path = path;
    this.channel = channel;
    this.head = head;
  }

  /** Opens the journal of a target; lines of another plan than this are dropped. */
  static Journal open(Path target, ConversionPlan plan) throws IOException {
    Path path = target.resolveSibling(target.getFileName() + ".journal");
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean opened = false;
    try {
      if (!lock(channel)) {
        throw new IOException(target + ": another conversion is writing it");
      }
      Journal journal = new Journal(path, channel, VERSION + digest(plan));
      journal.read();
      opened = true;
      return journal;
    } finally {
      if (!opened) {
        channel.close();
      }
    }
  }

  private static boolean lock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock(); // held until the channel is closed
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private void read() throws IOException {
    String text = Files.readString(path, StandardCharsets.ISO_8859_1);
    String[] lines = text.substring(0, text.lastIndexOf('\n') + 1).split("\n");
    continued = lines[0].equals(head);
    if (!continued) {
      channel.truncate(0);
      append(head);
      return;
    }
    for (int i = 1; i < lines.length; i++) {
      int space = lines[i].indexOf(' ');
      if (space > 0 && lines[i].substring(0, space).matches("[0-9a-f]{8}")) {
        int checksum = Integer.parseUnsignedInt(lines[i].substring(0, space), 16);
        done.put(lines[i].substring(space + 1), checksum);
      }
    }
    channel.truncate(text.lastIndexOf('\n') + 1L);
    channel.position(channel.size());
  }

  /** Whether an earlier run of the same conversion left the journal. */
  boolean continued() {
    return continued;
  }

  /** The checksum of a tensor that was written, or null. */
  @Nullable Integer checksum(String tensor) {
    return done.get(tensor);
  }

  /** Notes that a tensor is on disk. */
  void add(String tensor, int checksum) throws IOException {
    append(HexFormat.of().toHexDigits(checksum) + " " + tensor);
  }

  private void append(String line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(false);
  }

  void delete() throws IOException {
    Files.deleteIfExists(path);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** A digest of all that decides what bytes are written, save the weights themselves. */
  private static String digest(ConversionPlan plan) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    Path source = plan.source().path();
    String about =
        source.toRealPath()
            + "\n"
            + plan.source().fileBytes()
            + "\n"
            + Files.getLastModifiedTime(source).toMillis();
    digest.update(about.getBytes(StandardCharsets.UTF_8));
    for (Part part : plan.parts()) {
      digest.update(part.header());
      for (Planned tensor : part.tensors()) {
        digest.update((byte) (tensor.source().type() == null ? 0 : 1));
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
