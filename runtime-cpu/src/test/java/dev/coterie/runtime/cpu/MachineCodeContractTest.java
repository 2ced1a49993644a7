// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import dev.coterie.runtime.cpu.machinecode.Needed;
import dev.coterie.spi.Backend;
import dev.coterie.testkit.BackendContract;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;

class MachineCodeContractTest extends BackendContract {
  @BeforeAll
  static void processor() {
    Needed.processor();
  }

  @Override
  protected Backend openBackend() {
    return new CpuDevice().open(2, Map.of("tier", "machinecode"));
  }

  @Override
  protected boolean activationsAreFloat() {
    return false;
  }
}
