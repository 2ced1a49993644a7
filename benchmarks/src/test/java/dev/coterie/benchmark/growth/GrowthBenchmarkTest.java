// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.growth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.benchmark.Ceilings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrowthBenchmarkTest {
  private static final Growth GROWTH =
      new Growth(
          "growth-test",
          "One grows",
          "tokens",
          List.of(new Growth.Sample(100, 50, 10), new Growth.Sample(300, 80, 30)));

  @Test
  void slopesLeaveOutWhatIsThereAnyway() {
    assertThat(GROWTH.slope()).isEqualTo(0.15);
    assertThat(GROWTH.predictedSlope()).isEqualTo(0.1);
    assertThat(GROWTH.predicted(GROWTH.samples().getLast())).isEqualTo(70);
    assertThat(GROWTH).hasToString("One grows: 0.1500 µs for one more, predicted 0.1000 µs");
  }

  @Test
  void filesHaveBothCurves(@TempDir Path folder) throws IOException {
    GROWTH.write(folder);
    assertThat(folder.resolve("growth-test.csv"))
        .content()
        .isEqualTo("tokens,measured_us,predicted_us\n100,50.00,50.00\n300,80.00,70.00\n");
    assertThat(folder.resolve("growth-test.svg")).content().contains("predicted slope");
    assertThat(folder.resolve("growth-test.png")).isNotEmptyFile();
  }

  @Test
  void everythingThatGrowsIsMeasured() {
    GrowthBenchmark benchmark = new GrowthBenchmark(1e-3, team -> new Ceilings(1, 1, team), 2);
    assertThat(benchmark.context(256, 512).samples())
        .extracting(Growth.Sample::size)
        .containsExactly(256.0, 512.0);
    assertThat(benchmark.experts(8, 16).samples())
        .extracting(Growth.Sample::size)
        .containsExactly(8.0, 16.0);
    assertThat(benchmark.sequences(2).samples())
        .extracting(Growth.Sample::size)
        .containsExactly(1.0, 2.0);
    Growth threads = benchmark.threads(2);
    assertThat(threads.samples()).allSatisfy(sample -> assertThat(sample.micros()).isPositive());
  }

  @Test
  void predictionsAreBytesOverTheCeiling() {
    GrowthBenchmark benchmark = new GrowthBenchmark(1e-3, team -> new Ceilings(1, 0, team), 1);
    // 8 layers, 2 heads of keys and values, 64 values each, in F16: 4,096 bytes a token at 1 GB/s
    assertThat(benchmark.context(256, 512).predictedSlope()).isCloseTo(4.096, within(1e-12));
    // a router has 512 weights in F32 for an expert, in each of 4 layers
    assertThat(benchmark.experts(8, 16).predictedSlope())
        .isCloseTo(4 * 512 * 4 / 1e3, within(1e-12));
  }
}
