// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import dev.coterie.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds and checks the other parts of a split model. Their names come from the name of the first
 * part; nothing in a file says where to look.
 */
final class GgufSplit {
  private static final Pattern NAME = Pattern.compile("(.*)-([0-9]{5})-of-([0-9]{5})\\.gguf");
  private static final String NO = "split.no";
  private static final String COUNT = "split.count";
  private static final String TENSORS = "split.tensors.count";

  private GgufSplit() {}

  /**
   * Opens the parts that belong to the first.
   *
   * @return all parts, the first included; only the first if the model is not split
   * @throws IOException if a part cannot be read
   * @throws ModelFormatException if one is missing, damaged or out of place
   */
  static List<GgufPart> open(GgufPart first, Arena arena) throws IOException {
    int count = first.metadata().integer(COUNT, 0, 65535, 1);
    if (count <= 1) {
      return List.of(first);
    }
    String stem = stem(first, count);
    List<GgufPart> parts = new ArrayList<>();
    parts.add(first);
    for (int number = 2; number <= count; number++) {
      Path path = first.path().resolveSibling(name(stem, number, count));
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        throw new ModelFormatException(path, -1, "part " + number + " of " + count + " is missing");
      }
      GgufPart part = GgufPart.open(path, arena);
      expect(part, COUNT, count);
      expect(part, NO, number - 1);
      checkNames(part, parts);
      parts.add(part);
    }
    int numTensors = parts.stream().mapToInt(GgufPart::numTensors).sum();
    for (GgufPart part : parts) {
      if (part == first || part.metadata().contains(TENSORS)) {
        expect(part, TENSORS, numTensors);
      }
    }
    return parts;
  }

  /** The part of the names before the numbers. */
  private static String stem(GgufPart first, int count) {
    int number = first.metadata().integer(NO, 0, count - 1) + 1;
    Path fileName = first.path().getFileName();
    Matcher matcher = NAME.matcher(fileName == null ? "" : fileName.toString());
    boolean named = matcher.matches();
    if (number != 1) {
      throw new ModelFormatException(
          first.path(),
          -1,
          "this is part "
              + number
              + " of "
              + count
              + "; open part 1"
              + (named ? ", " + name(matcher.group(1), 1, count) : ""));
    }
    if (!named
        || Integer.parseInt(matcher.group(2)) != 1
        || Integer.parseInt(matcher.group(3)) != count) {
      throw new ModelFormatException(
          first.path(),
          -1,
          "this is part 1 of " + count + "; expected a name that ends in " + name("", 1, count));
    }
    return matcher.group(1);
  }

  private static String name(String stem, int number, int count) {
    return String.format(java.util.Locale.ROOT, "%s-%05d-of-%05d.gguf", stem, number, count);
  }

  private static void expect(GgufPart part, String key, int expected) {
    int found = part.metadata().integer(key, 0, Integer.MAX_VALUE);
    if (found != expected) {
      throw part.metadata().fault(key, "expected " + expected + ", found " + found);
    }
  }

  private static void checkNames(GgufPart part, List<GgufPart> earlier) {
    for (int i = 0; i < part.numTensors(); i++) {
      long row = part.row(i);
      String name = part.name(row);
      for (GgufPart other : earlier) {
        if (other.find(name) >= 0) {
          throw part.cursor(row).fault(row, "appears in " + other.path().getFileName() + " too");
        }
      }
    }
  }
}
