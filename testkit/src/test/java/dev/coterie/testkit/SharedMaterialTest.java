// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;

class SharedMaterialTest {
  @TempDir Path root;

  @BeforeEach
  void shared() throws Exception {
    Files.createDirectories(root.resolve("shared/golden/llama"));
    Files.writeString(root.resolve("shared/DESIGN.md"), "");
    Files.createDirectories(root.resolve("wt/some/module/shared"));
  }

  @Test
  void isFoundUpwards() {
    assertThat(SharedMaterial.require("golden/llama", null, root.resolve("wt/some/module"), true))
        .isEqualTo(root.resolve("shared/golden/llama"));
  }

  @Test
  void isFoundWhereTheVariablePoints() {
    String variable = root.resolve("shared").toString();
    assertThat(SharedMaterial.require("DESIGN.md", variable, Path.of("/"), true))
        .isEqualTo(root.resolve("shared/DESIGN.md"));
  }

  @Test
  void missingAborts() {
    assertThatThrownBy(() -> SharedMaterial.require("no", "/nowhere", root, false))
        .isInstanceOf(TestAbortedException.class)
        .hasMessageContaining(
            "shared material 'no' not found (searched: /nowhere); set COTERIE_SHARED to the"
                + " directory that holds it");
  }

  @Test
  void missingFailsWhereRequired() {
    assertThatThrownBy(() -> SharedMaterial.require("golden/none", null, root, true))
        .isInstanceOf(AssertionError.class)
        .hasMessage(
            "shared material 'golden/none' not found (searched: "
                + root.resolve("shared")
                + "); set COTERIE_SHARED to the directory that holds it; required by"
                + " COTERIE_REQUIRE_SHARED=1");
  }
}
