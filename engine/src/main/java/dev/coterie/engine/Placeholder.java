// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine;

import com.fasterxml.jackson.core.json.PackageVersion;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stands here until the first real class arrives. */
public final class Placeholder {
  private static final Logger LOG = LoggerFactory.getLogger(Placeholder.class);

  private Placeholder() {}

  /** The module's directory. */
  public static String name() {
    LOG.debug("jackson {}", PackageVersion.VERSION);
    return orElse(null, "engine");
  }

  private static String orElse(@Nullable String value, String other) {
    return value == null ? other : value;
  }
}
