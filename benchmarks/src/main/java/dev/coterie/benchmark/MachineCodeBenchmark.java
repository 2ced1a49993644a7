// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.benchmark;

import dev.coterie.foreign.SystemMemory;
import dev.coterie.runtime.cpu.Kernels;
import dev.coterie.runtime.cpu.Layout;
import dev.coterie.runtime.cpu.PackedMatrix;
import dev.coterie.runtime.cpu.machinecode.InstructionSet;
import dev.coterie.runtime.cpu.machinecode.IntegerProducts;
import dev.coterie.runtime.cpu.machinecode.QuantizedRows;
import dev.coterie.runtime.cpu.machinecode.ReadProbe;
import dev.coterie.runtime.cpu.scalar.ScalarKernels;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The kernels of machine code on one core: one matrix, 2,048 inputs wide, times 1 row (decode), 8
 * rows (a batch of sequences) or 192 (prefill), beside plain loops on the same weights and beside
 * what a core can read at most. With 131,072 outputs (142 MiB as Q4_0) the matrix lies in memory,
 * with 2,048 in a cache. {@code gigaWeights} are multiply-adds, {@code gigabytes} bytes of weights
 * as they are packed, in 10⁹ a second; {@link Ceilings} prints before what a core gives of both.
 *
 * <pre>
 * java -jar benchmarks/target/benchmarks.jar MachineCodeBenchmark -p rows=192 -p outputs=2048
 * java -jar benchmarks/target/benchmarks.jar 'MachineCodeBenchmark.(product|read)' -p rows=1,8 -p outputs=131072
 * </pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsPrepend = "--enable-native-access=ALL-UNNAMED")
public class MachineCodeBenchmark {
  private static final int INPUTS = 2048;

  /** How weights lie in memory: NIBBLE is that of Q4_0, BYTE that of Q8_0. */
  @Param({"NIBBLE", "BYTE"})
  public Layout layout;

  /** The rows of activations. */
  @Param({"1", "8", "192"})
  public int rows;

  /** The outputs of the matrix. */
  @Param("2048")
  public int outputs;

  /** What kernels are assembled for; the processor must have it. */
  @Param("AVX512_VNNI")
  public InstructionSet instructions;

  private Arena arena;
  private PackedMatrix weight;
  private float[] x;
  private float[] y;
  private MemorySegment xSegment;
  private MemorySegment ySegment;
  private IntegerProducts products;
  private QuantizedRows quantized;
  private ReadProbe probe;
  private Kernels kernels;
  private Kernels.Scratch scratch;

  /** Adds up what was computed; JMH divides by the time. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Counters {
    /** Multiply-adds, in 10⁹. */
    public double gigaWeights;

    /** Weights read, in 10⁹ bytes. */
    public double gigabytes;

    /** Begins a measurement. */
    @Setup(Level.Iteration)
    public void reset() {
      gigaWeights = 0;
      gigabytes = 0;
    }
  }

  /** Makes the matrix and the kernels. */
  @Setup(Level.Trial)
  public void load() {
    arena = Arena.ofShared();
    SplittableRandom random = new SplittableRandom(1);
    long tiles = (long) outputs / Layout.GROUP_ROWS * (INPUTS / layout.tileColumns());
    MemorySegment data = SystemMemory.instance().allocate(tiles * layout.tileBytes(), arena);
    for (long at = 0; at < data.byteSize(); at += Long.BYTES) {
      data.set(ValueLayout.JAVA_LONG_UNALIGNED, at, random.nextLong());
    }
    for (long tile = 0; tile < tiles; tile++) { // both layouts begin with halves that scale
      for (int row = 0; row < Layout.GROUP_ROWS; row++) {
        short scale = Float.floatToFloat16((float) random.nextDouble(1e-3, 1e-2));
        data.set(ValueLayout.JAVA_SHORT, tile * layout.tileBytes() + 2 * row, scale);
      }
    }
    weight = new PackedMatrix(layout, outputs, INPUTS, data);
    x = new float[rows * INPUTS];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    y = new float[rows * outputs];
    xSegment = MemorySegment.ofArray(x);
    ySegment = MemorySegment.ofArray(y);
    products = new IntegerProducts(instructions, arena);
    quantized = products.newRows(rows, INPUTS, arena);
    quantizeRows();
    probe = new ReadProbe(instructions, arena);
    kernels = new ScalarKernels();
    scratch = kernels.newScratch(1);
  }

  /** Prints what one core can reach at most, to be read beside the results. */
  @Setup(Level.Trial)
  public void printCeilings() {
    System.out.println("# " + Ceilings.measure(1));
  }

  /** Frees the matrix. */
  @TearDown(Level.Trial)
  public void close() {
    arena.close();
  }

  /** Machine code, with activations that are quantized. */
  @Benchmark
  public float[] product(Counters counters) {
    products.linear(weight, quantized, 0, rows, ySegment, 0, outputs, false, 0, weight.groups());
    return count(counters);
  }

  /** Plain loops, with activations in float32. */
  @Benchmark
  public float[] scalar(Counters counters) {
    kernels.linear(weight, x, 0, INPUTS, rows, y, 0, outputs, 0, weight.groups(), scratch);
    return count(counters);
  }

  private void quantizeRows() {
    for (int row = 0; row < rows; row++) {
      products.quantize(xSegment, (long) row * INPUTS, quantized, 0, rows, row, 0, INPUTS);
    }
  }

  private float[] count(Counters counters) {
    counters.gigaWeights += 1e-9 * rows * INPUTS * outputs;
    counters.gigabytes += 1e-9 * weight.data().byteSize();
    return y;
  }

  /** Quantizes the activations; {@code gigaWeights} are values here. */
  @Benchmark
  public QuantizedRows quantize(Counters counters) {
    quantizeRows();
    counters.gigaWeights += 1e-9 * rows * INPUTS;
    return quantized;
  }

  /** Only reads the weights. */
  @Benchmark
  public int read(Counters counters) {
    long bytes = weight.data().byteSize() / ReadProbe.STEP * ReadProbe.STEP;
    counters.gigabytes += 1e-9 * bytes;
    return probe.sum(weight.data().asSlice(0, bytes));
  }
}
