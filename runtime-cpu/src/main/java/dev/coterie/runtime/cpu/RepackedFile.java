// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.RepackCache;
import dev.coterie.runtime.cpu.WeightPlan.Slot;
import dev.coterie.spi.WeightCache;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that keeps packed weights: a header, then the weights as they lie in memory.
 *
 * <p>The header says everything that decides the bytes behind it: the version of the layouts, what
 * files the weights come from, and each matrix with its type, layout, size and place. So a load
 * knows what header to expect, and a file is taken only if it has exactly that and is as long as it
 * says. The name is a digest of the header. The header is written last, behind weights that are on
 * disk, and the file gets its name after that; from then on nobody changes it.
 */
final class RepackedFile {
  /** To be raised when the bytes of any {@link Layout}, or their order, change. */
  static final int VERSION = 1;

  /** Opens a new file for writing; tests make it fail. */
  interface Opener {
    FileChannel open(Path path, FileAttribute<?>... attributes) throws IOException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(RepackedFile.class);
  private static final String MAGIC = "coterie repacked weights\n";
  private static final int PAGE_BYTES = 4096;
  private static final int PIECE_BYTES = 4 << 20;
  private static final long FLUSH_BYTES = 64L << 20;
  private static final int SPARE_PART = 8; // of the file's size, left free on the disk

  private final RepackCache place;
  private final Path path;
  private final byte[] header; // whole pages
  private final long weightBytes;
  private final Opener opener;

  RepackedFile(WeightCache cache, WeightPlan plan, Opener opener) {
    place = cache.place();
    header = header(cache.identity(), plan);
    path = place.file(cache.model(), digest(header));
    weightBytes = plan.bytes();
    this.opener = opener;
  }

  /** The file for some weights; null if such are not kept. */
  static @Nullable RepackedFile of(@Nullable WeightCache cache, WeightPlan plan) {
    return cache == null || plan.bytes() < RepackCache.leastBytes()
        ? null
        : new RepackedFile(cache, plan, RepackedFile::create);
  }

  private static FileChannel create(Path path, FileAttribute<?>... attributes) throws IOException {
    return FileChannel.open(
        path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes);
  }

  private static byte[] header(String identity, WeightPlan plan) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeBytes(MAGIC);
      out.writeInt(VERSION);
      text(out, identity);
      out.writeLong(plan.bytes());
      out.writeInt(plan.slots().size());
      for (Slot slot : plan.slots()) {
        text(out, slot.tensor().name());
        text(out, slot.tensor().type().name());
        text(out, slot.layout().name());
        out.writeInt(slot.tensor().rows());
        out.writeInt(slot.tensor().columns());
        out.writeLong(slot.offset());
        out.writeLong(slot.bytes());
      }
    } catch (IOException e) { // memory takes every byte
      throw new AssertionError(e);
    }
    int pages = Math.ceilDiv(bytes.size(), PAGE_BYTES);
    return Arrays.copyOf(bytes.toByteArray(), pages * PAGE_BYTES);
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String digest(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) { // every Java platform has it
      throw new AssertionError(e);
    }
  }

  Path path() {
    return path;
  }

  /** Whether it is to be compared with the tensors in full. */
  boolean verifies() {
    return place.verify();
  }

  private long fileBytes() {
    return header.length + weightBytes;
  }

  /**
   * Maps the weights.
   *
   * @param arena unmaps them
   * @return the weights, read-only; null if the file is not there or was discarded
   */
  @Nullable MemorySegment map(Arena arena) {
    if (!Files.isRegularFile(path)) { // a pipe would block
      return null;
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() != fileBytes()) {
        discard("expected " + fileBytes() + " bytes, found " + channel.size());
        return null;
      }
      if (!hasHeader(channel)) {
        discard("expected the header of this model's weights, found another");
        return null;
      }
      return channel.map(FileChannel.MapMode.READ_ONLY, header.length, weightBytes, arena);
    } catch (NoSuchFileException e) { // it was removed meanwhile
      return null;
    } catch (IOException e) {
      LOG.warn("{}: cannot be read: {}", path, e.getMessage());
      return null;
    }
  }

  private boolean hasHeader(FileChannel channel) throws IOException {
    ByteBuffer found = ByteBuffer.allocate(header.length);
    while (found.hasRemaining() && channel.read(found) >= 0) {}
    return Arrays.equals(found.array(), header);
  }

  /** Removes a file that is not what it should be. */
  void discard(String reason) {
    LOG.warn("{}: {}; repacking the weights", path, reason);
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) { // it will be refused again
      LOG.debug("{}: {}", path, e.toString());
    }
  }

  /** Notes that the file is used, so that others are removed before it. */
  void touch() {
    try {
      Files.setLastModifiedTime(path, FileTime.from(Instant.now()));
    } catch (IOException e) { // a folder that cannot be written keeps what it has
      LOG.debug("{}: {}", path, e.toString());
    }
  }

  /**
   * Writes the file.
   *
   * @param weights the packed weights
   * @param stopped ends the writing when it becomes true; nothing stays behind
   * @throws IOException if the file cannot be written; nothing stays behind
   */
  void write(MemorySegment weights, BooleanSupplier stopped) throws IOException {
    Path folder = place.folder();
    Files.createDirectories(folder, permissions(folder, "rwx------"));
    if (Files.exists(path)) { // another load has written it meanwhile
      return;
    }
    if (!place.makeRoom(fileBytes())) {
      LOG.info(
          "{}: repacked weights are not kept: they take {} bytes, and -Dcoterie.cache.limit is {}",
          path,
          fileBytes(),
          RepackCache.limitBytes());
      return;
    }
    long usable = Files.getFileStore(folder).getUsableSpace();
    long wanted = fileBytes() + fileBytes() / SPARE_PART;
    if (usable < wanted) {
      throw new FileSystemException(
          path.toString(), null, "expected " + wanted + " bytes free, found " + usable);
    }
    Path unfinished = RepackCache.unfinished(path, UUID.randomUUID().toString());
    try (FileChannel channel = opener.open(unfinished, permissions(folder, "rw-------"))) {
      channel.tryLock(); // tells others that somebody still writes
      if (writeAll(channel, weights, stopped)) {
        Files.move(
            unfinished, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        LOG.info("repacked weights are kept in {}", path);
      }
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /** Returns whether it came to the end. */
  private boolean writeAll(FileChannel channel, MemorySegment weights, BooleanSupplier stopped)
      throws IOException {
    long flushed = 0;
    channel.position(header.length);
    for (long at = 0; at < weightBytes; at += PIECE_BYTES) {
      if (stopped.getAsBoolean()) {
        return false;
      }
      long bytes = Math.min(PIECE_BYTES, weightBytes - at);
      writeFully(channel, weights.asSlice(at, bytes).asByteBuffer());
      if (at + bytes - flushed >= FLUSH_BYTES) { // so that no flush takes long
        channel.force(false);
        flushed = at + bytes;
      }
    }
    channel.force(false);
    channel.position(0);
    writeFully(channel, ByteBuffer.wrap(header));
    channel.force(true);
    return true;
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static FileAttribute<?>[] permissions(Path folder, String permissions) {
    return folder.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }
}
