// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tensors, and what operations say of their work. */
class TensorTest {
  private static Tensor tensor(DataType type, Long... shape) {
    long elements = List.of(shape).stream().reduce(1L, (a, b) -> a * b);
    return new Tensor(
        "t", type, List.of(shape), MemorySegment.ofArray(new byte[(int) type.bytes(elements)]));
  }

  private static Value value(String name, int width) {
    return new Value(name, width);
  }

  @Test
  void rowsAndColumns() {
    assertThat(tensor(DataType.F32, 6L).rows()).isOne();
    assertThat(tensor(DataType.F32, 6L).columns()).isEqualTo(6);
    assertThat(tensor(DataType.Q8_0, 2L, 3L, 32L).rows()).isEqualTo(6);
    assertThat(tensor(DataType.Q8_0, 2L, 3L, 32L).columns()).isEqualTo(32);
  }

  @Test
  void aRowIsDecodedToItsPlace() {
    Tensor tensor =
        new Tensor(
            "t", DataType.F32, List.of(2L, 2L), MemorySegment.ofArray(new float[] {1, 2, 3, 4}));
    float[] out = new float[4];
    tensor.decodeRow(1, out, 1);
    assertThat(out).containsExactly(0, 3, 4, 0);
  }

  @Test
  void dataHasToFitTypeAndShape() {
    MemorySegment data = MemorySegment.ofArray(new byte[35]);
    assertThatThrownBy(() -> new Tensor("w", DataType.Q8_0, List.of(1L, 32L), data))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor 'w': expected 34 bytes for Q8_0 [1, 32], found 35");
    assertThatThrownBy(() -> new Tensor("w", DataType.F32, List.of(1L << 40, 1L << 40), data))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void theShapeIsCopied() {
    List<Long> shape = new ArrayList<>(List.of(2L, 4L));
    Tensor tensor = new Tensor("t", DataType.F32, shape, MemorySegment.ofArray(new byte[32]));
    shape.clear();
    assertThat(tensor.shape()).containsExactly(2L, 4L);
  }

  @Test
  void operationsCountTheirWork() {
    Value x = value("x", 32);
    Value y = value("y", 64);
    Tensor weight = tensor(DataType.Q4_0, 64L, 32L); // 64 blocks of 18 bytes
    Tensor norm = tensor(DataType.F32, 32L);
    Operation linear = new Operation.Linear(x, weight, null, y);
    assertThat(linear.flops()).isEqualTo(2 * 64 * 32);
    assertThat(linear.weightBytes()).isEqualTo(64 * 18);
    assertThat(linear.inputs()).containsExactly(x);
    Operation logits = new Operation.Logits(x, weight, y);
    assertThat(logits.flops()).isEqualTo(2 * 64 * 32);
    assertThat(logits.weightBytes()).isEqualTo(64 * 18);
    Operation embed = new Operation.Embed(weight, x);
    assertThat(embed.flops()).isZero();
    assertThat(embed.weightBytes()).isEqualTo(18);
    assertThat(embed.inputs()).isEmpty();
    Operation rms = new Operation.RmsNorm(x, norm, 1e-5f, value("n", 32));
    assertThat(rms.flops()).isEqualTo(4 * 32);
    assertThat(rms.weightBytes()).isEqualTo(4 * 32);
    Operation swiGlu = new Operation.SwiGlu(y, value("u", 64), value("s", 64));
    assertThat(swiGlu.flops()).isEqualTo(5 * 64);
    assertThat(swiGlu.weightBytes()).isZero();
    Operation add = new Operation.Add(x, value("r", 32), value("a", 32));
    assertThat(add.flops()).isEqualTo(32);
    Graph graph = new Graph(List.of(embed, rms, linear, swiGlu, add, logits), 0);
    assertThat(graph.flops()).isEqualTo(2L * 4096 + 128 + 320 + 32);
    assertThat(graph.weightBytes()).isEqualTo(18L + 128 + 2 * 64 * 18);
  }

  @Test
  void aRowOfAMixtureUsesTheChosenExperts() {
    Value x = value("x", 32);
    Value routing = value("r", 2 * 2);
    List<Tensor> gate =
        List.of(
            tensor(DataType.F32, 8L, 32L),
            tensor(DataType.F32, 8L, 32L),
            tensor(DataType.F32, 8L, 32L),
            tensor(DataType.F32, 8L, 32L));
    List<Tensor> down = gate.stream().map(t -> tensor(DataType.F32, 32L, 8L)).toList();
    Tensor bias = tensor(DataType.F32, 4L, 8L);
    Operation experts =
        new Operation.Experts(
            x,
            routing,
            gate,
            gate,
            down,
            bias,
            null,
            null,
            new Operation.Activation.Swiglu(1),
            false,
            value("y", 32));
    assertThat(experts.tensors()).hasSize(13);
    assertThat(experts.weightBytes()).isEqualTo(4L * 2 * (3 * 8 * 32 + 8));
    Tensor table = tensor(DataType.F32, 100L, 32L);
    Graph graph =
        new Graph(
            List.of(
                new Operation.Embed(table, x),
                experts,
                new Operation.Logits(x, table, value("l", 100))),
            0);
    // gate and up are the same tensors here, and the table is used twice
    assertThat(graph.parameters()).isEqualTo(3200 + 4 * 2 * 256 + 4 * 8);
    assertThat(graph.activeParameters()).isEqualTo(2 * (3 * 256 + 8) + 3200);
  }

  @Test
  void aPlannedTensorKnowsItsSize() {
    Tensor factors = Tensor.planned("f", DataType.F32, List.of(1L, 2L), null);
    Tensor planned =
        Tensor.planned(
            "w", DataType.F8_E4M3, List.of(128L, 256L), new Tensor.Scales(factors, 128, 128));
    assertThat(planned.hasData()).isFalse();
    assertThat(planned.elements()).isEqualTo(128 * 256);
    assertThat(planned.bytes()).isEqualTo(128 * 256 + 8);
    Tensor part = Tensor.planned("s", DataType.Q8_0, List.of(4L, 2L, 32L), null).slice(3);
    assertThat(part.hasData()).isFalse();
    assertThat(part.shape()).containsExactly(2L, 32L);
    assertThat(part.bytes()).isEqualTo(2 * 34);
  }

  @Test
  void rotationsCopyTheirFrequencies() {
    float[] frequencies = {1, 0.5f};
    Value x = value("x", 8);
    Operation.Rope rope = new Operation.Rope(x, 2, 4, true, frequencies, 1, value("y", 8));
    frequencies[0] = 9;
    rope.frequencies()[1] = 9;
    assertThat(rope.frequencies()).containsExactly(1, 0.5f);
    assertThat(rope.flops()).isEqualTo(24);
    Operation.Rope same =
        new Operation.Rope(x, 2, 4, true, new float[] {1, 0.5f}, 1, value("y", 8));
    assertThat(rope).isEqualTo(same).hasSameHashCodeAs(same);
    assertThat(rope).isNotEqualTo(new Operation.Rope(x, 2, 4, true, frequencies, 1, value("y", 8)));
  }
}
