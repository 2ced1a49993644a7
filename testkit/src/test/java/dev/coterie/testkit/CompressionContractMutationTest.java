// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.CacheType;
import dev.coterie.spi.Backend;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Operation.Compressor;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The contracts of hyper-connections and compressed entries fail wrong backends. */
class CompressionContractMutationTest {
  private static class Contract extends BackendContract {
    private final Backend backend;

    Contract(ReferenceOps operations) {
      backend = new ReferenceBackend(operations);
      open();
    }

    @Override
    protected Backend openBackend() {
      return backend;
    }
  }

  private static void fails(ReferenceOps operations, Consumer<Contract> test) {
    Contract contract = new Contract(operations);
    assertThatThrownBy(() -> test.accept(contract)).isInstanceOf(AssertionError.class);
  }

  @Test
  void plainFloatsPass() {
    Contract contract = new Contract(new FloatOps());
    assertThatCode(
            () -> {
              contract.repeat(32);
              contract.hyperWeights(64, 20);
              contract.hyperReadWriteAndHead(96);
              contract.hyperConnections(64);
              contract.groupedLinear(DataType.F8_E4M3, 4, 33, 192);
              contract.compressedContexts(2, 128, 4, 128);
              contract.compressedContexts(8, 32, 128, 128);
              contract.compressedInChunks(4, 8);
              contract.compressedSegmentsBesideEachOther(CacheType.F32);
              contract.selectEntries(8, 128, 4, 33);
              contract.compressedAttentionAfterTheIndexer(8, 64, 7);
            })
        .doesNotThrowAnyException();
  }

  /** Keys and entries as a cache of a type keeps them, judged by that type's limit alone. */
  @ParameterizedTest
  @EnumSource(
      value = CacheType.class,
      names = {"F16", "Q8_0"})
  void roundedCachesPass(CacheType type) {
    ReferenceOps rounded =
        new FloatOps() {
          @Override
          public double[] cached(double[] x) {
            return type == CacheType.Q8_0
                ? roundedTo8Bits(x, true)
                : Arrays.stream(x)
                    .map(v -> Float.float16ToFloat(Float.floatToFloat16((float) v)))
                    .toArray();
          }
        };
    Contract contract =
        new Contract(rounded) {
          @Override
          protected boolean supports(CacheType cache, int headSize) {
            return cache == type && (type != CacheType.Q8_0 || headSize % 32 == 0);
          }
        };
    assertThatCode(
            () -> {
              contract.compressedContexts(3, 64, 0, 32);
              contract.compressedContexts(8, 32, 4, 32);
              contract.compressedContexts(2, 512, 4, 32);
              contract.compressedContexts(3, 64, 128, 32);
              contract.compressedInChunks(4, 8);
              contract.compressedInChunks(128, 8);
              contract.compressedSegmentsBesideEachOther(type);
              contract.compressedAttentionToSelectedEntries(7);
            })
        .doesNotThrowAnyException();
  }

  @Test
  void wrongHyperConnectionsFail() {
    fails(
        new ReferenceOps() {
          @Override
          public double[] hyperWrite(double[] streams, double[] weights, double[] input) {
            double[] transposed = weights.clone();
            for (int i = 0; i < 16; i++) {
              transposed[8 + i] = weights[8 + i % 4 * 4 + i / 4];
            }
            return super.hyperWrite(streams, transposed, input);
          }
        },
        c -> c.hyperReadWriteAndHead(32));
    ReferenceOps once =
        new ReferenceOps() {
          @Override
          public void doublyStochastic(double[][] matrix, int iterations, double epsilon) {
            super.doublyStochastic(matrix, iterations - 1, epsilon);
          }
        };
    fails(once, c -> c.hyperWeights(32, 1));
    fails(once, c -> c.hyperWeights(64, 2));
    fails(once, c -> c.hyperWeights(96, 3));
    fails(
        new ReferenceOps() {
          @Override
          public double[][] groupedLinear(Operation.GroupedLinear grouped, double[][] x) {
            return super.groupedLinear(
                new Operation.GroupedLinear(
                    grouped.input(), grouped.weights().reversed(), grouped.output()),
                x);
          }
        },
        c -> c.groupedLinear(DataType.Q8_0, 2, 16, 256));
  }

  @Test
  void entriesOneTokenLateFail() {
    ReferenceOps late =
        new ReferenceOps() {
          @Override
          public int entries(int ratio, int position) {
            return position / ratio;
          }
        };
    fails(late, c -> c.compressedContexts(4, 64, 4, 8));
    fails(late, c -> c.compressedContexts(8, 32, 128, 128));
    fails(late, c -> c.compressedInChunks(128, 8));
    fails(late, c -> c.compressedSegmentsBesideEachOther(CacheType.F32));
    fails(late, c -> c.selectEntries(4, 64, 4, 100));
  }

  @Test
  void wrongEntriesFail() {
    ReferenceOps alone =
        new ReferenceOps() {
          @Override
          public double[] compress(
              Compressor compressor, int window, double[][] values, double[][] gates) {
            int from = values.length - compressor.ratio(); // forgets the window before
            return super.compress(
                compressor,
                window,
                Arrays.copyOfRange(values, from, values.length),
                Arrays.copyOfRange(gates, from, gates.length));
          }
        };
    ReferenceOps unrotated =
        new ReferenceOps() {
          @Override
          public double[] compress(Compressor c, int window, double[][] values, double[][] gates) {
            float[] none = {};
            return super.compress(
                new Compressor(
                    c.values(),
                    c.gates(),
                    c.ratio(),
                    c.positionBias(),
                    c.norm(),
                    c.epsilon(),
                    none),
                window,
                values,
                gates);
          }
        };
    for (ReferenceOps wrong : new ReferenceOps[] {alone, unrotated}) {
      fails(wrong, c -> c.compressedContexts(4, 64, 4, 8));
      fails(wrong, c -> c.compressedAttentionToSelectedEntries(30));
      fails(wrong, c -> c.selectEntries(4, 32, 4, 7));
      fails(wrong, c -> c.compressedAttentionAfterTheIndexer(4, 32, 1));
    }
    fails(unrotated, c -> c.compressedContexts(3, 64, 128, 32));
  }
}
