// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that writes packed weights to their file while the model is already in use. */
final class RepackWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RepackWriter.class);

  private final RepackedFile file;
  private final MemorySegment weights;
  private final Thread thread;
  private volatile boolean stopped;

  private RepackWriter(RepackedFile file, MemorySegment weights) {
    this.file = file;
    this.weights = weights;
    thread = Thread.ofPlatform().name("coterie-repack-writer").daemon().unstarted(this::write);
  }

  static RepackWriter start(RepackedFile file, MemorySegment weights) {
    RepackWriter writer = new RepackWriter(file, weights);
    writer.thread.start();
    return writer;
  }

  private void write() {
    try {
      file.write(weights, () -> stopped);
    } catch (IOException e) {
      report(e);
    } catch (RuntimeException | Error e) {
      LOG.warn("{}: repacked weights are not kept", file.path(), e);
    }
  }

  private void report(IOException e) {
    boolean readOnly =
        e instanceof AccessDeniedException
            || (e instanceof FileSystemException system
                && String.valueOf(system.getReason()).contains("Read-only file system"));
    if (readOnly) {
      LOG.info("{}: repacked weights are not kept: the folder is read-only", file.path());
    } else {
      LOG.warn(
          "{}: repacked weights are not kept: {}; make room there, or set -Dcoterie.cache.dir to"
              + " another folder, or -Dcoterie.cache.disable=true",
          file.path(),
          e instanceof FileSystemException ? e.toString() : e.getMessage());
    }
  }

  /** Stops the thread if it still writes, and waits for its end. */
  @Override
  public void close() {
    stopped = true;
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
