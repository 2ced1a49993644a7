// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
import dev.coterie.engine.LocalModelProvider;
import dev.coterie.spi.ModelProvider;
import org.jspecify.annotations.NullMarked;

/** File formats, tokenizers, model graphs, caches, sampling and scheduling, in pure Java. */
@NullMarked
module dev.coterie.engine {
  requires com.fasterxml.jackson.core;
  requires dev.coterie;
  requires jdk.jfr;
  requires org.slf4j;
  requires static org.jspecify;

  provides ModelProvider with
      LocalModelProvider;
}
