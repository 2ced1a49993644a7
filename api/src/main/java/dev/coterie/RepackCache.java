// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The folder in which weights are kept as a backend has repacked them, one file a model, so that
 * the next load maps them instead of making them again. Immutable; its methods look at the folder
 * as it is, and may be called by several threads and processes.
 *
 * <p>Files in it can be removed at any time: a model that uses one keeps it until it is closed. But
 * a file must never be changed or cut short while it may be in use; nothing in this library does.
 * Whoever may write to the folder decides what models compute.
 *
 * @param enabled whether loads use it; the system property {@code coterie.cache.disable} set to
 *     {@code true} switches all off
 * @param directory the folder, which is made when it is needed; null for that of the system
 *     property {@code coterie.cache.dir}, or else {@code coterie/repacked} where the system has its
 *     users' caches
 * @param verify whether a load compares a file with the model in full, which takes as long as
 *     repacking; otherwise a sample of it
 */
public record RepackCache(boolean enabled, @Nullable Path directory, boolean verify) {
  /** The folder that properties and the system choose; the default. */
  public static final RepackCache STANDARD = new RepackCache(true, null, false);

  /** None: nothing is read or written. */
  public static final RepackCache NONE = new RepackCache(false, null, false);

  private static final String ENDING = ".repacked";
  private static final String UNFINISHED = ".part";

  /** After so long without a write, an unfinished file whose writer is gone is removed. */
  private static final Duration ABANDONED = Duration.ofMinutes(10);

  private static final long LIMIT_BYTES = 32L << 30;
  private static final long LEAST_BYTES = 256L << 20;

  /**
   * A model's weights.
   *
   * @param file where they are
   * @param model the model's name, as far as it fits a file name
   * @param bytes the size
   * @param lastUsed when a load last wrote or used it
   */
  public record Entry(Path file, String model, long bytes, Instant lastUsed) {}

  /**
   * A folder of one's own.
   *
   * @param directory the folder
   * @return a cache there
   */
  public static RepackCache in(Path directory) {
    return new RepackCache(true, directory, false);
  }

  /**
   * The same, compared in full at load.
   *
   * @return a cache
   */
  public RepackCache verified() {
    return new RepackCache(enabled, directory, true);
  }

  /**
   * Whether loads use it.
   *
   * @return false for {@link #NONE} and where the property switches it off
   */
  public boolean isActive() {
    return enabled && !Boolean.getBoolean("coterie.cache.disable");
  }

  /**
   * Where the files are.
   *
   * @return the folder; it may not be there
   */
  public Path folder() {
    if (directory != null) {
      return directory;
    }
    String named = System.getProperty("coterie.cache.dir", "");
    return named.isEmpty()
        ? systemFolder(
            System.getProperty("os.name", ""),
            System.getProperty("user.home", "."),
            System.getenv())
        : Path.of(named);
  }

  static Path systemFolder(String os, String home, Map<String, String> environment) {
    String name = os.toLowerCase(Locale.ROOT);
    Path caches;
    if (name.startsWith("windows")) {
      String local = environment.getOrDefault("LOCALAPPDATA", "");
      caches = local.isEmpty() ? Path.of(home, "AppData", "Local") : Path.of(local);
    } else if (name.startsWith("mac")) {
      caches = Path.of(home, "Library", "Caches");
    } else {
      // a relative path is to be ignored: XDG base directory specification
      String given = environment.getOrDefault("XDG_CACHE_HOME", "");
      caches = given.startsWith("/") ? Path.of(given) : Path.of(home, ".cache");
    }
    return caches.resolve("coterie").resolve("repacked");
  }

  /**
   * The most bytes that all files together may take: the system property {@code
   * coterie.cache.limit}, default 32 GiB.
   *
   * @return bytes
   * @throws IllegalArgumentException if the property is not a number
   */
  public static long limitBytes() {
    return bytes("coterie.cache.limit", LIMIT_BYTES);
  }

  /**
   * The fewest bytes of repacked weights that are kept: the system property {@code
   * coterie.cache.least}, default 256 MiB. Less is made again in a tenth of a second.
   *
   * @return bytes
   * @throws IllegalArgumentException if the property is not a number
   */
  public static long leastBytes() {
    return bytes("coterie.cache.least", LEAST_BYTES);
  }

  private static long bytes(String property, long otherwise) {
    String text = System.getProperty(property, "");
    try {
      return text.isEmpty() ? otherwise : Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "property '" + property + "': expected a number of bytes, found '" + text + "'", e);
    }
  }

  /**
   * Where the weights of a model are kept, or would be.
   *
   * @param model the model's name, of which letters, digits, dots, hyphens and underscores are
   *     taken
   * @param key tells the weights and their form from all others; goes into the file's name
   * @return a path in the folder
   */
  public Path file(String model, String key) {
    String safe = model.replaceAll("[^A-Za-z0-9._-]+", "-").replaceFirst("^[.-]+", "");
    return folder().resolve(safe.substring(0, Math.min(60, safe.length())) + "-" + key + ENDING);
  }

  /**
   * What is kept.
   *
   * @return the files, the longest unused first
   * @throws IOException if the folder cannot be read
   */
  public List<Entry> entries() throws IOException {
    List<Entry> entries = new ArrayList<>();
    for (Path file : files(ENDING)) {
      try {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        String name = file.getFileName().toString();
        entries.add(
            new Entry(
                file,
                name.substring(0, Math.max(0, name.lastIndexOf('-'))),
                attributes.size(),
                attributes.lastModifiedTime().toInstant()));
      } catch (NoSuchFileException e) { // another process removed it meanwhile
        continue;
      }
    }
    entries.sort(Comparator.comparing(Entry::lastUsed));
    return entries;
  }

  /**
   * Removes all files but those that are being written.
   *
   * @return how many bytes they took; those of files in use are free when their models are closed
   * @throws IOException if one cannot be removed
   */
  public long clear() throws IOException {
    long bytes = 0;
    for (Entry entry : entries()) {
      Files.deleteIfExists(entry.file);
      bytes += entry.bytes;
    }
    removeAbandoned(Duration.ZERO);
    return bytes;
  }

  /**
   * Removes what writers left that are gone, and of the finished files the longest unused, until
   * another fits below {@link #limitBytes()}.
   *
   * @param bytes the size of the other
   * @return whether it fits
   * @throws IOException if the folder cannot be read or a file cannot be removed
   */
  public boolean makeRoom(long bytes) throws IOException {
    removeAbandoned(ABANDONED);
    long limit = limitBytes();
    if (bytes > limit) {
      return false;
    }
    List<Entry> entries = entries();
    long used = entries.stream().mapToLong(Entry::bytes).sum();
    for (Entry entry : entries) {
      if (used <= limit - bytes) {
        break;
      }
      Files.deleteIfExists(entry.file);
      used -= entry.bytes;
    }
    return true;
  }

  /**
   * A name for a file that is being written, next to its final name. Its writer holds a lock on it.
   *
   * @param file the final name
   * @param unique what nobody else chooses
   * @return a path in the same folder
   */
  public static Path unfinished(Path file, String unique) {
    return file.resolveSibling(file.getFileName() + "." + unique + UNFINISHED);
  }

  private void removeAbandoned(Duration age) throws IOException {
    for (Path file : files(UNFINISHED)) {
      try {
        Instant written = Files.getLastModifiedTime(file).toInstant();
        if (written.plus(age).isAfter(Instant.now())) {
          continue;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          if (channel.tryLock() != null) {
            Files.deleteIfExists(file);
          }
        }
      } catch (OverlappingFileLockException | NoSuchFileException e) { // written here, or finished
        continue;
      }
    }
  }

  private List<Path> files(String ending) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder(), "*" + ending)) {
      files.forEach(found::add);
    } catch (NoSuchFileException e) { // nothing was kept yet
      return found;
    }
    return found;
  }
}
