// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RepackCacheTest {
  private static final Instant NOW = Instant.now();

  @TempDir Path folder;

  @AfterEach
  void clearProperties() {
    System.clearProperty("coterie.cache.limit");
    System.clearProperty("coterie.cache.disable");
  }

  private RepackCache cache() {
    return RepackCache.in(folder);
  }

  private Path kept(String model, int bytes, int hoursAgo) throws IOException {
    Path file = Files.write(cache().file(model, "00"), new byte[bytes]);
    return age(file, Duration.ofHours(hoursAgo));
  }

  private static Path age(Path file, Duration age) throws IOException {
    return Files.setLastModifiedTime(file, FileTime.from(NOW.minus(age)));
  }

  @ParameterizedTest
  @CsvSource({
    "Linux,      '',   '',             /home/u/.cache/coterie/repacked",
    "Linux,      /x/c, '',             /x/c/coterie/repacked",
    "Linux,      x/c,  '',             /home/u/.cache/coterie/repacked",
    "FreeBSD,    '',   '',             /home/u/.cache/coterie/repacked",
    "Mac OS X,   /x/c, '',             /home/u/Library/Caches/coterie/repacked",
    "Windows 11, /x/c, /home/u/Local,  /home/u/Local/coterie/repacked",
    "Windows 11, '',   '',             /home/u/AppData/Local/coterie/repacked",
  })
  void itLiesWhereTheSystemHasCaches(String os, String xdg, String local, String expected) {
    Map<String, String> environment = Map.of("XDG_CACHE_HOME", xdg, "LOCALAPPDATA", local);
    assertThat(RepackCache.systemFolder(os, "/home/u", environment)).isEqualTo(Path.of(expected));
  }

  @Test
  void optionsComeBeforeThePropertyAndThatBeforeTheSystem() {
    assertThat(cache().folder()).isEqualTo(folder);
    assertThat(RepackCache.STANDARD.folder())
        .isEqualTo(Path.of(System.getProperty("coterie.cache.dir")));
    assertThat(RepackCache.STANDARD.folder().toString()).contains("target");
  }

  @Test
  void thePropertySwitchesAllOff() {
    assertThat(RepackCache.NONE.isActive()).isFalse();
    assertThat(cache().isActive()).isTrue();
    assertThat(cache().verified().isActive()).isTrue();
    System.setProperty("coterie.cache.disable", "true");
    assertThat(cache().isActive()).isFalse();
  }

  @Test
  void aLimitIsANumber() {
    assertThat(RepackCache.limitBytes()).isEqualTo(32L << 30);
    System.setProperty("coterie.cache.limit", "32G");
    assertThatThrownBy(RepackCache::limitBytes)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("property 'coterie.cache.limit': expected a number of bytes, found '32G'");
  }

  @ParameterizedTest
  @CsvSource({
    "Llama 3.2 1B,     Llama-3.2-1B-00.repacked",
    "../../etc/passwd, etc-passwd-00.repacked",
    "a\u0000b\u202ec,  a-b-c-00.repacked",
    "'',               -00.repacked",
    "\u6a21\u578b,     -00.repacked",
    "...,              -00.repacked",
  })
  void aNameFromAFileStaysInTheFolder(String model, String expected) {
    assertThat(cache().file(model, "00")).isEqualTo(folder.resolve(expected));
    assertThat(cache().file("x".repeat(1_000), "00").getFileName().toString()).hasSize(72);
  }

  @Test
  void filesAreListedTheLongestUnusedFirst() throws IOException {
    kept("b", 10, 1);
    kept("a-1", 20, 2);
    Files.createFile(folder.resolve("something else"));
    assertThat(cache().entries())
        .extracting(RepackCache.Entry::model, RepackCache.Entry::bytes)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("a-1", 20L),
            org.assertj.core.groups.Tuple.tuple("b", 10L));
    assertThat(RepackCache.in(folder.resolve("nowhere")).entries()).isEmpty();
  }

  @Test
  void theLongestUnusedMakeRoom() throws IOException {
    System.setProperty("coterie.cache.limit", "100");
    Path oldest = kept("oldest", 40, 3);
    Path middle = kept("middle", 30, 2);
    Path newest = kept("newest", 30, 1);

    assertThat(cache().makeRoom(0)).isTrue();
    assertThat(List.of(oldest, middle, newest)).allMatch(Files::exists);
    assertThat(cache().makeRoom(101)).isFalse();
    assertThat(List.of(oldest, middle, newest)).allMatch(Files::exists);

    assertThat(cache().makeRoom(41)).isTrue();
    assertThat(oldest).doesNotExist();
    assertThat(middle).doesNotExist();
    assertThat(newest).exists();
    assertThat(cache().makeRoom(70)).isTrue();
    assertThat(newest).exists();
  }

  @Test
  void anUnfinishedFileIsRemovedWhenItIsOldAndNobodyWrites() throws IOException {
    Path file = cache().file("m", "00");
    Path fresh = Files.createFile(RepackCache.unfinished(file, "fresh"));
    Path abandoned = Files.createFile(RepackCache.unfinished(file, "abandoned"));
    Path written = Files.createFile(RepackCache.unfinished(file, "written"));
    try (FileChannel channel = FileChannel.open(written, StandardOpenOption.WRITE)) {
      channel.lock();
      age(abandoned, Duration.ofMinutes(11));
      age(written, Duration.ofMinutes(11));
      cache().makeRoom(0);
      assertThat(abandoned).doesNotExist();
      assertThat(fresh).exists();
      assertThat(written).exists();
      cache().clear();
      assertThat(fresh).doesNotExist();
      assertThat(written).exists();
    }
  }

  @Test
  void clearingRemovesWhatIsKeptAndNothingElse() throws IOException {
    kept("a", 10, 1);
    kept("b", 20, 2);
    Path other = Files.createFile(folder.resolve("other"));
    assertThat(cache().clear()).isEqualTo(30);
    assertThat(cache().entries()).isEmpty();
    assertThat(other).exists();
    assertThat(RepackCache.in(folder.resolve("nowhere")).clear()).isZero();
  }
}
