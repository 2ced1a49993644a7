// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.spi.Backend;
import dev.coterie.spi.DataType;
import dev.coterie.spi.Operation;
import dev.coterie.spi.Operation.Scoring;
import dev.coterie.spi.Operation.Visibility;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The contracts of mixtures, visibility and latent attention fail wrong backends. */
class MixtureContractMutationTest {
  private static final class Contract extends BackendContract {
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
              contract.rmsNormOfParts(64);
              contract.layerNorm(128);
              contract.layerNormFarFromZero();
              contract.ropeOfAPartOfEachHead(4, 192, 128, 32);
              contract.swiGluWithLimit(7);
              contract.windows(33);
              contract.steepSinks(88);
              contract.activationsBiasesAndLimits(DataType.Q4_0);
              contract.aWholeMixture(DataType.Q4_K);
              contract.latentAttention(4, 40, 24, 16, 24);
            })
        .doesNotThrowAnyException();
  }

  @Test
  void theHigherIndexWinningTiesFails() {
    ReferenceOps wrong =
        new ReferenceOps() {
          @Override
          public int[] best(double[] values, int count) {
            double[] reversed = new double[values.length];
            Arrays.setAll(reversed, i -> values[values.length - 1 - i]);
            int[] best = super.best(reversed, count);
            return IntStream.of(best).map(i -> values.length - 1 - i).toArray();
          }
        };
    for (Scoring scoring : Scoring.values()) {
      fails(wrong, c -> c.theLowerIndexWinsTies(scoring));
      assertThatCode(() -> new Contract(wrong).logitsBeyondTheRangeOfExp(scoring))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void wrongWeightsFail() {
    fails(
        new ReferenceOps() {
          @Override
          public double[] route(Operation.Route route, double[] logits, int token) {
            double[] y = super.route(route, logits, token);
            double[] scores = scores(route.scoring(), logits);
            for (int i = 0; i < route.used(); i++) {
              y[route.used() + i] = scores[(int) y[i]] * route.scale(); // not normalized
            }
            return y;
          }
        },
        c -> c.routes(8));
    fails(
        new ReferenceOps() {
          @Override
          public double[] groupScores(double[] ranks, int groups, int top) {
            return super.groupScores(ranks, groups, 1);
          }
        },
        c -> c.routesInGroups(64, 8, 4, 2, 8));
    fails(
        new ReferenceOps() {
          @Override
          public double[] ranks(Operation.Route route, double[] logits) {
            return scores(route.scoring(), logits); // forgets the bias
          }
        },
        c -> c.routes(16));
  }

  @Test
  void windowsOffByOneFail() {
    for (int size : new int[] {1, 32, 64, 100}) {
      ReferenceOps narrow =
          new ReferenceOps() {
            @Override
            public int firstVisible(Visibility visibility, int position) {
              return Math.min(position, super.firstVisible(visibility, position) + 1);
            }
          };
      ReferenceOps wide =
          new ReferenceOps() {
            @Override
            public int firstVisible(Visibility visibility, int position) {
              return Math.max(0, super.firstVisible(visibility, position) - 1);
            }
          };
      fails(size == 1 ? wide : narrow, c -> c.windows(size));
      fails(wide, c -> c.windows(size));
      fails(wide, c -> c.chunks(size));
    }
  }

  @Test
  void lostSinksFail() {
    fails(
        new ReferenceOps() {
          @Override
          public double[] attention(
              double[] q,
              double[][] k,
              double[][] v,
              int heads,
              int keyValueHeads,
              int headSize,
              double scale,
              double @Nullable [] sinks) {
            return super.attention(q, k, v, heads, keyValueHeads, headSize, scale, null);
          }
        },
        c -> c.sinks(3));
  }

  @Test
  void wrongExpertsFail() {
    fails(
        new ReferenceOps() {
          @Override
          public double[] swiGlu(double[] gate, double[] up, double limit) {
            double[] clamped = Arrays.stream(gate).map(g -> Math.max(g, -limit)).toArray();
            return super.swiGlu(clamped, up, limit); // the gate has no lower limit
          }
        },
        c -> c.activationsBiasesAndLimits(DataType.F32));
    fails(
        new ReferenceOps() {
          @Override
          public double[] shiftedSwiGlu(double[] gate, double[] up, double alpha, double limit) {
            return super.shiftedSwiGlu(gate, up, 1, limit);
          }
        },
        c -> c.activationsBiasesAndLimits(DataType.F32));
  }

  @Test
  void wrongLatentAttentionFails() {
    fails(
        new ReferenceOps() {
          @Override
          public double[] mlaAttention(
              double[] query,
              double[][] latents,
              double[][] keyRopes,
              double[][][] keyUp,
              double[][][] valueUp,
              double scale) {
            double[][] none = new double[keyRopes.length][keyRopes[0].length];
            return super.mlaAttention(query, latents, none, keyUp, valueUp, scale);
          }
        },
        c -> c.latentAttention(4, 40, 24, 16, 24));
    ReferenceOps unrectified =
        new ReferenceOps() {
          @Override
          public double[] indexScores(double[] query, double[] weights, double[][] keys) {
            double[] negated = Arrays.stream(query).map(v -> -v).toArray();
            double[] one = super.indexScores(query, weights, keys);
            double[] other = super.indexScores(negated, weights, keys);
            Arrays.setAll(one, i -> one[i] - other[i]);
            return one;
          }
        };
    fails(unrectified, c -> c.selectPositions(4, 32, 24));
    fails(unrectified, c -> c.latentAttentionAfterTheIndexer(4, 32, 24));
  }
}
