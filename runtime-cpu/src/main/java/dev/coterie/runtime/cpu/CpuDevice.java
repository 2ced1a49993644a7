// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.DeviceMemory;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Device;
import dev.coterie.spi.Operation;
import java.nio.file.Path;
import java.util.Map;

/** The processor of this machine. */
final class CpuDevice implements Device {
  /** The system property that says what BF16 weights are multiplied with. */
  private static final String ACTIVATIONS = "coterie.cpu.activations";

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public String description() {
    StringBuilder text = new StringBuilder();
    Tier best = Tier.best();
    text.append(best.label()).append(" tier, ").append(threads(0)).append(" threads");
    for (Tier tier : Tier.values()) {
      String reason = tier.missing();
      if (reason != null) {
        text.append("; ").append(tier.label()).append(" tier not available: ").append(reason);
      }
    }
    return text.toString();
  }

  @Override
  public DeviceMemory memory() {
    return new MachineMemory(Path.of("/")).read();
  }

  @Override
  public boolean supports(Operation operation) {
    return true;
  }

  @Override
  public Backend open(int threads, Map<String, String> options) {
    for (String key : options.keySet()) {
      if (!key.equals("tier") && !key.equals("activations")) {
        throw new IllegalArgumentException(
            "backend option '" + key + "': the cpu backend knows 'tier' and 'activations'");
      }
    }
    String activations =
        options.getOrDefault("activations", System.getProperty(ACTIVATIONS, "f32"));
    if (!activations.equals("f32") && !activations.equals("bf16")) {
      throw new IllegalArgumentException(
          "activations: expected 'f32' or 'bf16', found '" + activations + "'");
    }
    String wanted = options.getOrDefault("tier", System.getProperty(Tier.PROPERTY, ""));
    Tier tier = wanted.isEmpty() ? Tier.bestWithWarning() : Tier.named(wanted);
    return new CpuBackend(tier.kernels(activations.equals("bf16")), threads(threads));
  }

  private static int threads(int wanted) {
    return wanted > 0 ? wanted : Runtime.getRuntime().availableProcessors();
  }
}
