// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.CacheType;
import dev.coterie.MemoryPlan;
import dev.coterie.spi.Backend;
import dev.coterie.spi.Batch;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Executable;
import dev.coterie.spi.Graph;
import dev.coterie.spi.Limits;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.Tensor;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The contract passes honest float32 backends and fails wrong ones. */
class BackendContractMutationTest {
  /** The contract of a backend made of given operations. */
  private static class Contract extends BackendContract {
    private final Backend backend;

    Contract(Backend backend) {
      this.backend = backend;
      open();
    }

    Contract(ReferenceOps operations) {
      this(new ReferenceBackend(operations));
    }

    @Override
    protected Backend openBackend() {
      return backend;
    }
  }

  private static void passes(Contract contract, Consumer<Contract> test) {
    assertThatCode(() -> test.accept(contract)).doesNotThrowAnyException();
  }

  private static void fails(Contract contract, Consumer<Contract> test) {
    assertThatThrownBy(() -> test.accept(contract)).isInstanceOf(AssertionError.class);
  }

  private static void fails(ReferenceOps operations, Consumer<Contract> test) {
    fails(new Contract(operations), test);
  }

  @Test
  void plainFloatsPass() {
    Contract contract = new Contract(new FloatOps());
    for (DataType type : DataType.values()) {
      passes(contract, c -> c.linear(type));
      passes(contract, c -> c.linearOfBlocksAtTheEdges(type));
      passes(contract, c -> c.models(type));
    }
    passes(contract, c -> c.rmsNorm(1));
    passes(contract, c -> c.rmsNorm(1_536));
    passes(contract, c -> c.rope(64));
    passes(contract, c -> c.rope(80));
    passes(contract, c -> c.swiGluOverTheWholeRangeOfFloats(576));
    passes(contract, c -> c.swiGluOnSmallGates(256));
    passes(contract, c -> c.add(576));
    passes(contract, c -> c.concat(31));
    passes(contract, c -> c.hiddenStates(31));
    passes(contract, c -> c.everyShape(9, 3, 64));
    passes(contract, c -> c.contextsAcrossBlocks(300));
    passes(contract, c -> c.scoresBeyondTheRangeOfExp(true));
    passes(contract, c -> c.feedForward(288));
    passes(contract, c -> c.batchesDoNotChangeResults(DataType.Q4_0));
  }

  @Test
  void hiddenStatesOfOtherRowsFail() {
    fails(
        new ReferenceOps() {
          @Override
          public double[] hiddenInput(float[] hidden, int row, int width) {
            return super.hiddenInput(hidden, Math.max(0, row - 1), width);
          }
        },
        c -> c.hiddenStates(31));
    fails(
        new ReferenceOps() {
          @Override
          public void hiddenOutput(double[] x, float[] hidden, int row) {}
        },
        c -> c.hiddenStates(31));
    fails(
        new ReferenceOps() {
          @Override
          public double[] concat(double[] first, double[] second) {
            return super.concat(second, first);
          }
        },
        c -> c.concat(31));
  }

  /** Linear with activations that lose some bits. */
  private static ReferenceOps linearOf(UnaryOperator<double[]> rounding) {
    return new FloatOps() {
      @Override
      public double[][] linear(double[][] x, Tensor weight, double @Nullable [] bias) {
        double[][] rounded = Arrays.stream(x).map(rounding).toArray(double[][]::new);
        return super.linear(weight.type() == DataType.F32 ? x : rounded, weight, bias);
      }
    };
  }

  private static double bf16(double x) {
    return Float.intBitsToFloat(Float.floatToRawIntBits((float) x) + 0x8000 & 0xffff0000);
  }

  @Test
  void roundedActivationsPassOnlyWhereTheyAreDeclared() {
    ReferenceOps eightBits = linearOf(x -> FloatOps.roundedTo8Bits(x, false));
    fails(eightBits, c -> c.linear(DataType.Q4_0));
    fails(
        linearOf(x -> Arrays.stream(x).map(v -> bf16(v)).toArray()), c -> c.linear(DataType.Q8_0));
    Contract declared =
        new Contract(eightBits) {
          @Override
          protected boolean activationsAreFloat() {
            return false;
          }
        };
    for (DataType type : DataType.values()) {
      passes(declared, c -> c.linear(type));
      passes(declared, c -> c.linearOfBlocksAtTheEdges(type));
      passes(declared, c -> c.models(type));
    }
  }

  /** A contract that allows for every type of cache what it allows for one. */
  private static Contract cacheLimit(CacheType type, ReferenceOps operations) {
    return new Contract(operations) {
      @Override
      protected double attentionNmse(CacheType cache) {
        return super.attentionNmse(type);
      }
    };
  }

  @Test
  void roundedCachesPassOnlyTheirOwnLimit() {
    ReferenceOps halves =
        new FloatOps() {
          @Override
          public double[] cached(double[] x) {
            return Arrays.stream(x)
                .map(v -> Float.float16ToFloat(Float.floatToFloat16((float) v)))
                .toArray();
          }
        };
    ReferenceOps eightBits =
        new FloatOps() {
          @Override
          public double[] cached(double[] x) {
            return roundedTo8Bits(x, true);
          }
        };
    for (int[] shape : new int[][] {{9, 3, 64}, {4, 2, 80}}) {
      Consumer<Contract> test = c -> c.everyShape(shape[0], shape[1], shape[2]);
      passes(cacheLimit(CacheType.F16, halves), test);
      fails(cacheLimit(CacheType.F32, halves), test);
      passes(cacheLimit(CacheType.Q8_0, eightBits), test);
      fails(cacheLimit(CacheType.F16, eightBits), test);
    }
    for (CacheType cache : CacheType.values()) {
      passes(cacheLimit(CacheType.F16, halves), c -> c.prefillInChunks(cache));
      passes(cacheLimit(CacheType.Q8_0, eightBits), c -> c.prefillInChunks(cache));
      passes(cacheLimit(CacheType.Q8_0, eightBits), c -> c.prefillBesideDecode(cache));
    }
    passes(cacheLimit(CacheType.Q8_0, eightBits), c -> c.contextsAcrossBlocks(300));
    passes(cacheLimit(CacheType.F16, halves), c -> c.contextsAcrossBlocks(300));
  }

  @Test
  void wrongNormsFail() {
    fails(
        new ReferenceOps() {
          @Override
          public double[] rmsNorm(double[] x, double[] weight, double epsilon) {
            return super.rmsNorm(x, weight, 0);
          }
        },
        c -> c.rmsNorm(64));
    fails(
        new ReferenceOps() {
          @Override
          public double[] rmsNorm(double[] x, double[] weight, double epsilon) {
            return super.rmsNorm(x, weight, 1e-5);
          }
        },
        c -> c.rmsNorm(64));
  }

  @Test
  void wrongRotationsFail() {
    fails(
        new ReferenceOps() {
          @Override
          public double[] rope(
              double[] x,
              int at,
              int headSize,
              int from,
              boolean pairs,
              float[] f,
              double magnitude) {
            return super.rope(x, at, headSize, from, !pairs, f, magnitude);
          }
        },
        c -> c.rope(32));
    fails(
        new ReferenceOps() {
          @Override
          public double[] rope(
              double[] x,
              int at,
              int headSize,
              int from,
              boolean pairs,
              float[] f,
              double magnitude) {
            return super.rope(x, at, headSize, from, pairs, f, 1);
          }
        },
        c -> c.rope(32));
    fails(
        new ReferenceOps() {
          @Override
          public double[] rope(
              double[] x,
              int at,
              int headSize,
              int from,
              boolean pairs,
              float[] f,
              double magnitude) {
            return super.rope(x, -at, headSize, from, pairs, f, magnitude);
          }
        },
        c -> c.rope(32));
  }

  @Test
  void wrongAttentionFails() {
    fails(
        new ReferenceOps() {
          @Override
          public double[] attention(
              double[] q,
              double[][] k,
              double[][] v,
              int heads,
              int kvHeads,
              int size,
              double s,
              double @Nullable [] sinks) {
            return super.attention(q, k, v, heads, kvHeads, size, 1 / Math.sqrt(heads), sinks);
          }
        },
        c -> c.everyShape(4, 2, 16));
    fails(
        new ReferenceOps() {
          @Override
          public double[] attention(
              double[] q,
              double[][] k,
              double[][] v,
              int heads,
              int kvHeads,
              int size,
              double s,
              double @Nullable [] sinks) {
            int from = Math.max(0, k.length - 64); // forgets what is older than two blocks
            return super.attention(
                q,
                Arrays.copyOfRange(k, from, k.length),
                Arrays.copyOfRange(v, from, v.length),
                heads,
                kvHeads,
                size,
                s,
                sinks);
          }
        },
        c -> c.contextsAcrossBlocks(65));
    fails(
        new ReferenceOps() {
          @Override
          public void softmax(double[] x) {
            double sum = 0;
            for (int i = 0; i < x.length; i++) {
              x[i] = (float) Math.exp(x[i]); // overflows
              sum += x[i];
            }
            for (int i = 0; i < x.length; i++) {
              x[i] /= sum;
            }
          }
        },
        c -> c.scoresBeyondTheRangeOfExp(true));
  }

  @Test
  void wrongGatesAndSumsFail() {
    ReferenceOps swapped =
        new ReferenceOps() {
          @Override
          public double[] swiGlu(double[] gate, double[] up, double limit) {
            return super.swiGlu(up, gate, limit);
          }

          @Override
          public double[] add(double[] left, double[] right) {
            return left;
          }

          @Override
          public double[] embed(Tensor table, int token) {
            return super.embed(table, Math.max(0, token - 1));
          }
        };
    fails(swapped, c -> c.swiGluOnSmallGates(16));
    fails(swapped, c -> c.add(16));
    fails(swapped, c -> c.embed(DataType.Q8_0));
    fails(swapped, c -> c.linearAndResidual(DataType.Q4_0));
  }

  @Test
  void lostBiasFails() {
    ReferenceOps unbiased =
        new ReferenceOps() {
          @Override
          public double[][] linear(double[][] x, Tensor weight, double @Nullable [] bias) {
            return super.linear(x, weight, null);
          }
        };
    fails(unbiased, c -> c.linear(DataType.F32));
    fails(unbiased, c -> c.models(DataType.F32));
  }

  /** One wrong value in a row that is small beside others must not drown. */
  @Test
  void anErrorInASmallRowFails() {
    ReferenceOps flushed =
        new ReferenceOps() {
          @Override
          public double[][] linear(double[][] x, Tensor weight, double @Nullable [] bias) {
            double[][] y = super.linear(x, weight, bias);
            for (double[] row : y) {
              for (int i = 0; i < row.length; i++) {
                row[i] = Math.abs(row[i]) < 1e-6 ? 0 : row[i];
              }
            }
            return y;
          }
        };
    fails(flushed, c -> c.linearOfBlocksAtTheEdges(DataType.Q4_0));
  }

  /** A backend whose executables see other batches than those given. */
  private static Backend altered(UnaryOperator<int[]> blockTable, boolean leaky) {
    ReferenceBackend backend = new ReferenceBackend();
    return new Backend() {
      @Override
      public String description() {
        return "altered";
      }

      @Override
      public MemoryPlan estimate(Graph graph, Limits limits) {
        return backend.estimate(graph, limits);
      }

      @Override
      public Executable compile(Graph graph, Limits limits, LoadMonitor monitor) {
        Executable executable = backend.compile(graph, limits, monitor);
        return new Executable() {
          @Override
          public void run(Batch batch) {
            Batch other = new Batch(batch.maxRows());
            for (int s = 0; s < batch.numSegments(); s++) {
              int from = batch.segmentStart(s);
              int count = batch.segmentStart(s + 1) - from;
              int[] tokens = new int[count];
              Arrays.setAll(tokens, i -> batch.token(from + i));
              int[] table = blockTable.apply(batch.blockTable(s));
              other.add(tokens, 0, count, batch.position(from), table, true, true);
            }
            executable.run(other);
            int vocabulary = graph.operations().getLast().output().width();
            for (int i = 0; i < batch.numLogits(); i++) {
              int row = leaky ? i : batch.logitRow(i);
              System.arraycopy(
                  other.logits(vocabulary),
                  row * vocabulary,
                  batch.logits(vocabulary),
                  i * vocabulary,
                  vocabulary);
            }
          }

          @Override
          public long memoryBytes() {
            return 1;
          }

          @Override
          public void close() {
            executable.close();
          }
        };
      }

      @Override
      public void close() {
        backend.close();
      }
    };
  }

  @Test
  void wrongBookkeepingFails() {
    passes(new Contract(altered(t -> t, false)), c -> c.prefillBesideDecode(CacheType.F32));
    UnaryOperator<int[]> contiguous =
        table -> {
          int[] blocks = new int[table.length];
          Arrays.setAll(blocks, i -> i);
          return blocks;
        };
    Contract oneSequence = new Contract(altered(contiguous, false));
    passes(oneSequence, c -> c.contextsAcrossBlocks(65));
    fails(oneSequence, c -> c.prefillBesideDecode(CacheType.F32));
    fails(oneSequence, c -> c.manySequencesDecodeTogether(8));
    Contract firstRows = new Contract(altered(t -> t, true));
    fails(firstRows, c -> c.contextsAcrossBlocks(65));
    fails(firstRows, c -> c.logits(DataType.F32));
  }
}
