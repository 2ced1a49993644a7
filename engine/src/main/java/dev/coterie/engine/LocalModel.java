// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import dev.coterie.Generator;
import dev.coterie.LoadOptions;
import dev.coterie.LogitsConsumer;
import dev.coterie.Model;
import dev.coterie.ModelInfo;
import dev.coterie.Pooling;
import dev.coterie.Tokenizer;
import dev.coterie.UnsupportedModelException;
import dev.coterie.engine.chat.ChatFormat;
import dev.coterie.engine.format.Checkpoint;
import dev.coterie.engine.format.Checkpoints;
import dev.coterie.engine.model.ModelArchitecture;
import dev.coterie.engine.model.ModelArchitectures;
import dev.coterie.engine.schedule.LocalGenerator;
import dev.coterie.engine.schedule.LoopSettings;
import dev.coterie.engine.schedule.Mixture;
import dev.coterie.engine.schedule.StepLoop;
import dev.coterie.engine.tokenizer.PromptTokenizer;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Backends;
import dev.coterie.spi.Device;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.WeightCache;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model in this process: its file, its executable on a backend, and the loop that runs it. */
final class LocalModel implements Model {
  private static final Logger LOG = LoggerFactory.getLogger(LocalModel.class);

  private final ModelInfo info;
  private final Tokenizer tokenizer;
  private final LocalGenerator generator;
  private final StepLoop loop;
  private final int contextLength;
  private final String device;
  private final Resources resources;

  private LocalModel(
      ModelInfo info,
      Tokenizer tokenizer,
      LocalGenerator generator,
      StepLoop loop,
      int contextLength,
      String device,
      Resources resources) {
    this.info = info;
    this.tokenizer = tokenizer;
    this.generator = generator;
    this.loop = loop;
    this.contextLength = contextLength;
    this.device = device;
    this.resources = resources;
  }

  static LocalModel load(Path path, LoadOptions options) throws IOException {
    LoadMonitor monitor = new LoadMonitor(options);
    Resources resources = new Resources();
    try {
      monitor.progress("read metadata", 0);
      Checkpoint checkpoint = resources.add(Checkpoints.open(path, options.adapters()));
      ModelInfo info = checkpoint.info();
      ModelArchitecture architecture = ModelArchitectures.named(info.architecture());
      PromptTokenizer tokenizer = checkpoint.tokenizer();
      monitor.progress("read metadata", 1);
      Graph graph =
          Planning.graph(architecture, checkpoint.planning(), tokenizer.vocabularySize(), options);
      int contextLength = Planning.contextLength(info, options);
      Limits limits = Planning.limits(contextLength, options);
      Device device = Planning.device(options);
      Backend backend = resources.add(device.open(options.threads(), options.backendOptions()));
      WeightCache cache = Planning.weightCache(checkpoint, info, options);
      Planning.plan(info, graph, limits, contextLength, device, backend, cache, options)
          .requireFit();
      if (Planning.hasPlanned(graph)) {
        graph = Planning.graph(architecture, checkpoint, tokenizer.vocabularySize(), options);
      }
      Executable executable = resources.add(backend.compile(graph, limits, cache, monitor));
      StepLoop loop =
          resources.add(
              StepLoop.start(
                  executable,
                  new LoopSettings(
                      contextLength,
                      limits.maxRows(),
                      options.maxSequences(),
                      limits.cacheBlocks(),
                      tokenizer.vocabularySize(),
                      Planning.hiddenWidth(graph),
                      tokenizer.endOfGeneration(),
                      Mixture.of(graph))));
      LOG.info(
          "loaded {} ({}){} on {}; another backend: -D{}=NAME",
          info.name(),
          info.architecture(),
          options.adapters().isEmpty() ? "" : " with " + options.adapters(),
          backend.description(),
          Backends.PROPERTY);
      Optional<ChatFormat> chat = ChatFormat.of(checkpoint, Clock.systemDefaultZone());
      LocalGenerator generator =
          new LocalGenerator(
              loop,
              tokenizer,
              (conversation, mode) ->
                  chat.orElseThrow(
                          () ->
                              new UnsupportedModelException(
                                  info.architecture(),
                                  "the model's chat format is not known; give it plain text"))
                      .encode(conversation, mode, tokenizer));
      return new LocalModel(
          info, tokenizer, generator, loop, contextLength, backend.description(), resources);
    } catch (ClosedByInterruptException e) { // the interrupt came while a file was read
      resources.close();
      throw (CancellationException)
          new CancellationException("the load was cancelled").initCause(e);
    } catch (Throwable e) {
      resources.close();
      throw e;
    }
  }

  @Override
  public ModelInfo info() {
    return info;
  }

  @Override
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  @Override
  public Generator generator() {
    return generator;
  }

  @Override
  public int contextLength() {
    return contextLength;
  }

  @Override
  public String device() {
    return device;
  }

  @Override
  public void score(int[] tokens, int chunk, LogitsConsumer consumer) {
    loop.score(tokens, chunk, consumer);
  }

  @Override
  public List<float[]> embed(List<String> texts, Pooling pooling, boolean normalized) {
    return generator.embed(texts, pooling, normalized);
  }

  @Override
  public void close() {
    resources.close();
  }

  /** What a model holds, closed in reverse order. */
  private static final class Resources implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    <T extends AutoCloseable> T add(T resource) {
      open.push(resource);
      return resource;
    }

    @Override
    public synchronized void close() {
      while (!open.isEmpty()) {
        try {
          open.pop().close();
        } catch (Exception e) {
          LOG.warn("closing a model failed in part", e);
        }
      }
    }
  }
}
