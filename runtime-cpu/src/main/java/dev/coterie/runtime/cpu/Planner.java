// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Operation.Add;
import dev.coterie.spi.Operation.Attention;
import dev.coterie.spi.Operation.Embed;
import dev.coterie.spi.Operation.Linear;
import dev.coterie.spi.Operation.Logits;
import dev.coterie.spi.Operation.RmsNorm;
import dev.coterie.spi.Operation.Rope;
import dev.coterie.spi.Operation.SwiGlu;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/**
 * Turns a graph into steps: joins operations that one barrier can serve, and lets values share
 * buffers.
 *
 * <ul>
 *   <li>linear operations on the same input become one step;
 *   <li>gate and up projection become one step with the SwiGLU that follows them;
 *   <li>a linear operation whose result is only added to a value that dies there adds to it in
 *       place;
 *   <li>rotations before an attention go into the step that writes the cache.
 * </ul>
 */
final class Planner {
  private final List<Operation> operations;
  private final Limits limits;
  private final Function<Tensor, PackedMatrix> matrices;
  private final int threads;
  private final Map<Value, Integer> uses = new HashMap<>();
  private final Map<Value, Integer> lastUse = new HashMap<>();
  private final Map<Value, Buffer> buffers = new HashMap<>();
  private final List<Buffer> free = new ArrayList<>();
  private final List<RowSteps.Angles> angles = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final PagedCache cache;
  private long bytes;
  private int maxHeadSize = 1;
  private int vocabulary;

  Planner(
      Graph graph,
      Limits limits,
      Function<Tensor, PackedMatrix> matrices,
      int threads,
      Arena arena) {
    operations = graph.operations();
    this.limits = limits;
    this.matrices = matrices;
    this.threads = threads;
    PagedCache.Shape[] shapes = new PagedCache.Shape[graph.layers()];
    for (int i = 0; i < operations.size(); i++) {
      for (Value input : operations.get(i).inputs()) {
        uses.merge(input, 1, Integer::sum);
        lastUse.put(input, i);
      }
      if (operations.get(i) instanceof Attention attention) {
        shapes[attention.layer()] =
            new PagedCache.Shape(attention.keyValueHeads(), attention.headSize());
        maxHeadSize = Math.max(maxHeadSize, attention.headSize());
      }
    }
    for (int layer = 0; layer < shapes.length; layer++) {
      Objects.requireNonNull(shapes[layer], "no attention for layer " + layer);
    }
    cache = new PagedCache(shapes, limits.cacheType(), limits.cacheBlocks(), arena);
  }

  /** The steps, in order. Called once, before the other results are asked for. */
  List<Step> plan() {
    int i = 0;
    while (i < operations.size()) {
      int next = join(i);
      release(i, next);
      i = next;
    }
    List<Step> all = new ArrayList<>(angles);
    all.addAll(steps);
    return all;
  }

  PagedCache cache() {
    return cache;
  }

  int maxHeadSize() {
    return maxHeadSize;
  }

  int vocabulary() {
    return vocabulary;
  }

  /** The memory of the buffers. */
  long bytes() {
    return bytes;
  }

  /** Plans one operation or several that go together; returns the index of the next. */
  private int join(int i) {
    switch (operations.get(i)) {
      case Embed embed -> steps.add(new RowSteps.Embed(embed.table(), output(embed)));
      case RmsNorm norm ->
          steps.add(
              new RowSteps.RmsNorm(
                  buffer(norm.input()), vector(norm.weight()), norm.epsilon(), output(norm)));
      case Linear linear -> {
        return linear(i, linear);
      }
      case Rope _ -> {
        return ropes(i);
      }
      case Attention attention -> attention(List.of(), attention);
      case SwiGlu swiGlu -> elementwise(true, swiGlu.gate(), swiGlu.up(), swiGlu.output());
      case Add add -> elementwise(false, add.left(), add.right(), add.output());
      case Logits logits -> logits(logits);
    }
    return i + 1;
  }

  private int linear(int i, Linear first) {
    List<Linear> run = new ArrayList<>();
    while (i + run.size() < operations.size()
        && operations.get(i + run.size()) instanceof Linear linear
        && linear.input().equals(first.input())) {
      run.add(linear);
    }
    int next = i + run.size();
    Buffer input = buffer(first.input());
    if (run.size() == 2
        && next < operations.size()
        && operations.get(next) instanceof SwiGlu swiGlu
        && swiGlu.gate().equals(run.get(0).output())
        && swiGlu.up().equals(run.get(1).output())
        && usedOnce(swiGlu.gate())
        && usedOnce(swiGlu.up())) {
      Buffer gate = output(run.get(0));
      Buffer up = output(run.get(1));
      steps.add(step(input, List.of(product(run.get(0), gate), product(run.get(1), up)), true));
      buffers.put(swiGlu.output(), gate);
      return next + 1;
    }
    if (run.size() == 1
        && next < operations.size()
        && operations.get(next) instanceof Add add
        && usedOnce(first.output())) {
      Value other = add.left().equals(first.output()) ? add.right() : add.left();
      if (add.inputs().contains(first.output())
          && !other.equals(first.output())
          && Integer.valueOf(next).equals(lastUse.get(other))
          && buffer(other) != input
          && first.bias() == null) {
        Buffer target = buffer(other);
        steps.add(
            step(
                input,
                List.of(new LinearStep.Product(matrices.apply(first.weight()), null, target, true)),
                false));
        buffers.put(add.output(), target);
        return next + 1;
      }
    }
    List<LinearStep.Product> products = new ArrayList<>();
    for (Linear linear : run) {
      products.add(product(linear, output(linear)));
    }
    steps.add(step(input, products, false));
    return next;
  }

  private LinearStep step(Buffer input, List<LinearStep.Product> products, boolean swiGlu) {
    return new LinearStep(input, products, swiGlu, false, threads);
  }

  private LinearStep.Product product(Linear linear, Buffer output) {
    return new LinearStep.Product(
        matrices.apply(linear.weight()),
        linear.bias() == null ? null : vector(linear.bias()),
        output,
        false);
  }

  private boolean usedOnce(Value value) {
    return Integer.valueOf(1).equals(uses.get(value));
  }

  private int ropes(int i) {
    List<RowSteps.Rope> ropes = new ArrayList<>();
    int next = i;
    while (next < operations.size() && operations.get(next) instanceof Rope rope) {
      boolean inPlace = Integer.valueOf(next).equals(lastUse.get(rope.input()));
      Buffer input = buffer(rope.input());
      if (inPlace) {
        buffers.put(rope.output(), input);
      }
      float[] frequencies = rope.frequencies();
      ropes.add(
          new RowSteps.Rope(
              rope,
              angles(frequencies, rope.magnitude()),
              frequencies.length,
              input,
              inPlace ? input : output(rope)));
      next++;
    }
    if (next < operations.size() && operations.get(next) instanceof Attention attention) {
      attention(ropes, attention);
      return next + 1;
    }
    steps.addAll(ropes);
    return next;
  }

  private Buffer angles(float[] frequencies, float magnitude) {
    for (RowSteps.Angles known : angles) {
      if (known.magnitude() == magnitude && Arrays.equals(known.frequencies(), frequencies)) {
        return known.output();
      }
    }
    Buffer output = allocate(2 * frequencies.length);
    angles.add(new RowSteps.Angles(frequencies, magnitude, output));
    return output;
  }

  private void attention(List<RowSteps.Rope> ropes, Attention attention) {
    steps.add(
        new RowSteps.Store(
            ropes, attention, buffer(attention.key()), buffer(attention.value()), cache));
    steps.add(new AttendStep(attention, buffer(attention.query()), output(attention), cache));
  }

  private void elementwise(boolean swiGlu, Value left, Value right, Value output) {
    steps.add(
        new RowSteps.Elementwise(
            swiGlu, buffer(left), buffer(right), output.width(), place(output)));
  }

  private void logits(Logits logits) {
    PackedMatrix weight = matrices.apply(logits.weight());
    vocabulary = weight.rows();
    Buffer gathered = allocate(logits.input().width());
    steps.add(new RowSteps.Gather(buffer(logits.input()), logits.input().width(), gathered));
    int padded = Buffer.padded(vocabulary);
    Buffer output = padded == vocabulary ? new Buffer(0, padded) : allocate(vocabulary);
    steps.add(
        new LinearStep(
            gathered,
            List.of(new LinearStep.Product(weight, null, output, false)),
            false,
            true,
            threads));
  }

  private static float[] vector(Tensor tensor) {
    float[] values = new float[tensor.columns()];
    tensor.decodeRow(0, values, 0);
    return values;
  }

  private Buffer buffer(Value value) {
    Buffer buffer = buffers.get(value);
    if (buffer == null) {
      throw new IllegalArgumentException(
          "value '" + value.name() + "' is used before an operation makes it");
    }
    return buffer;
  }

  private Buffer output(Operation operation) {
    return place(operation.output());
  }

  private Buffer place(Value value) {
    int stride = Buffer.padded(value.width());
    Buffer found = null;
    for (Buffer buffer : free) {
      if (buffer.stride == stride) {
        found = buffer;
        break;
      }
    }
    if (found != null) {
      free.remove(found);
    } else {
      found = allocate(value.width());
    }
    buffers.put(value, found);
    return found;
  }

  private Buffer allocate(int width) {
    Buffer buffer = new Buffer(limits.maxRows(), Buffer.padded(width));
    bytes += 4L * buffer.data.length;
    return buffer;
  }

  /** Frees the buffers whose values were used for the last time by the operations of a range. */
  private void release(int from, int to) {
    Set<Value> dead = new HashSet<>();
    for (Map.Entry<Value, Buffer> entry : buffers.entrySet()) {
      Integer last = lastUse.get(entry.getKey());
      if (last == null ? made(entry.getKey(), from, to) : last < to) {
        dead.add(entry.getKey());
      }
    }
    for (Value value : dead) {
      Buffer buffer = buffers.remove(value);
      if (buffer != null && !buffers.containsValue(buffer) && !free.contains(buffer)) {
        free.add(buffer);
      }
    }
  }

  /** Whether an operation of the range makes the value. */
  private boolean made(Value value, int from, int to) {
    return operations.subList(from, to).stream().anyMatch(o -> o.output().equals(value));
  }
}
