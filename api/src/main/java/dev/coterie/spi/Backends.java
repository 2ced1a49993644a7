// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import dev.coterie.BackendUnavailableException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Finds and chooses backends: the one asked for, else the available one of highest rank. */
public final class Backends {
  /** The system property that names the backend to use. */
  public static final String PROPERTY = "coterie.backend";

  /** Stands where a provider cannot be asked for its name. */
  private static final String UNKNOWN = "?";

  private Backends() {}

  /**
   * A provider and what came of asking it.
   *
   * @param name the backend's name
   * @param rank the higher, the sooner it is chosen
   * @param availability its devices, or the reasons why there is none
   */
  public record Entry(String name, int rank, Availability availability) {}

  /**
   * Every provider on the class or module path, highest rank first.
   *
   * @return the providers; a broken one is there too, with its error as the reason
   */
  public static List<Entry> all() {
    List<Entry> entries = new ArrayList<>();
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    Iterator<BackendProvider> providers =
        ServiceLoader.load(
                BackendProvider.class, context != null ? context : Backends.class.getClassLoader())
            .iterator();
    while (true) {
      try {
        if (!providers.hasNext()) {
          break;
        }
        entries.add(ask(providers.next()));
      } catch (ServiceConfigurationError | LinkageError e) {
        entries.add(broken(UNKNOWN, Integer.MIN_VALUE, "cannot be loaded: " + describe(e)));
      }
    }
    entries.sort(Comparator.comparingInt(Entry::rank).reversed());
    return entries;
  }

  private static Entry ask(BackendProvider provider) {
    String name = UNKNOWN;
    int rank = Integer.MIN_VALUE;
    try {
      name = provider.name();
      rank = provider.rank();
      if (provider.spiVersion() != BackendProvider.SPI_VERSION) {
        String reason =
            "expected spi version "
                + BackendProvider.SPI_VERSION
                + ", found "
                + provider.spiVersion()
                + "; use the same version of all dev.coterie artifacts";
        return broken(name, rank, reason);
      }
      return new Entry(name, rank, provider.probe());
    } catch (RuntimeException | LinkageError e) {
      String where = name.equals(UNKNOWN) ? provider.getClass().getName() + ": " : "";
      return broken(name, rank, where + "probe failed: " + describe(e));
    }
  }

  private static Entry broken(String name, int rank, String reason) {
    return new Entry(name, rank, new Availability.Unavailable(List.of(reason)));
  }

  /** The error and its causes: for a provider that cannot be made, they say why. */
  private static String describe(Throwable e) {
    StringBuilder text = new StringBuilder(e.toString());
    Throwable cause = e.getCause();
    for (int depth = 0; cause != null && depth < 8; depth++, cause = cause.getCause()) {
      text.append("; caused by ").append(cause);
    }
    return text.toString();
  }

  /**
   * Chooses a device.
   *
   * @param wanted the backend or device that the user names, or null
   * @return the first device of the backend, or the device of that name
   * @throws BackendUnavailableException if it is not available; lists the reasons of every provider
   */
  public static Device choose(@Nullable String wanted) {
    List<Entry> entries = all();
    List<String> reasons = new ArrayList<>();
    for (Entry entry : entries) {
      switch (entry.availability()) {
        case Availability.Available(var devices) -> {
          if (wanted == null || wanted.equals(entry.name())) {
            return devices.getFirst();
          }
          for (Device device : devices) {
            if (wanted.equals(device.name())) {
              return device;
            }
          }
          reasons.add(entry.name() + ": available");
        }
        case Availability.Unavailable(var why) ->
            reasons.add(entry.name() + ": " + String.join(", ", why));
      }
    }
    throw new BackendUnavailableException(
        wanted == null ? "a backend" : "backend '" + wanted + "'", reasons);
  }
}
