// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.convert;

import dev.coterie.Conversion;
import dev.coterie.ConvertOptions;
import dev.coterie.engine.convert.ConversionPlan.Part;
import dev.coterie.engine.convert.ConversionPlan.Planned;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.GgufHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.CRC32C;

/** Converts checkpoints to GGUF files. */
public final class Converter {
  /** How much is written before it is brought to disk and noted in the journal. */
  private static final long SYNC_BYTES = 64L << 20;

  private static final int BUFFER = 1 << 20;

  private final ConversionPlan plan;
  private final ConvertOptions options;
  private final Path target;
  private final int threads;
  private long done;

  private Converter(ConversionPlan plan, Path target, ConvertOptions options) {
    this.plan = plan;
    this.options = options;
    this.target = target;
    int wanted = options.threads();
    this.threads = wanted == 0 ? Runtime.getRuntime().availableProcessors() : wanted;
  }

  /**
   * What a conversion would write.
   *
   * @param checkpoint the source
   * @param target the file to write
   * @param options how
   * @return files, sizes and types
   * @throws IOException if a file of the source cannot be read
   */
  public static Conversion plan(Checkpoint checkpoint, Path target, ConvertOptions options)
      throws IOException {
    return ConversionPlan.of(checkpoint, target, options).conversion();
  }

  /**
   * Converts.
   *
   * @param checkpoint the source
   * @param target the file to write
   * @param options how
   * @return what was written
   * @throws IOException if a file cannot be written, there is not enough space, or the target
   *     exists
   * @throws CancellationException if it was cancelled
   */
  public static Conversion convert(Checkpoint checkpoint, Path target, ConvertOptions options)
      throws IOException {
    ConversionPlan plan = ConversionPlan.of(checkpoint, target, options);
    new Converter(plan, target, options).run();
    return plan.conversion();
  }

  private void run() throws IOException {
    try (Journal journal = Journal.open(target, plan)) {
      refuseExisting(journal);
      if (!journal.continued()) {
        for (Part part : plan.parts()) {
          Files.deleteIfExists(unfinished(part));
        }
      }
      boolean keep = false;
      try {
        checkSpace();
        write(journal);
        finish(journal);
        keep = true;
      } catch (IOException | CancellationException e) {
        keep = true;
        throw e;
      } finally {
        if (!keep) {
          for (Part part : plan.parts()) {
            Files.deleteIfExists(unfinished(part));
          }
          journal.delete();
        }
      }
    }
  }

  private static Path unfinished(Part part) {
    return part.file().resolveSibling(part.file().getFileName() + ".part");
  }

  /** Whether an earlier run of this conversion wrote a part and gave it its name. */
  private static boolean isNamed(Part part, Journal journal) throws IOException {
    return journal.continued()
        && Files.notExists(unfinished(part))
        && Files.exists(part.file())
        && Files.size(part.file()) == part.bytes()
        && part.tensors().stream().allMatch(t -> journal.checksum(t.source().name()) != null);
  }

  private void refuseExisting(Journal journal) throws IOException {
    for (Part part : plan.parts()) {
      if (Files.exists(part.file()) && !options.overwrite() && !isNamed(part, journal)) {
        if (!journal.continued()) {
          journal.delete();
        }
        throw new FileAlreadyExistsException(part.file() + ": the file exists");
      }
    }
  }

  private void checkSpace() throws IOException {
    long present = 0;
    for (Part part : plan.parts()) {
      present += Files.exists(unfinished(part)) ? Files.size(unfinished(part)) : 0;
    }
    long needed = plan.bytes() - present;
    Path directory = target.toAbsolutePath().getParent();
    long free = Files.getFileStore(directory == null ? target : directory).getUsableSpace();
    if (needed > free) {
      throw new IOException(
          target + ": needs " + needed + " bytes more, but only " + free + " are free there");
    }
  }

  private void write(Journal journal) throws IOException {
    ExecutorService workers =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().name("coterie-convert-", 0).daemon().factory());
    try {
      for (Part part : plan.parts()) {
        writePart(part, journal, workers);
      }
    } finally {
      workers.shutdown();
    }
  }

  private void writePart(Part part, Journal journal, ExecutorService workers) throws IOException {
    if (isNamed(part, journal) && isIntact(part, journal)) {
      done += part.bytes();
      return;
    }
    try (FileChannel channel =
        FileChannel.open(
            unfinished(part),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      Map<String, Integer> unsynced = new LinkedHashMap<>();
      long unsyncedBytes = 0;
      writeFully(channel, ByteBuffer.wrap(part.header()), 0);
      done += part.header().length;
      for (Planned tensor : part.tensors()) {
        String name = tensor.source().name();
        Integer noted = journal.checksum(name);
        if (noted == null || noted != checksum(channel, tensor)) {
          unsynced.put(name, writeTensor(channel, tensor, workers));
          unsyncedBytes += tensor.bytes();
        }
        done += GgufHeader.aligned(tensor.bytes());
        progress(name, 0);
        if (unsyncedBytes >= SYNC_BYTES) {
          sync(channel, journal, unsynced);
          unsyncedBytes = 0;
        }
      }
      sync(channel, journal, unsynced);
      if (channel.size() > part.bytes()) {
        channel.truncate(part.bytes());
      }
    }
  }

  private boolean isIntact(Part part, Journal journal) throws IOException {
    try (FileChannel channel = FileChannel.open(part.file(), StandardOpenOption.READ)) {
      for (Planned tensor : part.tensors()) {
        Integer noted = journal.checksum(tensor.source().name());
        if (noted == null || noted != checksum(channel, tensor)) {
          return false;
        }
      }
    }
    return true;
  }

  private static void sync(FileChannel channel, Journal journal, Map<String, Integer> unsynced)
      throws IOException {
    channel.force(true);
    for (Map.Entry<String, Integer> tensor : unsynced.entrySet()) {
      journal.add(tensor.getKey(), tensor.getValue());
    }
    unsynced.clear();
  }

  private int writeTensor(FileChannel channel, Planned tensor, ExecutorService workers)
      throws IOException {
    CRC32C checksum = new CRC32C();
    long[] at = {0};
    try {
      new TensorEncoder(plan.source().path(), workers, threads + 1, tensor)
          .encode(
              slice -> {
                checksum.update(slice);
                writeFully(channel, ByteBuffer.wrap(slice), tensor.offset() + at[0]);
                at[0] += slice.length;
                progress(tensor.source().name(), at[0]);
              });
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
    int padding = (int) (GgufHeader.aligned(tensor.bytes()) - tensor.bytes());
    writeFully(channel, ByteBuffer.allocate(padding), tensor.offset() + at[0]);
    return (int) checksum.getValue();
  }

  /** The checksum of a tensor's bytes in the file; of fewer if the file ends before. */
  private int checksum(FileChannel channel, Planned tensor) throws IOException {
    CRC32C checksum = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    for (long at = 0; at < tensor.bytes(); ) {
      buffer.clear().limit((int) Math.min(BUFFER, tensor.bytes() - at));
      int read = channel.read(buffer, tensor.offset() + at);
      if (read < 0) {
        break;
      }
      checksum.update(buffer.flip());
      at += read;
      checkCancelled();
    }
    return (int) checksum.getValue();
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes, long position)
      throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  private void progress(String tensor, long bytes) {
    options.listener().progress(tensor, done + bytes, plan.bytes());
    checkCancelled();
  }

  private void checkCancelled() {
    if (options.cancelled().getAsBoolean()) {
      throw new CancellationException("conversion was cancelled");
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("interrupted");
    }
  }

  /** Gives the files their names, the first, by which a model is loaded, at last. */
  private void finish(Journal journal) throws IOException {
    List<Part> backwards = plan.parts().reversed();
    for (Part part : backwards) {
      if (Files.exists(unfinished(part))) {
        Files.move(
            unfinished(part),
            part.file(),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    journal.delete();
  }
}
