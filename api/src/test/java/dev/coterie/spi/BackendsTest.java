// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.BackendUnavailableException;
import dev.coterie.Coterie;
import dev.coterie.CoterieException;
import dev.coterie.DeviceMemory;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Choice among providers that a context class loader brings. */
class BackendsTest {
  @TempDir Path directory;

  private ClassLoader before;
  private URLClassLoader loader;

  @BeforeEach
  void remember() {
    before = Thread.currentThread().getContextClassLoader();
  }

  @AfterEach
  void restore() throws IOException {
    Thread.currentThread().setContextClassLoader(before);
    if (loader != null) {
      loader.close();
    }
  }

  private void provide(String... names) throws IOException {
    Path services = Files.createDirectories(directory.resolve("META-INF/services"));
    Files.write(services.resolve(BackendProvider.class.getName()), List.of(names));
    loader = new URLClassLoader(new URL[] {directory.toUri().toURL()}, before);
    Thread.currentThread().setContextClassLoader(loader);
  }

  private static String name(Class<?> type) {
    return type.getName();
  }

  @Test
  void theHighestRankThatIsAvailableIsChosen() throws IOException {
    provide(name(Slow.class), name(Absent.class), name(Fast.class));
    assertThat(Backends.all())
        .extracting(Backends.Entry::name)
        .containsExactly("absent", "fast", "slow");
    assertThat(Backends.choose(null).name()).isEqualTo("fast0");
  }

  @Test
  void aBackendOrOneOfItsDevicesIsChosenByName() throws IOException {
    provide(name(Slow.class), name(Fast.class));
    assertThat(Backends.choose("slow").name()).isEqualTo("slow0");
    assertThat(Backends.choose("fast").name()).isEqualTo("fast0");
    assertThat(Backends.choose("fast1").name()).isEqualTo("fast1");
  }

  @Test
  void aRefusalListsEveryProvider() throws IOException {
    provide(name(Slow.class), name(Absent.class), name(Old.class));
    assertThatThrownBy(() -> Backends.choose("absent"))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "backend 'absent' is not available: old: expected spi version "
                + BackendProvider.SPI_VERSION
                + ", found 0; use the same version of all dev.coterie artifacts;"
                + " absent: no driver, no card; slow: available");
  }

  @Test
  void nothingAvailable() throws IOException {
    provide(name(Absent.class));
    assertThatThrownBy(() -> Backends.choose(null))
        .hasMessage("a backend is not available: absent: no driver, no card");
    provide();
    assertThatThrownBy(() -> Backends.choose(null))
        .hasMessage(
            "a backend is not available: no backend provider was found;"
                + " add dev.coterie:coterie-runtime-cpu");
  }

  @Test
  void brokenProvidersDoNotHideTheOthers() throws IOException {
    provide(
        name(Unmade.class),
        "does.not.Exist",
        name(Thrower.class),
        name(Nameless.class),
        name(Slow.class));
    assertThat(Backends.choose(null).name()).isEqualTo("slow0");
    assertThat(Coterie.backends())
        .extracting(status -> status.name() + " " + status.status().details())
        .containsExactlyInAnyOrder(
            "slow [slow0: a test]",
            "thrower [probe failed: java.lang.NoClassDefFoundError: gone]",
            "? ["
                + name(Nameless.class)
                + ": probe failed: java.lang.IllegalStateException: no name;"
                + " caused by java.io.IOException: disk]",
            "? [cannot be loaded: java.util.ServiceConfigurationError: "
                + name(BackendProvider.class)
                + ": Provider "
                + name(Unmade.class)
                + " could not be instantiated;"
                + " caused by java.lang.UnsatisfiedLinkError: libunmade.so]",
            "? [cannot be loaded: java.util.ServiceConfigurationError: "
                + name(BackendProvider.class)
                + ": Provider does.not.Exist not found]");
  }

  @Test
  void withoutAnEngineTheCureIsNamed() {
    assertThatThrownBy(() -> ModelProvider.find(directory))
        .isInstanceOf(CoterieException.class)
        .hasMessage("no engine was found; add dev.coterie:coterie to the class or module path");
  }

  @Test
  void availableMeansAtLeastOneDevice() {
    assertThatThrownBy(() -> new Availability.Available(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("devices: expected at least one, found none");
  }

  private record TestDevice(String name) implements Device {
    @Override
    public String description() {
      return "a test";
    }

    @Override
    public DeviceMemory memory() {
      return new DeviceMemory(0, 0, 0);
    }

    @Override
    public boolean supports(Operation operation) {
      return false;
    }

    @Override
    public Backend open(int threads, Map<String, String> options) {
      throw new UnsupportedOperationException();
    }
  }

  /** What the providers have in common. */
  abstract static class Base implements BackendProvider {
    private final String name;
    private final int rank;

    Base(String name, int rank) {
      this.name = name;
      this.rank = rank;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public int spiVersion() {
      return SPI_VERSION;
    }

    @Override
    public int rank() {
      return rank;
    }

    @Override
    public Availability probe() {
      return new Availability.Available(
          List.of(new TestDevice(name + 0), new TestDevice(name + 1)));
    }
  }

  /** Available, with a low rank and one device. */
  public static final class Slow extends Base {
    public Slow() {
      super("slow", 0);
    }

    @Override
    public Availability probe() {
      return new Availability.Available(List.of(new TestDevice("slow0")));
    }
  }

  /** Available, with a high rank and two devices. */
  public static final class Fast extends Base {
    public Fast() {
      super("fast", 10);
    }
  }

  /** Not available. */
  public static final class Absent extends Base {
    public Absent() {
      super("absent", 20);
    }

    @Override
    public Availability probe() {
      return new Availability.Unavailable(List.of("no driver", "no card"));
    }
  }

  /** Of another version. */
  public static final class Old extends Base {
    public Old() {
      super("old", 30);
    }

    @Override
    public int spiVersion() {
      return 0;
    }
  }

  /** Throws when made. */
  public static final class Unmade extends Base {
    public Unmade() {
      super(load(), 0);
    }

    private static String load() {
      throw new UnsatisfiedLinkError("libunmade.so");
    }
  }

  /** Throws when asked. */
  public static final class Thrower extends Base {
    public Thrower() {
      super("thrower", 0);
    }

    @Override
    public Availability probe() {
      throw new NoClassDefFoundError("gone");
    }
  }

  /** Throws when asked for its name. */
  public static final class Nameless extends Base {
    public Nameless() {
      super("nameless", 0);
    }

    @Override
    public String name() {
      throw new IllegalStateException("no name", new IOException("disk"));
    }
  }
}
