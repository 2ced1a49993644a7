// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Fetches one file. Bytes go to a {@code .part} file beside the target, which a later try
 * continues; only when size and SHA-256 are right is it moved to its name. A file with a wrong hash
 * is removed.
 */
final class Download {
  private static final int MAX_TRIES = 5;
  private static final int BUFFER_BYTES = 1 << 17;

  private final HubClient client;
  private final HubReference reference;
  private final HubFile file;
  private final String sha256;
  private final Path target;
  private final Progress progress;
  private final MessageDigest digest = sha256();

  /**
   * A download.
   *
   * @throws HubException if the hub does not tell the file's size and hash
   */
  Download(HubClient client, HubReference reference, HubFile file, Path target, Progress progress)
      throws HubException {
    @Nullable String hash = file.sha256();
    if (hash == null || file.bytes() < 0) {
      throw new HubException(
          reference + ": the hub gives no SHA-256 and size for '" + file.path() + "'");
    }
    this.client = client;
    this.reference = reference;
    this.file = file;
    this.sha256 = hash;
    this.target = target;
    this.progress = progress;
  }

  /** Fetches, verifies and moves the file into place, unless it is there already and right. */
  void run() throws IOException {
    if (isThere()) {
      return;
    }
    Path folder = target.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Path part = target.resolveSibling(target.getFileName() + ".part");
    boolean right;
    try (FileChannel channel =
            FileChannel.open(
                part,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        FileLock _ = lock(channel, part)) {
      if (channel.size() > file.bytes()) {
        channel.truncate(0);
      }
      digest(channel);
      requireSpace(part, file.bytes() - channel.position());
      for (int tries = 1; channel.position() < file.bytes(); tries++) {
        fetch(channel, tries);
      }
      channel.force(true);
      right = isRight();
    }
    if (!right) {
      Files.deleteIfExists(part);
      throw new HubException(
          file.path() + ": SHA-256 differs from the hub's " + sha256 + "; the file was removed");
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private boolean isThere() throws IOException {
    if (!Files.isRegularFile(target) || Files.size(target) != file.bytes()) {
      return false;
    }
    try (FileChannel channel = FileChannel.open(target, StandardOpenOption.READ)) {
      digest(channel);
    }
    return isRight();
  }

  /** Whether the bytes taken into the digest are the hub's; resets the digest. */
  private boolean isRight() {
    return HexFormat.of().formatHex(digest.digest()).equals(sha256);
  }

  private static FileLock lock(FileChannel channel, Path part) throws IOException {
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw new HubException(part + ": another download is writing it");
    }
    return lock;
  }

  /** Takes what is there into the digest, and leaves the position at its end. */
  private void digest(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    channel.position(0);
    while (channel.read(buffer) >= 0) {
      digest.update(buffer.flip());
      buffer.clear();
      progress.advanced(file.path(), channel.position(), file.bytes());
    }
  }

  private void requireSpace(Path part, long needed) throws IOException {
    long usable = Files.getFileStore(part).getUsableSpace();
    if (usable < needed) {
      throw new HubException(
          target + ": expected " + needed + " bytes of free space, found " + usable);
    }
  }

  /** Fetches what is missing; a cut connection is no error but for the last try. */
  private void fetch(FileChannel channel, int tries) throws IOException {
    long before = channel.position();
    HttpResponse<InputStream> response = client.open(reference, file.path(), before);
    try (InputStream body = response.body()) {
      HubClient.requireOk(response, reference + ": " + file.path());
      if (response.statusCode() == 200) {
        restart(channel);
      } else {
        requireRange(response, before);
      }
      copy(body, channel);
    } catch (HubException e) {
      throw e;
    } catch (IOException e) {
      giveUpAfter(tries, e);
    }
    if (channel.position() < file.bytes()) {
      giveUpAfter(tries, null);
    }
  }

  private void giveUpAfter(int tries, @Nullable IOException cause) throws IOException {
    if (tries >= MAX_TRIES || Thread.currentThread().isInterrupted()) {
      throw new IOException(
          file.path() + ": the connection was cut; the same command again continues", cause);
    }
  }

  private void restart(FileChannel channel) throws IOException {
    channel.truncate(0);
    channel.position(0);
    digest.reset();
  }

  private void requireRange(HttpResponse<?> response, long from) throws HubException {
    String range = response.headers().firstValue("content-range").orElse("");
    if (!range.startsWith("bytes " + from + "-")) {
      throw new HubException(
          file.path() + ": expected bytes from " + from + " on, found '" + range + "'");
    }
  }

  private void copy(InputStream body, FileChannel channel) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
      if (channel.position() + count > file.bytes()) {
        channel.truncate(0);
        throw new HubException(
            file.path() + ": expected " + file.bytes() + " bytes, the hub sends more");
      }
      ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, count);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      digest.update(buffer, 0, count);
      progress.advanced(file.path(), channel.position(), file.bytes());
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
