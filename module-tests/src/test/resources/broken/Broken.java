// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
import dev.coterie.Coterie;
import dev.coterie.spi.Availability;
import dev.coterie.spi.BackendProvider;
import java.util.List;

/** Lists the backends, two of which are broken. */
public class Broken {
  public static void main(String[] args) {
    for (Coterie.BackendStatus backend : Coterie.backends()) {
      System.out.println(
          backend.name() + " " + backend.status().available() + " " + backend.status().details());
    }
  }

  /** Cannot even be made. */
  public static final class Unmade implements BackendProvider {
    public Unmade() {
      throw new UnsatisfiedLinkError("libunmade.so: cannot open shared object file");
    }

    @Override
    public String name() {
      return "unmade";
    }

    @Override
    public int spiVersion() {
      return SPI_VERSION;
    }

    @Override
    public int rank() {
      return 10;
    }

    @Override
    public Availability probe() {
      return new Availability.Unavailable(List.of());
    }
  }

  /** Throws where it must not. */
  public static final class Thrower implements BackendProvider {
    public Thrower() {}

    @Override
    public String name() {
      return "thrower";
    }

    @Override
    public int spiVersion() {
      return SPI_VERSION;
    }

    @Override
    public int rank() {
      return 20;
    }

    @Override
    public Availability probe() {
      throw new IllegalStateException("the device fell off the bus");
    }
  }
}
