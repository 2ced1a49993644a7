// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.testkit.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
  @TempDir Path folder;

  @Test
  void printsTheTableOfLlamaBench() throws IOException {
    Cli.Outcome outcome =
        Cli.run(
            "bench",
            Cli.model(folder),
            "-p",
            "16,32",
            "-n",
            "8",
            "-r",
            "2",
            "--warm-up",
            "0",
            "-t",
            "2");

    assertThat(outcome.err()).isEmpty();
    assertThat(
            outcome
                .out()
                .replaceAll(" +", " ")
                .replaceAll("[0-9.]+ GB/s, [0-9]+ %", "G GB/s, S %")
                .replaceAll("read [0-9.]+ GB/s", "read C GB/s"))
        .isEqualTo(
            """
            | model | size | params | backend | threads | test | t/s | work |
            | ------------------------------ | ---------: | ---------: | -------------------- | ------: | ---------------: | -----------------: | -----------------: |
            | Fake 1 Q8_0 | 1.10 MiB | 1.09 M | cpu: vector tier | 2 | pp16 | 32.00 ± 0.00 | 0.0 GMAC/s |
            | Fake 1 Q8_0 | 1.10 MiB | 1.09 M | cpu: vector tier | 2 | pp32 | 64.00 ± 0.00 | 0.0 GMAC/s |
            | Fake 1 Q8_0 | 1.10 MiB | 1.09 M | cpu: vector tier | 2 | tg8 | 32.00 ± 0.00 | G GB/s, S % |
            memory: 2 threads read C GB/s, which is 100 %
            """);
    assertThat(FakeModelProvider.lastOptions.contextLength()).isEqualTo(33);
    assertThat(FakeModelProvider.lastOptions.cacheTokens()).isEqualTo(33 + 64);
  }

  @Test
  void measuresSeveralSequencesBehindADepth() throws IOException {
    Cli.Outcome outcome =
        Cli.run(
            "bench",
            Cli.model(folder, "prefillMicrosPerToken=1000"),
            "--json",
            "-p",
            "16",
            "-n",
            "8",
            "-d",
            "0,32",
            "--sequences",
            "1,4",
            "-r",
            "1",
            "--warm-up",
            "0");

    assertThat(outcome.err()).isEmpty();
    List<Map<String, Object>> rows =
        Json.array(Json.parse(outcome.out())).stream().map(Json::object).toList();
    assertThat(rows.stream().map(row -> row.get("test")))
        .containsExactly(
            "pp16",
            "tg8",
            "pp16 @ d32",
            "tg8 @ d32",
            "pp16 x4",
            "tg8 x4",
            "pp16 @ d32 x4",
            "tg8 @ d32 x4");
    assertThat(Json.number(rows.get(0).get("tokens_per_second"))).isEqualTo(1000);
    assertThat(Json.number(rows.get(2).get("tokens_per_second"))).isEqualTo(1000);
    assertThat(Json.number(rows.get(7).get("tokens_per_second"))).isEqualTo(4 * 8 / 0.25);
    // 2 MiB of weights a step, and of each sequence 1 KiB of cache for each past token
    assertThat(Json.number(rows.get(1).get("bytes_per_step"))).isEqualTo((2 << 20) + 1024 * 4.5);
    assertThat(Json.number(rows.get(7).get("bytes_per_step")))
        .isEqualTo((2 << 20) + 4 * 1024 * 35.5);
    assertThat(FakeModelProvider.lastOptions.contextLength()).isEqualTo(32 + 16 + 1);
    assertThat(FakeModelProvider.lastOptions.cacheTokens())
        .isGreaterThanOrEqualTo(4 * (32 + 16 + 1));
  }

  @Test
  void aDepthThatCostsNothingIsRefused() throws IOException {
    Cli.Outcome outcome =
        Cli.run("bench", Cli.model(folder), "-p", "16", "-d", "32", "--warm-up", "0", "--json");

    assertThat(outcome)
        .isEqualTo(
            new Cli.Outcome(
                1,
                "",
                "coterie: pp16 @ d32: a prompt took no longer with 16 tokens more; other programs"
                    + " disturb too much, or -p is too small\n"));
  }

  @Test
  void depthAndSequencesAreChecked() throws IOException {
    assertThat(Cli.run("bench", Cli.model(folder), "--sequences", "0").err())
        .startsWith("coterie: --sequences: expected at least 1, found 0");
    assertThat(Cli.run("bench", Cli.model(folder), "--depth", "-1").err())
        .startsWith("coterie: --depth: expected at least 0, found -1");
    assertThat(Cli.run("bench", Cli.model(folder), "-d", "2000000000", "--sequences", "2").err())
        .startsWith(
            "coterie: -p, -n, --depth and --sequences: expected fewer than 2,147,483,648 tokens"
                + " together");
  }

  @Test
  void memoryIsReadAtSomeSpeed() {
    assertThat(ReadCeiling.bytesPerSecond(2)).isGreaterThan(1e8);
  }

  @Test
  void printsJson() throws IOException {
    Cli.Outcome outcome =
        Cli.run(
            "bench",
            "--json",
            Cli.model(folder),
            "-p",
            "16",
            "-n",
            "0",
            "-r",
            "2",
            "--warm-up",
            "0",
            "-t",
            "2",
            "--tier",
            "scalar");

    assertThat(outcome.out())
        .isEqualToIgnoringWhitespace(
            """
            [ {"test" : "pp16", "tokens" : 16, "depth" : 0, "sequences" : 1,
               "tokens_per_second" : 32.0, "stddev" : 0.0, "samples" : [ 32.0, 32.0 ],
               "gigamacs_per_second" : 0.0128, "model" : "Fake 1 Q8_0", "model_bytes" : 1157632,
               "model_parameters" : 1093632, "backend" : "cpu: scalar tier", "threads" : 2} ]
            """);
  }

  @Test
  void meanAndDeviationAreThoseOfTheSample() {
    Benchmark.Measurement measurement =
        new Benchmark.Measurement(
            new Benchmark.Test(Benchmark.Kind.GENERATION, 128, 0, 1), List.of(1.0, 2.0, 6.0));

    assertThat(measurement.test().name()).isEqualTo("tg128");
    assertThat(measurement.mean()).isEqualTo(3);
    assertThat(measurement.standardDeviation()).isCloseTo(Math.sqrt(7), within(1e-12));
  }

  @Test
  void anInterruptEndsIt() throws IOException {
    Cli cli = new Cli();
    cli.interrupts.request();

    Cli.Outcome outcome = cli.with("bench", Cli.model(folder), "-p", "16", "--json");

    assertThat(outcome).isEqualTo(new Cli.Outcome(130, "", ""));
  }
}
