// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.CacheType;
import dev.coterie.spi.Backends;
import dev.coterie.spi.Batch;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Value;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReferenceExecutableTest {
  private final Graph graph = new RandomModel(ModelShape.llama(DataType.Q8_0), 1).graph();
  private final ReferenceBackend backend = new ReferenceBackend();

  private ReferenceExecutable compile(Graph graph) {
    return backend.compile(graph, new Limits(8, 2, CacheType.F32), ContractHarness.QUIET);
  }

  private static Batch batch(int token, int position, int block) {
    Batch batch = new Batch(9);
    batch.add(new int[] {token, token}, 0, 2, position, new int[] {block}, false, true);
    return batch;
  }

  @Test
  void tracesEveryValue() {
    ReferenceExecutable executable = compile(graph);
    executable.run(batch(5, 0, 1));
    assertThat(executable.trace()).isEmpty();
    executable.tracing(true);
    Batch batch = batch(5, 0, 1);
    executable.run(batch);
    Map<String, double[][]> trace = executable.trace();
    assertThat(trace.keySet())
        .containsExactlyElementsOf(
            graph.operations().stream().map(Operation::output).map(Value::name).toList());
    assertThat(trace.get("blk.2.attn_norm")).hasDimensions(2, 96);
    assertThat(trace.get("result_output")).hasDimensions(1, ModelShape.VOCABULARY);
    assertThat(batch.logits(ModelShape.VOCABULARY)[7])
        .isEqualTo((float) trace.get("result_output")[0][7]);
  }

  @Test
  void memoryIsThatOfTheCache() {
    ReferenceExecutable executable = compile(graph);
    assertThat(executable.memoryBytes()).isZero();
    executable.run(batch(5, 0, 1));
    assertThat(executable.memoryBytes()).isEqualTo(3 * 2 * (32 + 32) * 8);
  }

  @Test
  void refusesWhatNoEngineMayAsk() {
    ReferenceExecutable executable = compile(graph);
    assertThatThrownBy(() -> executable.run(batch(5, 3, 0)))
        .hasMessage("cache: block 0 holds nothing for position 0 of row 0");
    assertThatThrownBy(() -> executable.run(batch(320, 0, 0)))
        .hasMessage("token: expected 0 to 319, found 320");
    assertThatThrownBy(() -> executable.run(batch(1, 0, 2)))
        .hasMessage("block: expected 0 to 1, found 2");
    Batch large = new Batch(9);
    large.add(new int[9], 0, 9, 0, new int[] {0}, false, true);
    assertThatThrownBy(() -> executable.run(large))
        .hasMessage("batch: expected at most 8 rows, found 9");
  }

  @Test
  void refusesGraphsThatAreNotWellFormed() {
    Value x = new Value("x", 8);
    Value y = new Value("y", 8);
    var table = RandomTensors.identity("t", 8);
    var embed = new Operation.Embed(table, x);
    var logits = new Operation.Logits(x, table, y);
    assertThatThrownBy(() -> compile(new Graph(List.of(logits), 0)))
        .hasMessage("operation 'y': reads 'x', which is not made yet");
    assertThatThrownBy(() -> compile(new Graph(List.of(embed), 0)))
        .hasMessage("operation 'x': logits must stand last and alone");
    assertThatThrownBy(() -> compile(new Graph(List.of(embed, embed, logits), 0)))
        .hasMessage("operation 'x': is made twice");
    var wide = new Operation.Logits(x, RandomTensors.identity("w", 9), y);
    assertThatThrownBy(() -> compile(new Graph(List.of(embed, wide), 0)))
        .hasMessage("operation 'y': tensor 'w': expected 8 columns, found [9, 9]");
    var attention = new Operation.Attention(x, x, x, 0, 2, 2, 4, 1, y);
    assertThatThrownBy(() -> compile(new Graph(List.of(embed, attention), 0)))
        .hasMessage("operation 'y': has no such layer");
  }

  @Test
  void isFoundByName() {
    assertThat(Backends.choose("reference").open(1, Map.of()).description())
        .isEqualTo("reference: double precision, 1 thread");
    assertThatThrownBy(() -> Backends.choose("reference").open(1, Map.of("tier", "x")))
        .hasMessage("options: expected none for 'reference', found [tier]");
  }
}
