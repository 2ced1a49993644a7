// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** The collection of hostile model files in the shared material. */
public final class MaliciousFiles {
  /**
   * A file of the collection.
   *
   * @param name its name without folder and ending
   * @param path where it lies
   * @param expect the wanted verdict: accept, reject, reject-recommended or accept-or-reject
   * @param reason what is wrong with it
   */
  public record Case(String name, Path path, String expect, String reason) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final int BLOCK = 512;

  private MaliciousFiles() {}

  /**
   * Unpacks the files of a kind; aborts the test where the shared material is missing.
   *
   * @param kind {@code gguf} or {@code safetensors}
   * @param directory where to put them
   * @return the files with their verdicts
   * @throws IOException if they cannot be unpacked
   */
  public static List<Case> unpack(String kind, Path directory) throws IOException {
    Path archive = SharedMaterial.require("material/malicious/files.tar.gz");
    try (DataInputStream tar =
        new DataInputStream(
            new BufferedInputStream(new GZIPInputStream(Files.newInputStream(archive))))) {
      byte[] header = new byte[BLOCK];
      for (tar.readFully(header); header[0] != 0; tar.readFully(header)) {
        String name = text(header, 0, 100);
        int size = Integer.parseInt(text(header, 124, 11).strip(), 8);
        byte[] content = tar.readNBytes(size);
        if (content.length < size) {
          throw new EOFException(archive + ": " + name);
        }
        tar.skipNBytes(Math.floorMod(-size, BLOCK));
        if (header[156] == '0' && name.startsWith(kind + "/")) {
          Files.write(directory.resolve(name.substring(kind.length() + 1)), content);
        }
      }
    }
    return manifest(kind, directory);
  }

  private static List<Case> manifest(String kind, Path directory) {
    List<Case> cases = new ArrayList<>();
    Path manifest = SharedMaterial.require("material/malicious/manifest.json");
    for (Object value : Json.array(Json.parse(manifest))) {
      Map<String, @Nullable Object> fields = Json.object(value);
      String file = Json.string(fields.get("file"));
      if (file.startsWith(kind + "/")) {
        String name = file.substring(kind.length() + 1);
        cases.add(
            new Case(
                name.substring(0, name.lastIndexOf('.')),
                directory.resolve(name),
                Json.string(fields.get("expect")),
                Json.string(fields.get("why"))));
      }
    }
    return cases;
  }

  private static String text(byte[] header, int from, int most) {
    String text = new String(header, from, most, StandardCharsets.ISO_8859_1);
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}
