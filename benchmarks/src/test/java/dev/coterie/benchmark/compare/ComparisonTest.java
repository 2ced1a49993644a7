// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coterie.benchmark.plot.Chart;
import dev.coterie.testkit.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  /** Two rounds; 100 MB and 100 million multiply-adds a token, 10 kB of cache. */
  private static final String RAW =
      """
      {"heading": ["a machine", "JDK 25"],
       "models": [{"name": "Q4_0", "file": "m.gguf", "type": "Q4_0", "bytes": 120000000,
         "plan": {"file_bytes_per_token": 1e8, "cache_bytes_per_token": 1e4,
           "prompt_flops_per_token": 1.6e8, "flops_per_token": 2e8}}],
       "peers": [{"name": "gone", "coordinates": ["g:a:1"], "reason": "Maven Central has no g:a"},
         {"name": "peer", "coordinates": ["g:b:1"], "reason": null}],
       "ceilings": [{"read": 70, "product": 600, "read_c": 72}, {"read": 75, "product": 590}],
       "runs": [
         {"round": 1, "model": "Q4_0", "side": "llama.cpp", "others": 0.02, "output":
           [[{"n_prompt": 512, "n_gen": 0, "samples_ts": [1000]},
             {"n_prompt": 0, "n_gen": 20, "samples_ts": [190, 200, 500]}]]},
         {"round": 1, "model": "Q4_0", "side": "Coterie", "others": 0.03, "output":
           [[{"test": "pp512", "samples": [2000]}, {"test": "tg20", "samples": [400]}]]},
         {"round": 1, "model": "Q4_0", "side": "peer", "others": 0, "failed": "I8 BF16"},
         {"round": 2, "model": "Q4_0", "side": "Coterie", "others": 0.25, "output":
           [[{"test": "pp512", "samples": [2400]}, {"test": "tg20", "samples": [300]}]]},
         {"round": 2, "model": "Q4_0", "side": "llama.cpp", "others": 0.03, "output":
           [[{"n_prompt": 512, "n_gen": 0, "samples_ts": [800]},
             {"n_prompt": 0, "n_gen": 20, "samples_ts": [100]}]]}]}
      """;

  private static Comparison comparison() {
    return Comparison.of(Json.object(Json.parse(RAW)));
  }

  @Test
  void tablesHaveMediansRatiosAndShares() {
    assertThat(Tables.markdown(comparison()))
        .isEqualTo(
            """
            * a machine
            * JDK 25
            * ceilings: 75.0 GB/s read, 600 GMAC/s of 8-bit products
            * other programs took 3 % of the processors (median), 25 % at worst

            | pp512 |  | tokens/s | GMAC/s | of the ceiling | Coterie's ratio | lowest – highest |
            |---|---|--:|--:|--:|--:|--:|
            | Q4_0 | Coterie | 2200.0 | 176.0 | 29 % |  |  |
            | Q4_0 | llama.cpp | 900.0 | 72.0 | 12 % | **2.50** | 2.00 – 3.00 |

            | tg20 |  | tokens/s | GB/s | of the ceiling | Coterie's ratio | lowest – highest |
            |---|---|--:|--:|--:|--:|--:|
            | Q4_0 | Coterie | 350.0 | 35.0 | 47 % |  |  |
            | Q4_0 | llama.cpp | 150.0 | 15.0 | 20 % | **2.50** | 2.00 – 3.00 |

            Not measured:

            * peer, Q4_0: I8 BF16
            * gone: Maven Central has no g:a
            """);
  }

  @Test
  void workGrowsWithDepthAndSequences() {
    Comparison.Model model = comparison().models().getFirst();
    Work one = Work.of(model, "tg20");
    assertThat(one.bytes()).isEqualTo(1e8 + 10 * 1e4);
    assertThat(one.gigabytes(100)).isCloseTo(10.01, within(1e-9));
    Work many = Work.of(model, "tg20 @ d8192 x8");
    assertThat(many.bytes()).isEqualTo(1e8 + 8 * 8202 * 1e4);
    assertThat(many.gigabytes(800)).isCloseTo(100 * many.bytes() / 1e9, within(1e-9));
    assertThat(many.gigamacs(800)).isCloseTo(80, within(1e-9));
    assertThat(Work.of(model, "pp128 x8").intensity()).isGreaterThan(400);
    assertThatThrownBy(() -> Work.of(model, "pp512+tg128"))
        .hasMessage("test: expected such as pp512 or tg32 @ d8192 x8, found 'pp512+tg128'");
  }

  @Test
  void everySideIsADotBelowTheRoof() {
    Chart chart = Roofline.chart(comparison());
    assertThat(chart.series().stream().map(Chart.Series::name))
        .containsExactly("75.0 GB/s read", "600 GMAC/s multiplied", "Coterie", "llama.cpp");
    assertThat(chart.series().get(2).points()).hasSize(2);
    for (Chart.Series side : chart.series().subList(2, 4)) {
      assertThat(side.points())
          .allSatisfy(point -> assertThat(point.y()).isLessThan(Math.min(600, 75 * point.x())));
    }
  }

  @Test
  void writesTablesAndPlots(@TempDir Path folder) throws IOException {
    Path raw = Files.writeString(folder.resolve("raw.json"), RAW);
    Comparison.main(new String[] {raw.toString(), folder.toString()});
    assertThat(folder.resolve("table.md")).content().isEqualTo(Tables.markdown(comparison()));
    assertThat(folder.resolve("roofline.svg")).content().contains("Q4_0 tg20");
    assertThat(folder.resolve("roofline.png")).isNotEmptyFile();
  }
}
