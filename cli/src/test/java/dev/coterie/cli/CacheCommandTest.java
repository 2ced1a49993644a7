// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.RepackCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheCommandTest {
  private static final String PROPERTY = "coterie.cache.dir";

  @TempDir Path folder;
  private final String before = System.getProperty(PROPERTY);

  @BeforeEach
  void setFolder() {
    System.setProperty(PROPERTY, folder.toString());
  }

  @AfterEach
  void resetFolder() {
    System.setProperty(PROPERTY, before);
  }

  private Path kept(String model, int bytes, String time) throws IOException {
    Path file = Files.write(RepackCache.STANDARD.file(model, "00"), new byte[bytes]);
    return Files.setLastModifiedTime(file, FileTime.from(Instant.parse(time)));
  }

  @Test
  void listsWhatIsKept() throws IOException {
    kept("big", 3 << 20, "2026-02-03T04:05:06.7Z");
    kept("small", 1 << 10, "2026-01-02T03:04:05Z");

    assertThat(Cli.run("cache"))
        .isEqualTo(
            new Cli.Outcome(
                0,
                "  1.00 KiB  2026-01-02T03:04:05Z  small\n"
                    + "  3.00 MiB  2026-02-03T04:05:06Z  big\n"
                    + "3.00 MiB of 32.00 GiB in "
                    + folder
                    + "\n",
                ""));
  }

  @Test
  void printsJson() throws IOException {
    Path file = kept("m", 5, "2026-01-02T03:04:05Z");

    assertThat(Cli.run("cache", "--json").out().replaceAll("\\s+", ""))
        .isEqualTo(
            "{\"folder\":\""
                + folder
                + "\",\"bytes\":5,\"limit\":34359738368,\"freed\":0,\"files\":[{\"model\":\"m\","
                + "\"file\":\""
                + file
                + "\",\"bytes\":5,\"last_used\":\"2026-01-02T03:04:05Z\"}]}");
  }

  @Test
  void clears() throws IOException {
    Path file = kept("m", 2_048, "2026-01-02T03:04:05Z");

    assertThat(Cli.run("cache", "--clear").out())
        .isEqualTo("removed 2.00 KiB\n0 B of 32.00 GiB in " + folder + "\n");
    assertThat(file).doesNotExist();
  }

  @Test
  void aFolderThatIsNotThereIsEmpty() throws IOException {
    Files.delete(folder);
    assertThat(Cli.run("cache").out()).isEqualTo("0 B of 32.00 GiB in " + folder + "\n");
    Files.createDirectory(folder);
  }

  @Test
  void optionsChooseTheCacheOfALoad() throws IOException {
    String model = Cli.model(folder);
    Cli.run("run", "-m", model, "hello");
    assertThat(FakeModelProvider.lastOptions.repackCache()).isEqualTo(RepackCache.STANDARD);
    Cli.run("run", "-m", model, "--no-repack-cache", "hello");
    assertThat(FakeModelProvider.lastOptions.repackCache()).isEqualTo(RepackCache.NONE);
    Cli.run("run", "-m", model, "--verify-repack-cache", "hello");
    assertThat(FakeModelProvider.lastOptions.repackCache())
        .isEqualTo(RepackCache.STANDARD.verified());
  }
}
