// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.ModelInfo;
import dev.coterie.engine.tokenizer.PromptTokenizer;
import dev.coterie.spi.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint with adapters beside it, whose weights stay as they are.
 *
 * @param base the model
 * @param adapters what is to be applied to it
 */
record AdaptedCheckpoint(Checkpoint base, List<LoraFile> adapters) implements Checkpoint {
  @Override
  public Metadata metadata() {
    return base.metadata();
  }

  @Override
  public ModelInfo info() {
    return base.info();
  }

  @Override
  public List<String> names() {
    return base.names();
  }

  @Override
  public String boundaryToken(String name) throws IOException {
    return base.boundaryToken(name);
  }

  @Override
  public PromptTokenizer tokenizer() throws IOException {
    return base.tokenizer();
  }

  @Override
  public Map<String, Object> tokenizerPairs() throws IOException {
    return base.tokenizerPairs();
  }

  @Override
  public @Nullable Tensor find(String name) {
    return base.find(name);
  }

  @Override
  public Tensor tensor(String name, long... expected) {
    return base.tensor(name, expected);
  }

  @Override
  public List<Tensor> experts(String name, int count, long rows, long columns) {
    return base.experts(name, count, rows, columns);
  }

  @Override
  public void refuseOthers(Set<String> used, int layers) {
    base.refuseOthers(used, layers);
    adapters.forEach(LoraFile::refuseOthers);
  }

  @Override
  public Checkpoint planning() {
    return new AdaptedCheckpoint(base.planning(), adapters);
  }

  @Override
  public int[] integers(String name, int limit, long... expected) {
    return base.integers(name, limit, expected);
  }

  @Override
  public @Nullable String identity() {
    String identity = base.identity();
    if (identity == null) {
      return null;
    }
    List<@Nullable FileStamp> stamps = new ArrayList<>();
    List<String> settings = new ArrayList<>(List.of(identity));
    for (LoraFile adapter : adapters) {
      stamps.addAll(adapter.stamps());
      settings.add(Float.toString(adapter.scale()));
    }
    return FileStamp.join(stamps, settings);
  }

  @Override
  public boolean permutesRotatedRows() {
    return base.permutesRotatedRows();
  }

  @Override
  public void close() {
    adapters.forEach(LoraFile::close);
    base.close();
  }
}
