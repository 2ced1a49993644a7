// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.convert;

import dev.coterie.ModelFormatException;
import dev.coterie.engine.convert.ConversionPlan.Planned;
import dev.coterie.engine.quantize.Quantizer;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/** Encodes one tensor in slices of rows, several at a time, and hands them out in order. */
final class TensorEncoder {
  private static final int SLICE = 1 << 20;

  /** Takes the bytes of a tensor, one slice after the other. */
  interface Sink {
    void accept(byte[] slice) throws IOException;
  }

  private final Path path;
  private final ExecutorService workers;
  private final int ahead;
  private final Planned planned;
  private final Queue<Quantizer> idle = new ConcurrentLinkedQueue<>();

  /**
   * An encoder.
   *
   * @param path the source, for errors
   * @param workers who computes
   * @param ahead how many slices are computed at the same time
   * @param planned what to encode
   */
  TensorEncoder(Path path, ExecutorService workers, int ahead, Planned planned) {
    this.path = path;
    this.workers = workers;
    this.ahead = ahead;
    this.planned = planned;
  }

  void encode(Sink sink) throws IOException, InterruptedException {
    Deque<Future<byte[]>> pending = new ArrayDeque<>();
    try {
      List<Tensor> parts = planned.source().parts().get();
      for (int part = 0; part < parts.size(); part++) {
        Tensor tensor = parts.get(part);
        int step = Math.max(1, SLICE / tensor.columns());
        for (int row = 0; row < tensor.rows(); row += step) {
          int from = row;
          int to = Math.min(tensor.rows(), row + step);
          Callable<byte[]> task = () -> slice(tensor, from, to);
          pending.add(workers.submit(task));
          if (pending.size() >= ahead) {
            sink.accept(take(pending.remove()));
          }
        }
      }
      while (!pending.isEmpty()) {
        sink.accept(take(pending.remove()));
      }
    } finally {
      // the source may be closed next: nobody may be reading it then
      for (Future<byte[]> task : pending) {
        await(task);
      }
    }
  }

  private static byte[] take(Future<byte[]> task) throws InterruptedException {
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private static void await(Future<byte[]> task) {
    boolean interrupted = false;
    while (true) {
      try {
        task.get();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (ExecutionException e) {
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private byte[] slice(Tensor tensor, int from, int to) {
    int columns = tensor.columns();
    DataType type = planned.type();
    if (type == null || isCopy(tensor, type)) {
      long row = tensor.type().bytes(columns);
      MemorySegment slice = tensor.data().asSlice(from * row, (to - from) * row);
      return slice.toArray(ValueLayout.JAVA_BYTE);
    }
    float[] values = new float[(to - from) * columns];
    for (int row = from; row < to; row++) {
      tensor.decodeRow(planned.source().sourceRow(row), values, (row - from) * columns);
    }
    int unfit = Quantizer.findUnfit(type, values, 0, values.length);
    if (unfit >= 0) {
      throw new ModelFormatException(
          path,
          -1,
          "tensor '"
              + tensor.name()
              + "': "
              + values[unfit]
              + " at ["
              + (from + unfit / columns)
              + ", "
              + unfit % columns
              + "] cannot be encoded as "
              + type);
    }
    byte[] out = new byte[Math.toIntExact(type.bytes(values.length))];
    Quantizer quantizer = idle.poll();
    if (quantizer == null) {
      quantizer = Quantizer.of(type);
    }
    quantizer.quantize(values, 0, values.length, out, 0);
    idle.add(quantizer);
    return out;
  }

  /** Whether the source's blocks can be taken as they are. Floats are decoded, to look at them. */
  private boolean isCopy(Tensor tensor, DataType type) {
    return tensor.type() == type
        && tensor.scales() == null
        && planned.source().headRows() == 0
        && type.blockSize() > 1;
  }
}
