// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Operation.Add;
import dev.coterie.spi.Operation.Attention;
import dev.coterie.spi.Operation.CompressedAttention;
import dev.coterie.spi.Operation.Compressor;
import dev.coterie.spi.Operation.Concat;
import dev.coterie.spi.Operation.Embed;
import dev.coterie.spi.Operation.Experts;
import dev.coterie.spi.Operation.GroupedLinear;
import dev.coterie.spi.Operation.HiddenInput;
import dev.coterie.spi.Operation.HiddenOutput;
import dev.coterie.spi.Operation.HyperHead;
import dev.coterie.spi.Operation.HyperRead;
import dev.coterie.spi.Operation.HyperWeights;
import dev.coterie.spi.Operation.HyperWrite;
import dev.coterie.spi.Operation.LayerNorm;
import dev.coterie.spi.Operation.Linear;
import dev.coterie.spi.Operation.Logits;
import dev.coterie.spi.Operation.MlaAttention;
import dev.coterie.spi.Operation.PositionScale;
import dev.coterie.spi.Operation.Repeat;
import dev.coterie.spi.Operation.RmsNorm;
import dev.coterie.spi.Operation.Rope;
import dev.coterie.spi.Operation.Route;
import dev.coterie.spi.Operation.SelectEntries;
import dev.coterie.spi.Operation.SelectPositions;
import dev.coterie.spi.Operation.Slice;
import dev.coterie.spi.Operation.SwiGlu;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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
  private final Kernels kernels;
  private final int threads;
  private final HeapMemory heap;
  private final Arena arena;
  private final Map<Value, Integer> uses = new HashMap<>();
  private final Map<Value, Integer> lastUse = new HashMap<>();
  private final Set<Value> prepared = new HashSet<>(); // values that products take prepared
  private final Map<Value, Buffer> buffers = new HashMap<>();
  private final List<Buffer> free = new ArrayList<>();
  private final Map<String, Buffer> shared = new HashMap<>();
  private final Map<String, Prepared> sharedPrepared = new HashMap<>();
  private final List<RowSteps.Angles> angles = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final List<CompressedEntries> entries = new ArrayList<>();
  private final Map<CompressionWindows, WindowState> states = new LinkedHashMap<>();
  private final int anchor;
  private final PagedCache cache;
  private int maxKeySize = 1;
  private int tileRows = AttentionWork.MAX_QUERIES;
  private int maxTemporary;
  private int numExperts; // of the mixtures planned so far
  private int vocabulary;
  private int hiddenWidth;

  Planner(
      Graph graph,
      Limits limits,
      Function<Tensor, PackedMatrix> matrices,
      Kernels kernels,
      int threads,
      HeapMemory heap,
      Arena arena) {
    operations = graph.operations();
    anchor = CompressionWindows.anchor(graph);
    this.limits = limits;
    this.matrices = matrices;
    this.kernels = kernels;
    this.threads = threads;
    this.heap = heap;
    this.arena = arena;
    PagedCache.Shape[] shapes = new PagedCache.Shape[graph.layers()];
    Arrays.fill(shapes, new PagedCache.Shape(0, 0, 0, 0));
    for (int i = 0; i < operations.size(); i++) {
      for (Value input : operations.get(i).inputs()) {
        uses.merge(input, 1, Integer::sum);
        lastUse.put(input, i);
      }
      maxTemporary = Math.max(maxTemporary, Temporary.floats(operations.get(i), limits));
      switch (operations.get(i)) {
        case Linear linear -> {
          if (prepares(linear.weight())) {
            prepared.add(linear.input());
          }
        }
        case Attention a -> {
          shape(shapes, a.layer(), a.keyValueHeads(), a.headSize(), a.headSize());
          tileRows = Math.min(tileRows, AttendStep.tileRows(a));
        }
        case MlaAttention a ->
            shape(shapes, a.layer(), 1, a.latent().width() + a.keyRope().width(), 0);
        case CompressedAttention a -> shape(shapes, a.layer(), 1, a.key().width(), 0);
        case SelectPositions select -> {
          PagedCache.Shape old = shapes[select.layer()];
          int size = select.key().width();
          shapes[select.layer()] =
              new PagedCache.Shape(old.heads(), old.keySize(), old.valueSize(), size);
          maxKeySize = Math.max(maxKeySize, size);
        }
        default -> {}
      }
    }
    cache = new PagedCache(shapes, limits.cacheType(), limits.cacheBlocks(), arena);
  }

  private void shape(PagedCache.Shape[] shapes, int layer, int heads, int keySize, int valueSize) {
    shapes[layer] = new PagedCache.Shape(heads, keySize, valueSize, shapes[layer].indexSize());
    maxKeySize = Math.max(maxKeySize, keySize);
  }

  /** The steps, in order. Called once, before the other results are asked for. */
  List<Step> plan() {
    int i = 0;
    while (i < operations.size()) {
      int next = join(i);
      for (Operation operation : operations.subList(i, next)) {
        prepare(operation.output());
      }
      release(i, next);
      i = next;
    }
    List<Step> all = new ArrayList<>(angles);
    all.addAll(steps);
    return all;
  }

  /** Whether products with a matrix take their inputs prepared. */
  private boolean prepares(Tensor weight) {
    return kernels.prepares(matrices.apply(weight));
  }

  /**
   * Whether a step should prepare the value that it makes. It is asked once, by a step that does so
   * if it should; for other values a step of its own follows.
   */
  private boolean takesOverPreparing(Value value) {
    return prepared.remove(value);
  }

  private void prepare(Value value) {
    if (prepared.remove(value)) {
      steps.add(new RowSteps.Prepare(buffer(value), value.width()));
    }
  }

  PagedCache cache() {
    return cache;
  }

  /** The most rows of a tile of attention. */
  int tileRows() {
    return tileRows;
  }

  int maxKeySize() {
    return maxKeySize;
  }

  int vocabulary() {
    return vocabulary;
  }

  /** The width of hidden states that come from the batch or go there; 0 for none. */
  int hiddenWidth() {
    return hiddenWidth;
  }

  /** The longest room for a moment that any step needs, in floats. */
  int maxTemporary() {
    return maxTemporary;
  }

  /** Where compressed entries are kept, if the model has any. */
  List<CompressedEntries> entries() {
    return entries;
  }

  /** Which blocks keep what for these, by the windows that they are made of. */
  List<WindowState> states() {
    return List.copyOf(states.values());
  }

  /** The memory of the buffers and of small weights. */
  long bytes() {
    return heap.bytes();
  }

  /** Plans one operation or several that go together; returns the index of the next. */
  private int join(int i) {
    switch (operations.get(i)) {
      case Embed embed -> steps.add(new RowSteps.Embed(embed.table(), output(embed)));
      case HiddenInput hidden -> {
        hiddenWidth = hidden.output().width();
        steps.add(new RowSteps.HiddenInput(hiddenWidth, output(hidden)));
      }
      case HiddenOutput hidden -> {
        hiddenWidth = hidden.input().width();
        steps.add(new RowSteps.HiddenOutput(buffer(hidden.input()), hiddenWidth));
      }
      case RmsNorm norm -> {
        float[] weight =
            norm.weight() != null
                ? heap.vector(norm.weight())
                : heap.ones(norm.output().width() / norm.parts());
        steps.add(
            new RowSteps.RmsNorm(
                buffer(norm.input()),
                weight,
                norm.epsilon(),
                norm.parts(),
                output(norm),
                takesOverPreparing(norm.output())));
      }
      case LayerNorm norm ->
          steps.add(
              new RowSteps.LayerNorm(
                  buffer(norm.input()),
                  heap.vector(norm.weight()),
                  heap.vector(norm.bias()),
                  norm.epsilon(),
                  output(norm)));
      case Slice slice ->
          steps.add(
              new RowSteps.Slice(
                  buffer(slice.input()), slice.from(), slice.output().width(), output(slice)));
      case Concat concat ->
          steps.add(
              new RowSteps.Concat(
                  buffer(concat.first()),
                  concat.first().width(),
                  buffer(concat.second()),
                  concat.second().width(),
                  output(concat)));
      case PositionScale scale ->
          steps.add(new RowSteps.PositionScale(scale, buffer(scale.input()), output(scale)));
      case Linear linear -> {
        return linear(i, linear);
      }
      case Rope _ -> {
        return ropes(i);
      }
      case Attention attention -> attention(List.of(), attention);
      case MlaAttention attention -> latentAttention(attention);
      case SelectPositions select ->
          steps.addAll(
              new SelectSteps(
                      select,
                      buffer(select.query()),
                      buffer(select.weights()),
                      buffer(select.key()),
                      output(select),
                      cache)
                  .steps());
      case Route route ->
          steps.add(
              new RouteStep(route, optional(route.bias()), buffer(route.logits()), output(route)));
      case Repeat repeat -> {
        int width = repeat.input().width();
        int times = repeat.output().width() / width;
        steps.add(new HyperSteps.Repeat(buffer(repeat.input()), width, times, output(repeat)));
      }
      case HyperWeights hyper ->
          steps.add(
              new HyperSteps.Weights(
                  hyper,
                  matrices.apply(hyper.function()),
                  heap.vector(hyper.base()),
                  heap.vector(hyper.scale()),
                  streams(hyper),
                  buffer(hyper.streams()),
                  output(hyper)));
      case HyperRead read -> {
        int width = read.output().width();
        steps.add(
            new HyperSteps.Read(
                buffer(read.streams()),
                buffer(read.weights()),
                read.streams().width() / width,
                width,
                output(read)));
      }
      case HyperWrite write -> {
        int width = write.input().width();
        steps.add(
            new HyperSteps.Write(
                buffer(write.streams()),
                buffer(write.weights()),
                buffer(write.input()),
                write.streams().width() / width,
                width,
                output(write)));
      }
      case HyperHead head ->
          steps.add(
              new HyperSteps.Head(
                  head,
                  matrices.apply(head.function()),
                  heap.vector(head.base()),
                  heap.vector(head.scale()),
                  buffer(head.streams()),
                  output(head)));
      case GroupedLinear grouped ->
          steps.add(
              new GroupedLinearStep(
                  buffer(grouped.input()), all(grouped.weights()), output(grouped)));
      case CompressedAttention attention -> compressedAttention(attention);
      case SelectEntries select ->
          steps.addAll(
              SelectEntriesSteps.steps(
                  select,
                  buffer(select.query()),
                  buffer(select.weights()),
                  entries(select.compressor()),
                  output(select)));
      case Experts experts -> experts(experts);
      case SwiGlu swiGlu ->
          steps.add(
              new RowSteps.SwiGlu(
                  swiGlu.limit(),
                  buffer(swiGlu.gate()),
                  buffer(swiGlu.up()),
                  swiGlu.output().width(),
                  output(swiGlu)));
      case Add add ->
          steps.add(
              new RowSteps.Add(
                  buffer(add.left()), buffer(add.right()), add.output().width(), output(add)));
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
      buffers.put(swiGlu.output(), prepareable(swiGlu.output(), gate));
      steps.add(
          new LinearStep(
              input,
              List.of(product(run.get(0), gate), product(run.get(1), up)),
              swiGlu.limit(),
              takesOverPreparing(swiGlu.output()),
              false,
              threads));
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
        Buffer target = prepareable(add.output(), buffer(other));
        steps.add(
            step(
                input,
                List.of(
                    new LinearStep.Product(
                        matrices.apply(first.weight()),
                        null,
                        target,
                        true,
                        prepares(first.weight())))));
        buffers.put(add.output(), target);
        return next + 1;
      }
    }
    List<LinearStep.Product> products = new ArrayList<>();
    for (Linear linear : run) {
      products.add(product(linear, output(linear)));
    }
    steps.add(step(input, products));
    return next;
  }

  private LinearStep step(Buffer input, List<LinearStep.Product> products) {
    return new LinearStep(input, products, Float.NaN, false, false, threads);
  }

  private LinearStep.Product product(Linear linear, Buffer output) {
    return new LinearStep.Product(
        matrices.apply(linear.weight()),
        linear.bias() == null ? null : heap.vector(linear.bias()),
        output,
        false,
        prepares(linear.weight()));
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
        buffers.put(rope.output(), prepareable(rope.output(), input));
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
    steps.add(
        new AttendStep(
            attention,
            optional(attention.sinks()),
            buffer(attention.query()),
            output(attention),
            attention.headSize() % Kernels.ROW_PADDING == 0
                && takesOverPreparing(attention.output()),
            cache));
  }

  private void latentAttention(MlaAttention attention) {
    int heads = attention.heads();
    int rank = attention.latent().width();
    Value selected = attention.selected();
    steps.addAll(
        new LatentSteps(
                attention,
                buffer(attention.query()),
                buffer(attention.latent()),
                buffer(attention.keyRope()),
                selected == null ? null : buffer(selected),
                output(attention),
                shared("absorbed", heads * (rank + attention.keyRope().width())),
                shared("attended", heads * rank),
                cache)
            .steps(all(attention.keyUp()), all(attention.valueUp())));
  }

  /** The number n of streams, from the (2 + n) · n weights. */
  private static int streams(HyperWeights hyper) {
    int n = 1;
    while ((2 + n) * n < hyper.output().width()) {
      n++;
    }
    return n;
  }

  private CompressedEntries entries(Compressor compressor) {
    WindowState state =
        states.computeIfAbsent(
            CompressionWindows.of(compressor, anchor),
            windows -> new WindowState(windows, heap, limits.cacheBlocks()));
    CompressedEntries made =
        new CompressedEntries(
            compressor,
            heap.vector(compressor.positionBias()),
            heap.vector(compressor.norm()),
            buffer(compressor.values()),
            buffer(compressor.gates()),
            state);
    entries.add(made);
    return made;
  }

  private void compressedAttention(CompressedAttention attention) {
    Compressor compressor = attention.compressor();
    Value selected = attention.selected();
    steps.addAll(
        CompressedSteps.steps(
            attention,
            heap.vector(attention.sinks()),
            buffer(attention.query()),
            buffer(attention.key()),
            compressor == null ? null : entries(compressor),
            selected == null ? null : buffer(selected),
            output(attention),
            cache));
  }

  private void experts(Experts experts) {
    ExpertSteps planned =
        new ExpertSteps(
            experts,
            buffer(experts.input()),
            buffer(experts.routing()),
            output(experts),
            Stream.concat(experts.gate().stream(), experts.up().stream()).allMatch(this::prepares),
            experts.intermediate() % Kernels.ROW_PADDING == 0
                && experts.down().stream().allMatch(this::prepares),
            kernels.tileRows(),
            limits.maxRows(),
            numExperts,
            heap,
            new Room());
    numExperts += experts.gate().size();
    steps.addAll(
        planned.steps(
            all(experts.gate()),
            all(experts.up()),
            all(experts.down()),
            optional(experts.gateBias()),
            optional(experts.upBias()),
            optional(experts.downBias()),
            threads));
  }

  /** Room that one operation uses for itself, and others of its kind after it. */
  private Buffer shared(String use, int width) {
    return shared(use, width, limits.maxRows());
  }

  private Buffer shared(String use, int width, int rows) {
    return shared.computeIfAbsent(
        use + " " + width + " " + rows, _ -> new Buffer(heap, rows, Buffer.padded(width)));
  }

  private final class Room implements ExpertSteps.Room {
    @Override
    public Buffer find(String use, int width, int rows) {
      return shared(use, width, rows);
    }

    @Override
    public Prepared prepared(String use, int width, int rows) {
      return sharedPrepared.computeIfAbsent(
          use + " " + width + " " + rows,
          _ -> heap.prepared(kernels, rows, Buffer.padded(width), arena));
    }
  }

  private List<PackedMatrix> all(List<Tensor> tensors) {
    return tensors.stream().map(matrices).toList();
  }

  private void logits(Logits logits) {
    PackedMatrix weight = matrices.apply(logits.weight());
    vocabulary = weight.rows();
    boolean prepares = kernels.prepares(weight);
    int width = logits.input().width();
    Buffer gathered = allocate(width);
    if (prepares) {
      addPrepared(gathered, limits.maxRows());
    }
    steps.add(new RowSteps.Gather(buffer(logits.input()), width, gathered, prepares));
    int padded = Buffer.padded(vocabulary);
    Buffer output = padded == vocabulary ? new Buffer(heap, 0, padded) : allocate(vocabulary);
    steps.add(
        new LinearStep(
            gathered,
            List.of(new LinearStep.Product(weight, null, output, false, prepares)),
            Float.NaN,
            false,
            true,
            threads));
  }

  private float[] optional(@Nullable Tensor tensor) {
    return tensor == null ? new float[0] : heap.vector(tensor);
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
    buffers.put(value, prepareable(value, found));
    return found;
  }

  /** The buffer, with room for the value's prepared form if that is wanted. */
  private Buffer prepareable(Value value, Buffer buffer) {
    if (prepared.contains(value) && buffer.prepared == null) {
      addPrepared(buffer, limits.maxRows());
    }
    return buffer;
  }

  private void addPrepared(Buffer buffer, int rows) {
    buffer.prepared = heap.prepared(kernels, rows, buffer.stride, arena);
  }

  private Buffer allocate(int width) {
    return new Buffer(heap, limits.maxRows(), Buffer.padded(width));
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
