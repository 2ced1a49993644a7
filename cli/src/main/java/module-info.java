// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
import org.jspecify.annotations.NullMarked;

/** The coterie command. */
@NullMarked
module dev.coterie.cli {
  requires com.fasterxml.jackson.core;
  requires dev.coterie;
  requires info.picocli;
  requires java.net.http;
  requires me.tongfei.progressbar;
  requires static org.jspecify;

  opens dev.coterie.cli to
      info.picocli;
}
