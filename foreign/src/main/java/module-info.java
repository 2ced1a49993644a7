// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
import org.jspecify.annotations.NullMarked;

/** Native libraries, executable memory and handles: the only module that makes downcalls. */
@NullMarked
module dev.coterie.foreign {
  requires org.slf4j;
  requires static org.jspecify;

  exports dev.coterie.foreign to
      dev.coterie.runtime.cpu;
}
