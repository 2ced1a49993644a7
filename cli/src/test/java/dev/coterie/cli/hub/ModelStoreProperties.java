// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ModelStoreProperties {
  private static final Path ROOT = Path.of("models").toAbsolutePath();

  @Property
  void aPlaceIsInTheRepositorysFolder(@ForAll("paths") String path) {
    Path folder = ROOT.resolve("owner").resolve("repo");
    try {
      Path place = new ModelStore(ROOT).place(HubReference.parse("hf:owner/repo"), path);
      assertThat(place.normalize()).isEqualTo(place).startsWithRaw(folder).isNotEqualTo(folder);
      assertThat(folder.relativize(place)).hasToString(path);
    } catch (HubException e) {
      assertThat(e).hasMessageContaining("unsafe file name");
    }
  }

  @Provide
  Arbitrary<String> paths() {
    Arbitrary<String> piece =
        Arbitraries.of("..", ".", "", "a", "b.gguf", "\\", "..\\", "C:", "\u0000", "/", "~", "é");
    return piece.list().ofMinSize(1).ofMaxSize(6).map(List::copyOf).map(p -> String.join("/", p));
  }
}
