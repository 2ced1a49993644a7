// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
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
    assertThat(outcome.out().replaceAll(" +", " "))
        .isEqualTo(
            """
            | model | size | params | backend | threads | test | t/s |
            | ------------------------------ | ---------: | ---------: | -------------------- | ------: | -------: | -----------------: |
            | Fake 1 Q8_0 | 1.10 MiB | 1.09 M | cpu: vector tier | 2 | pp16 | 32.00 ± 0.00 |
            | Fake 1 Q8_0 | 1.10 MiB | 1.09 M | cpu: vector tier | 2 | pp32 | 64.00 ± 0.00 |
            | Fake 1 Q8_0 | 1.10 MiB | 1.09 M | cpu: vector tier | 2 | tg8 | 32.00 ± 0.00 |
            """);
    assertThat(FakeModelProvider.lastOptions.contextLength()).isEqualTo(33);
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
            [ {"test" : "pp16", "tokens" : 16, "tokens_per_second" : 32.0, "stddev" : 0.0,
               "samples" : [ 32.0, 32.0 ], "model" : "Fake 1 Q8_0", "model_bytes" : 1157632,
               "model_parameters" : 1093632, "backend" : "cpu: scalar tier", "threads" : 2} ]
            """);
  }

  @Test
  void meanAndDeviationAreThoseOfTheSample() {
    Benchmark.Measurement measurement =
        new Benchmark.Measurement(
            new Benchmark.Test(Benchmark.Kind.GENERATION, 128), List.of(1.0, 2.0, 6.0));

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
