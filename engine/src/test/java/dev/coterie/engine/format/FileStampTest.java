// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStampTest {
  @TempDir Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  /** Past the tick of the clock in which the file was written. */
  private static void settle() throws InterruptedException {
    Thread.sleep(100);
  }

  @Test
  void readingAndLinkingChangeNothing() throws Exception {
    Path file = file("a", "text");
    FileStamp stamp = FileStamp.of(file);
    settle();
    assertThat(Files.readString(file)).isEqualTo("text");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    assertThat(FileStamp.of(file)).isEqualTo(stamp);
    assertThat(FileStamp.of(link)).isEqualTo(stamp);
    assertThat(FileStamp.settled(link)).isEqualTo(stamp);
  }

  @Test
  void everyEditChangesTheStamp() throws Exception {
    Path file = file("a", "text");
    FileTime time = Files.getLastModifiedTime(file);
    FileStamp stamp = FileStamp.of(file);
    settle();
    Files.writeString(file, "tExt");
    assertThat(FileStamp.of(file)).isNotEqualTo(stamp);
    if (folder.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      Files.setLastModifiedTime(file, time); // cannot set the time of change
      assertThat(FileStamp.of(file)).isNotEqualTo(stamp);
    }
    Path copy = Files.copy(file, folder.resolve("b"));
    Files.setLastModifiedTime(copy, time);
    assertThat(FileStamp.of(copy)).isNotEqualTo(FileStamp.of(file));
  }

  @Test
  void aFileThatWasJustWrittenIsNotSettled() throws Exception {
    boolean seen = false;
    for (int i = 0; i < 100 && !seen; i++) { // the thread may be held up for long
      seen = FileStamp.settled(file("a", "text " + i)) == null;
    }
    assertThat(seen).isTrue();
    settle();
    assertThat(FileStamp.settled(folder.resolve("a"))).isNotNull();
  }

  @Test
  void aFileFromTheFutureIsNotSettled() throws Exception {
    Path file = file("a", "text");
    FileStamp stamp = FileStamp.of(file);
    FileStamp later =
        new FileStamp(
            stamp.size(), stamp.modified(), FileTime.from(Instant.now().plusSeconds(5)), "x");
    assertThat(later.isSettledAt(Instant.now())).isFalse();
    FileStamp coarse =
        new FileStamp(
            stamp.size(), stamp.modified(), FileTime.from(Instant.ofEpochSecond(1_000)), "x");
    assertThat(coarse.isSettledAt(Instant.ofEpochSecond(1_001, 999_999_999))).isFalse();
    assertThat(coarse.isSettledAt(Instant.ofEpochSecond(1_002, 1))).isTrue();
  }

  @Test
  void allStampsAndSettingsCount() throws IOException {
    FileStamp a = FileStamp.of(file("a", "text"));
    FileStamp b = FileStamp.of(file("b", "text"));
    String name = FileStamp.join(List.of(a, b), List.of("1.0"));
    assertThat(name).matches("[0-9a-f]{64}");
    assertThat(FileStamp.join(List.of(a, b), List.of("1.0"))).isEqualTo(name);
    assertThat(FileStamp.join(List.of(b, a), List.of("1.0"))).isNotEqualTo(name);
    assertThat(FileStamp.join(List.of(a), List.of("1.0"))).isNotEqualTo(name);
    assertThat(FileStamp.join(List.of(a, b), List.of("0.5"))).isNotEqualTo(name);
    assertThat(FileStamp.join(Arrays.asList(a, null), List.of())).isNull();
    assertThat(FileStamp.join(Collections.emptyList(), List.of())).isNotNull();
  }

  @Test
  void aMissingFileIsMissing() {
    assertThatThrownBy(() -> FileStamp.of(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }
}
