// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import dev.coterie.LoadOptions;
import dev.coterie.MemoryPlan;
import dev.coterie.ModelInfo;
import dev.coterie.ModelPlan;
import dev.coterie.RepackCache;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.Checkpoints;
import dev.coterie.engine.model.ModelArchitecture;
import dev.coterie.engine.model.ModelArchitectures;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Backends;
import dev.coterie.spi.Device;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Tensor;
import dev.coterie.spi.Value;
import dev.coterie.spi.WeightCache;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is settled before a model's weights are touched: its graph, its limits, and its memory. */
final class Planning {
  private Planning() {}

  /** Plans a model without loading it. */
  static ModelPlan plan(Path path, LoadOptions options) throws IOException {
    try (Checkpoint checkpoint = Checkpoints.open(path, options.adapters())) {
      ModelInfo info = checkpoint.info();
      ModelArchitecture architecture = ModelArchitectures.named(info.architecture());
      Graph graph =
          graph(
              architecture,
              checkpoint.planning(),
              checkpoint.tokenizer().vocabularySize(),
              options);
      int contextLength = contextLength(info, options);
      Limits limits = limits(contextLength, options);
      Device device = device(options);
      try (Backend backend = device.open(options.threads(), options.backendOptions())) {
        WeightCache cache = weightCache(checkpoint, info, options);
        return plan(info, graph, limits, contextLength, device, backend, cache, options);
      }
    }
  }

  /** What a model computes; with embeddings, what goes into its output projection comes out too. */
  static Graph graph(
      ModelArchitecture architecture, Checkpoint checkpoint, int vocabulary, LoadOptions options) {
    Graph graph = architecture.graph(checkpoint, vocabulary);
    if (!options.embeddings()) {
      return graph;
    }
    List<Operation> operations = new ArrayList<>(graph.operations());
    Value state = operations.getLast().inputs().getFirst();
    operations.add(
        operations.size() - 1,
        new Operation.HiddenOutput(state, new Value("result_embd", state.width())));
    return new Graph(operations, graph.layers());
  }

  /** Values of the hidden state that a graph gives for a row; 0 if it gives none. */
  static int hiddenWidth(Graph graph) {
    return graph.operations().stream()
        .filter(Operation.HiddenOutput.class::isInstance)
        .mapToInt(operation -> operation.output().width())
        .findFirst()
        .orElse(0);
  }

  /** Plans a graph on an open backend. */
  static ModelPlan plan(
      ModelInfo info,
      Graph graph,
      Limits limits,
      int contextLength,
      Device device,
      Backend backend,
      @Nullable WeightCache cache,
      LoadOptions options) {
    MemoryPlan memory;
    try {
      memory = backend.estimate(graph, limits, cache).plusScratch(batchBytes(graph, limits));
    } catch (ArithmeticException e) {
      throw new UnsupportedModelException(
          info.architecture(),
          "a buffer for "
              + limits.maxRows()
              + " tokens is too large to be addressed; set a smaller maxBatchTokens");
    }
    return new ModelPlan(
        info,
        backend.description(),
        contextLength,
        options.cacheType(),
        graph.parameters(),
        graph.activeParameters(),
        graph.flops(),
        graph.flops() - graph.operations().getLast().flops(),
        graph.weightBytes(),
        memory,
        planned(graph).mapToLong(Tensor::bytes).sum(),
        device.memory(),
        options.memoryBudget(),
        Runtime.getRuntime().maxMemory());
  }

  /** The logits of as many generations as a step computes, and hidden states of three batches. */
  private static long batchBytes(Graph graph, Limits limits) {
    long logits = (long) limits.sequences() * graph.operations().getLast().output().width();
    long hidden = 3L * limits.maxRows() * hiddenWidth(graph);
    return Float.BYTES * (logits + hidden);
  }

  /** Where the weights of a model are kept; null for nowhere. */
  static @Nullable WeightCache weightCache(
      Checkpoint checkpoint, ModelInfo info, LoadOptions options) {
    RepackCache place = options.repackCache();
    String identity = place.isActive() ? checkpoint.identity() : null;
    return identity == null ? null : new WeightCache(place, info.name(), identity);
  }

  /** Whether a graph has tensors whose data are still to be made. */
  static boolean hasPlanned(Graph graph) {
    return planned(graph).findAny().isPresent();
  }

  private static Stream<Tensor> planned(Graph graph) {
    Set<MemorySegment> known = Collections.newSetFromMap(new IdentityHashMap<>());
    return graph.operations().stream()
        .flatMap(operation -> operation.tensors().stream())
        .filter(tensor -> !tensor.hasData() && known.add(tensor.data()));
  }

  static Device device(LoadOptions options) {
    String wanted =
        options.backend() != null ? options.backend() : System.getProperty(Backends.PROPERTY);
    return Backends.choose(wanted);
  }

  static int contextLength(ModelInfo info, LoadOptions options) {
    long most = Math.min(info.contextLength(), Integer.MAX_VALUE);
    int wanted = options.contextLength();
    if (wanted > most) {
      throw new IllegalArgumentException(
          "contextLength: the model was made for at most " + most + " tokens, found " + wanted);
    }
    return wanted == 0 ? (int) most : wanted;
  }

  static Limits limits(int contextLength, LoadOptions options) {
    int tokens = options.cacheTokens() == 0 ? contextLength : options.cacheTokens();
    if (tokens < contextLength) {
      throw new IllegalArgumentException(
          "cacheTokens: expected at least contextLength "
              + contextLength
              + ", found "
              + tokens
              + "; raise it or set a shorter contextLength");
    }
    return new Limits(
        options.maxBatchTokens(),
        Math.ceilDiv(tokens, Limits.BLOCK_TOKENS),
        options.cacheType(),
        Math.min(options.maxSequences(), options.maxBatchTokens()));
  }
}
