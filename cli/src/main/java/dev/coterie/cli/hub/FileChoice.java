// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Chooses the file, or the parts of a split file, that a reference means. */
final class FileChoice {
  static final String DEFAULT_QUANT = "Q4_K_M";

  private static final String SUFFIX = ".gguf";
  private static final Pattern PART = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

  private FileChoice() {}

  /**
   * Chooses.
   *
   * @param reference what is wanted
   * @param paths the paths of all files there are
   * @return the paths of one model, its first part first
   * @throws HubException if none fits, several do, or a part is missing
   */
  static List<String> choose(HubReference reference, List<String> paths) throws HubException {
    Map<String, List<String>> models = group(paths);
    if (models.isEmpty()) {
      throw new HubException(reference + ": expected GGUF files, found none");
    }
    @Nullable String quant = reference.quant();
    List<String> names = matching(models, quant == null ? DEFAULT_QUANT : quant);
    if (names.isEmpty() && quant == null && models.size() == 1) {
      names = List.copyOf(models.keySet());
    }
    if (names.size() != 1) {
      throw new HubException(
          reference
              + ": expected one model"
              + (names.isEmpty() ? ", found none that fits" : ", found several that fit")
              + "; add one of these after hf:"
              + reference.owner()
              + "/"
              + reference.repository()
              + ": "
              + String.join(", ", names.isEmpty() ? models.keySet() : names));
    }
    return complete(reference, models.getOrDefault(names.getFirst(), List.of()));
  }

  /** The models by the path of their only or first file. */
  private static Map<String, List<String>> group(List<String> paths) {
    Map<String, List<String>> models = new TreeMap<>();
    paths.stream()
        .filter(path -> lower(path).endsWith(SUFFIX) && !lower(path).contains("mmproj"))
        .sorted()
        .forEach(path -> models.computeIfAbsent(key(path), _ -> new ArrayList<>()).add(path));
    return models;
  }

  private static String key(String path) {
    Matcher part = PART.matcher(path);
    return part.matches() ? part.group(1) + "-00001-of-" + part.group(3) + SUFFIX : path;
  }

  private static List<String> matching(Map<String, List<String>> models, String quant) {
    if (lower(quant).endsWith(SUFFIX)) {
      return models.keySet().stream().filter(quant::equals).toList();
    }
    // A whole word of the name: Q4_K is not part of Q4_K_M, nor Q4_XS of IQ4_XS.
    Predicate<String> word =
        Pattern.compile(
                "(?:^|[-./])" + Pattern.quote(quant) + "(?=[-./])", Pattern.CASE_INSENSITIVE)
            .asPredicate();
    return models.keySet().stream().filter(word).toList();
  }

  private static List<String> complete(HubReference reference, List<String> parts)
      throws HubException {
    Matcher first = PART.matcher(parts.getFirst());
    if (!first.matches()) {
      return parts;
    }
    int count = Integer.parseInt(first.group(3));
    List<String> expected =
        Stream.iterate(1, number -> number <= count, number -> number + 1)
            .map(
                number ->
                    String.format(
                        Locale.ROOT, "%s-%05d-of-%05d%s", first.group(1), number, count, SUFFIX))
            .toList();
    if (!expected.equals(parts)) {
      List<String> missing = new ArrayList<>(expected);
      missing.removeAll(parts);
      throw new HubException(
          reference + ": expected " + count + " parts, but " + missing.getFirst() + " is missing");
    }
    return parts;
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
