// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.compare;

import dev.coterie.testkit.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code benchmarks/compare} measured, from its {@code raw.json}.
 *
 * @param heading what was measured where
 * @param models the files
 * @param rounds the median of a side's samples in a round, in the order of rounds
 * @param failures sides that cannot run a model, and peers that are not to be had, with the reason
 * @param others the share of the processors that other programs had, one entry a measurement
 * @param readGigabytes the best that memory gave, in 10⁹ bytes a second
 * @param productGigamacs the best that the processor multiplied, in 10⁹ a second; 0 if unknown
 */
record Comparison(
    List<String> heading,
    List<Model> models,
    List<Round> rounds,
    List<String> failures,
    List<Double> others,
    double readGigabytes,
    double productGigamacs) {

  /** The side that the others are compared with. */
  static final String OURS = "Coterie";

  /** A model file and what a token of it costs; bytes are those of the file's form. */
  record Model(
      String name, double bytes, double cacheBytes, double promptMacs, double generationMacs) {}

  /** The speed of a side on a model in a test, in tokens a second. */
  record Round(int number, String model, String side, String test, double speed) {}

  /** Copies the lists. */
  Comparison {
    heading = List.copyOf(heading);
    models = List.copyOf(models);
    rounds = List.copyOf(rounds);
    failures = List.copyOf(failures);
    others = List.copyOf(others);
  }

  /** Reads {@code raw.json}. */
  static Comparison of(Map<String, @Nullable Object> raw) {
    List<Round> rounds = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    List<Double> others = new ArrayList<>();
    for (Map<String, @Nullable Object> run : objects(raw.get("runs"))) {
      String model = Json.string(run.get("model"));
      String side = Json.string(run.get("side"));
      if (run.containsKey("failed")) {
        failures.add(side + ", " + model + ": " + Json.string(run.get("failed")));
        continue;
      }
      others.add(Json.number(run.get("others")));
      int number = (int) Json.number(run.get("round"));
      BenchOutput.samples(run.get("output"))
          .forEach(
              (test, samples) ->
                  rounds.add(new Round(number, model, side, test, BenchOutput.median(samples))));
    }
    for (Map<String, @Nullable Object> peer : objects(raw.get("peers"))) {
      if (peer.get("reason") != null) {
        failures.add(Json.string(peer.get("name")) + ": " + Json.string(peer.get("reason")));
      }
    }
    return new Comparison(
        Json.array(raw.get("heading")).stream().map(Json::string).toList(),
        objects(raw.get("models")).stream().map(Comparison::model).toList(),
        rounds,
        failures,
        others,
        best(raw, "read", "read_c"),
        best(raw, "product"));
  }

  private static List<Map<String, @Nullable Object>> objects(@Nullable Object array) {
    return Json.array(array).stream().map(Json::object).toList();
  }

  private static Model model(Map<String, @Nullable Object> model) {
    Map<String, @Nullable Object> plan = Json.object(model.get("plan"));
    return new Model(
        Json.string(model.get("name")),
        Json.number(plan.get("file_bytes_per_token")),
        Json.number(plan.get("cache_bytes_per_token")),
        Json.number(plan.get("prompt_flops_per_token")) / 2,
        Json.number(plan.get("flops_per_token")) / 2);
  }

  private static double best(Map<String, @Nullable Object> raw, String... fields) {
    return objects(raw.get("ceilings")).stream()
        .flatMap(found -> Stream.of(fields).map(found::get))
        .filter(Objects::nonNull)
        .mapToDouble(Json::number)
        .max()
        .orElse(0);
  }

  /** The tests in the order in which they were measured. */
  List<String> tests() {
    return rounds.stream().map(Round::test).distinct().toList();
  }

  /** The sides that measured a test, ours first. */
  List<String> sides(String test) {
    List<String> sides =
        new ArrayList<>(
            rounds.stream()
                .filter(r -> r.test().equals(test))
                .map(Round::side)
                .distinct()
                .toList());
    sides.sort((a, b) -> Boolean.compare(b.equals(OURS), a.equals(OURS)));
    return sides;
  }

  /** A side's speeds by round. */
  Map<Integer, Double> speeds(String model, String side, String test) {
    Map<Integer, Double> speeds = new LinkedHashMap<>();
    for (Round round : rounds) {
      if (round.model().equals(model) && round.side().equals(side) && round.test().equals(test)) {
        speeds.put(round.number(), round.speed());
      }
    }
    return speeds;
  }

  /** Our speed over another side's, round by round. */
  List<Double> ratios(String model, String side, String test) {
    Map<Integer, Double> theirs = speeds(model, side, test);
    List<Double> ratios = new ArrayList<>();
    speeds(model, OURS, test)
        .forEach(
            (number, ours) -> {
              if (theirs.containsKey(number)) {
                ratios.add(ours / theirs.get(number));
              }
            });
    return ratios;
  }

  /**
   * Prints the tables and writes them with the roofline.
   *
   * @param args {@code raw.json}, and the folder that gets {@code table.md} and the plots
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      throw new IllegalArgumentException("expected raw.json and a folder");
    }
    Comparison comparison = of(Json.parseObject(Path.of(args[0])));
    Path folder = Path.of(args[1]);
    String tables = Tables.markdown(comparison);
    Files.writeString(folder.resolve("table.md"), tables);
    Roofline.chart(comparison).picture().write(folder, "roofline");
    System.out.print(tables);
  }
}
