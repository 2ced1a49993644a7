// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TierTest {
  /** Names the tiers that must be there, so that a missing one fails and is not passed by. */
  private static final String REQUIRE_PROPERTY = "coterie.test.require";

  @Test
  void requiredTiersAreThere() {
    String required = System.getProperty(REQUIRE_PROPERTY, "");
    if (required.contains("vector")) {
      assertThat(Tier.VECTOR.missing()).as("-D%s=%s", REQUIRE_PROPERTY, required).isNull();
      assertThat(Tier.best()).isIn(Tier.MACHINECODE, Tier.VECTOR);
    }
    assertThat(Tier.SCALAR.missing()).isNull();
  }

  @Test
  void tiersAreFoundByName() {
    assertThat(Tier.named("scalar")).isEqualTo(Tier.SCALAR);
    assertThatThrownBy(() -> Tier.named("warp"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cpu tier: expected one of [machinecode, vector, scalar], found 'warp'");
  }

  @Test
  void unknownOptionsAreRefused() {
    CpuDevice device = new CpuDevice();
    assertThatThrownBy(() -> device.open(1, Map.of("color", "red")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("backend option 'color': the cpu backend knows 'tier' and 'activations'");
    assertThatThrownBy(() -> device.open(1, Map.of("tier", "warp")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> device.open(1, Map.of("activations", "f16")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("activations: expected 'f32' or 'bf16', found 'f16'");
    for (String tier : new String[] {"scalar", "vector"}) {
      assertThatThrownBy(() -> device.open(1, Map.of("tier", tier, "activations", "bf16")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "activations 'bf16': expected the machinecode tier, found "
                  + tier
                  + "; leave the option out");
    }
  }
}
