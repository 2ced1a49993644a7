// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Operation.Activation;
import dev.coterie.spi.Operation.Activation.ShiftedSwiglu;
import dev.coterie.spi.Operation.Activation.Swiglu;
import dev.coterie.spi.Operation.Experts;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A mixture of experts in four steps: rows are dispatched to slots, grouped by expert, so that each
 * expert's weights are read once a batch; gate and up projection with the activation; down
 * projection; and the weighted sum of each row's slots.
 */
final class ExpertSteps {
  /** How many units each thread should get, so that a slow thread can be helped out. */
  private static final int UNITS_PER_THREAD = 4;

  private final Experts experts;
  private final int used;
  private final Buffer input;
  private final Buffer routing; // [rows, 2 · used]
  private final Buffer output;
  private final Buffer hidden; // [slots, intermediate]
  private final Buffer up; // [slots, intermediate]
  private final Buffer results; // [slots, width]
  private final boolean preparesInput; // for gate and up projection
  private final boolean preparesHidden; // for the down projection
  private final @Nullable Prepared gathered; // the slots' inputs, each expert's from a tile on
  private final int tileRows;
  private final int[] start; // [experts + 1]: each expert's first slot
  private final int[] preparedStart; // [experts]: each expert's first prepared row
  private final int[] slotExpert; // [slots]
  private final int[] active; // the experts that have slots
  private final int[] slotRow; // [slots]
  private final float[] slotWeight; // [slots]
  private final int[] rowSlot; // [rows, used]
  private final int firstCount; // where this mixture's experts begin in a segment's counts
  private int numActive;

  /** Finds room that the layers of a model share: its use, its width, its rows. */
  interface Room {
    Buffer find(String use, int width, int rows);

    /** The same for prepared rows. */
    Prepared prepared(String use, int width, int rows);
  }

  ExpertSteps(
      Experts experts,
      Buffer input,
      Buffer routing,
      Buffer output,
      boolean preparesInput,
      boolean preparesHidden,
      int tileRows,
      int maxRows,
      int firstCount,
      HeapMemory heap,
      Room room) {
    this.experts = experts;
    used = experts.routing().width() / 2;
    this.firstCount = firstCount;
    this.input = input;
    this.routing = routing;
    this.output = output;
    int slots = Math.multiplyExact(maxRows, used);
    hidden = room.find("hidden", experts.intermediate(), slots);
    up = room.find("up", experts.intermediate(), slots);
    results = room.find("results", experts.output().width(), slots);
    this.preparesInput = preparesInput;
    this.preparesHidden = preparesHidden;
    this.tileRows = tileRows;
    // each expert's last tile may be all but empty
    int size = experts.gate().size();
    int rows = Math.addExact(slots, Math.multiplyExact(Math.min(size, slots), tileRows - 1));
    gathered = preparesInput ? room.prepared("gathered", experts.input().width(), rows) : null;
    if (preparesHidden && hidden.prepared == null) {
      hidden.prepared = room.prepared("hidden", experts.intermediate(), rows);
    }
    start = heap.ints(size + 1);
    preparedStart = heap.ints(size);
    slotExpert = heap.ints(slots);
    active = heap.ints(size);
    slotRow = heap.ints(slots);
    slotWeight = heap.floats(slots);
    rowSlot = heap.ints(slots);
  }

  /** The steps, in order. */
  List<Step> steps(
      List<PackedMatrix> gate,
      List<PackedMatrix> upward,
      List<PackedMatrix> down,
      float[] gateBias,
      float[] upBias,
      float[] downBias,
      int threads) {
    List<Step> steps = new ArrayList<>();
    steps.add(new Dispatch());
    if (preparesInput) {
      steps.add(new Gather());
    }
    steps.add(new GateAndUp(gate, upward, gateBias, upBias, chunk(gate.getFirst(), threads)));
    steps.add(new Down(down, downBias, chunk(down.getFirst(), threads)));
    steps.add(new Combine());
    return steps;
  }

  /** Row groups a unit, so that a single row's experts give each thread some units. */
  private int chunk(PackedMatrix matrix, int threads) {
    int unitsPerExpert = Math.max(1, threads * UNITS_PER_THREAD / used);
    return Math.ceilDiv(Math.ceilDiv(matrix.groups(), unitsPerExpert), 2) * 2;
  }

  /** Counts and places the rows of each expert. One unit: it is little work. */
  private final class Dispatch implements Step {
    @Override
    public int units(Run run) {
      return 1;
    }

    @Override
    public void execute(Run run, int unit, Worker worker) {
      int rows = run.rows();
      Arrays.fill(start, 0);
      for (int row = 0; row < rows; row++) {
        int[] counts = run.batch.expertCounts(run.batch.segmentOf(row));
        for (int k = 0; k < used; k++) {
          int e = expert(row, k);
          start[e + 1]++;
          if (counts != null) {
            counts[firstCount + e]++;
          }
        }
      }
      numActive = 0;
      int tiles = 0;
      for (int e = 0; e < active.length; e++) {
        if (start[e + 1] > 0) {
          active[numActive++] = e;
          preparedStart[e] = tiles * tileRows;
          tiles += Math.ceilDiv(start[e + 1], tileRows);
        }
        start[e + 1] += start[e];
      }
      for (int row = 0; row < rows; row++) {
        for (int k = 0; k < used; k++) {
          int e = expert(row, k);
          int slot = start[e]++;
          slotExpert[slot] = e;
          slotRow[slot] = row;
          slotWeight[slot] = routing.data[row * routing.stride + used + k];
          rowSlot[row * used + k] = slot;
        }
      }
      System.arraycopy(start, 0, start, 1, active.length); // each is now the next one's first
      start[0] = 0;
    }

    private int expert(int row, int k) {
      return (int) routing.data[row * routing.stride + k];
    }
  }

  /** Prepares the slots' inputs. A unit is a slot. */
  private final class Gather implements Step {
    @Override
    public int units(Run run) {
      return run.rows() * used;
    }

    @Override
    public void execute(Run run, int slot, Worker worker) {
      int e = slotExpert[slot];
      int width = experts.input().width();
      long at = (long) slotRow[slot] * input.stride;
      MemorySegment x = input.segment;
      if (experts.weightsInput()) {
        Buffer row = worker.row(input.stride);
        for (int k = 0; k < width; k++) {
          row.data[k] = input.data[(int) at + k] * slotWeight[slot];
        }
        x = row.segment;
        at = 0;
      }
      Prepared to = Objects.requireNonNull(gathered);
      int rows = start[e + 1] - start[e];
      worker.kernels.prepare(x, at, to, preparedStart[e], rows, slot - start[e], 0, width);
    }
  }

  /** Gate and up projection and the activation. A unit is an expert and a range of row groups. */
  private final class GateAndUp implements Step {
    private final List<PackedMatrix> gate;
    private final List<PackedMatrix> upward;
    private final float[] gateBias;
    private final float[] upBias;
    private final int chunk;
    private final int chunks;

    GateAndUp(
        List<PackedMatrix> gate,
        List<PackedMatrix> upward,
        float[] gateBias,
        float[] upBias,
        int chunk) {
      this.gate = gate;
      this.upward = upward;
      this.gateBias = gateBias;
      this.upBias = upBias;
      this.chunk = chunk;
      chunks = Math.ceilDiv(gate.getFirst().groups(), chunk);
    }

    @Override
    public int units(Run run) {
      return numActive * chunks;
    }

    @Override
    public void execute(Run run, int unit, Worker worker) {
      int e = active[unit / chunks];
      int from = unit % chunks * chunk;
      int to = Math.min(from + chunk, gate.get(e).groups());
      int slot = start[e];
      int rows = start[e + 1] - slot;
      if (preparesInput) {
        multiply(gate.get(e), gateBias, e, gathered, rows, hidden, slot, from, to, worker);
        multiply(upward.get(e), upBias, e, gathered, rows, up, slot, from, to, worker);
      } else {
        float[] x = input.data;
        int offset = slotRow[slot] * input.stride;
        if (rows > 1 || experts.weightsInput()) {
          x = gather(slot, rows, worker);
          offset = 0;
        }
        multiply(gate.get(e), gateBias, e, x, offset, rows, hidden, slot, from, to, worker);
        multiply(upward.get(e), upBias, e, x, offset, rows, up, slot, from, to, worker);
      }
      int first = from * Layout.GROUP_ROWS;
      int count = (to - from) * Layout.GROUP_ROWS;
      if (preparesHidden && experts.activation() instanceof Swiglu(float limit)) {
        worker.kernels.swiGluAndPrepare(
            limit,
            hidden.data,
            up.data,
            slot * hidden.stride + first,
            hidden.stride,
            hidden.segment,
            Objects.requireNonNull(hidden.prepared),
            preparedStart[e],
            rows,
            first,
            count,
            worker.scratch);
        return;
      }
      for (int i = 0; i < rows; i++) {
        int at = (slot + i) * hidden.stride + first;
        activate(at, count, worker);
        if (preparesHidden) {
          Prepared out = Objects.requireNonNull(hidden.prepared);
          worker.kernels.prepare(hidden.segment, at, out, preparedStart[e], rows, i, first, count);
        }
      }
    }

    private float[] gather(int slot, int rows, Worker worker) {
      int width = experts.input().width();
      float[] x = worker.temporary(rows * input.stride);
      for (int i = 0; i < rows; i++) {
        System.arraycopy(input.data, slotRow[slot + i] * input.stride, x, i * input.stride, width);
        if (experts.weightsInput()) {
          for (int k = 0; k < width; k++) {
            x[i * input.stride + k] *= slotWeight[slot + i];
          }
        }
      }
      return x;
    }

    private void activate(int at, int count, Worker worker) {
      Activation activation = experts.activation();
      switch (activation) {
        case Swiglu(float limit) ->
            worker.kernels.swiGlu(
                limit, hidden.data, at, up.data, at, hidden.data, at, count, worker.scratch);
        case ShiftedSwiglu(float alpha, float limit) -> {
          for (int i = at; i < at + count; i++) {
            float g = Math.min(hidden.data[i], limit);
            float u = Math.max(-limit, Math.min(up.data[i], limit));
            hidden.data[i] = (float) (g / (1 + Math.exp(-alpha * g))) * (u + 1);
          }
        }
      }
    }
  }

  /** The down projection. A unit is an expert and a range of row groups. */
  private final class Down implements Step {
    private final List<PackedMatrix> down;
    private final float[] bias;
    private final int chunk;
    private final int chunks;

    Down(List<PackedMatrix> down, float[] bias, int chunk) {
      this.down = down;
      this.bias = bias;
      this.chunk = chunk;
      chunks = Math.ceilDiv(down.getFirst().groups(), chunk);
    }

    @Override
    public int units(Run run) {
      return numActive * chunks;
    }

    @Override
    public void execute(Run run, int unit, Worker worker) {
      int e = active[unit / chunks];
      int from = unit % chunks * chunk;
      int to = Math.min(from + chunk, down.get(e).groups());
      int slot = start[e];
      int rows = start[e + 1] - slot;
      if (preparesHidden) {
        multiply(down.get(e), bias, e, hidden.prepared, rows, results, slot, from, to, worker);
        return;
      }
      int offset = slot * hidden.stride;
      multiply(down.get(e), bias, e, hidden.data, offset, rows, results, slot, from, to, worker);
    }
  }

  /** {@code y = W x + bias} for the slots of one expert, whose inputs are prepared. */
  private void multiply(
      PackedMatrix w,
      float[] bias,
      int expert,
      @Nullable Prepared x,
      int rows,
      Buffer y,
      int slot,
      int fromGroup,
      int toGroup,
      Worker worker) {
    int from = fromGroup * Layout.GROUP_ROWS;
    int to = Math.min(toGroup * Layout.GROUP_ROWS, w.rows());
    for (int i = slot; i < slot + rows && bias.length > 0; i++) {
      System.arraycopy(bias, expert * w.rows() + from, y.data, i * y.stride + from, to - from);
    }
    worker.kernels.linear(
        w,
        Objects.requireNonNull(x),
        preparedStart[expert],
        rows,
        y.segment,
        (long) slot * y.stride,
        y.stride,
        bias.length > 0,
        fromGroup,
        toGroup);
  }

  /** {@code y = W x + bias} for the slots of one expert. */
  private static void multiply(
      PackedMatrix w,
      float[] bias,
      int expert,
      float[] x,
      int xOffset,
      int rows,
      Buffer y,
      int slot,
      int fromGroup,
      int toGroup,
      Worker worker) {
    int from = fromGroup * Layout.GROUP_ROWS;
    int to = Math.min(toGroup * Layout.GROUP_ROWS, w.rows());
    for (int i = slot; i < slot + rows; i++) {
      int at = i * y.stride;
      if (bias.length == 0) {
        Arrays.fill(y.data, at + from, at + to, 0);
      } else {
        System.arraycopy(bias, expert * w.rows() + from, y.data, at + from, to - from);
      }
    }
    worker.kernels.linear(
        w,
        x,
        xOffset,
        Buffer.padded(w.columns()),
        rows,
        y.data,
        slot * y.stride,
        y.stride,
        fromGroup,
        toGroup,
        worker.scratch);
  }

  /** The sum of each row's slots, in the order of its routing. */
  private final class Combine implements RowSteps.RowStep {
    @Override
    public void row(Run run, int row, Worker worker) {
      int to = row * output.stride;
      int width = experts.output().width();
      Arrays.fill(output.data, to, to + width, 0);
      for (int k = 0; k < used; k++) {
        int slot = rowSlot[row * used + k];
        float weight = experts.weightsInput() ? 1 : slotWeight[slot];
        int from = slot * results.stride;
        for (int i = 0; i < width; i++) {
          output.data[to + i] += weight * results.data[from + i];
        }
      }
    }
  }
}
