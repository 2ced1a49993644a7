// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.model;

import dev.coterie.UnsupportedModelException;
import java.util.List;

/** The architectures that this engine runs. */
public final class ModelArchitectures {
  private static final List<ModelArchitecture> ALL =
      List.of(
          new Llama(),
          new Qwen2(),
          new Qwen3Moe(),
          new DeepSeekV3(),
          new DeepSeekV32(),
          new DeepSeekV4(),
          new Llama4(),
          new GptOss());

  private ModelArchitectures() {}

  /**
   * The architecture of a name.
   *
   * @throws UnsupportedModelException if there is none; names those that there are
   */
  public static ModelArchitecture named(String name) {
    for (ModelArchitecture architecture : ALL) {
      if (architecture.name().equals(name)) {
        return architecture;
      }
    }
    throw new UnsupportedModelException(
        name,
        "is not supported; this version runs "
            + String.join(", ", ALL.stream().map(ModelArchitecture::name).toList()));
  }
}
