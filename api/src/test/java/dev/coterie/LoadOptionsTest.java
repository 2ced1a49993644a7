// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.Test;

class LoadOptionsTest {
  private static final int MAX = Integer.MAX_VALUE;

  private static void check(
      String name,
      BiFunction<LoadOptions.Builder, Integer, LoadOptions.Builder> setter,
      ToIntFunction<LoadOptions> getter,
      int least,
      int most) {
    for (int value : new int[] {least, least + 1, most}) {
      LoadOptions options = setter.apply(LoadOptions.builder(), value).build();
      assertThat(getter.applyAsInt(options)).as(name).isEqualTo(value);
      assertThat(options.toBuilder().build()).isEqualTo(options);
    }
    for (int value : List.of(Integer.MIN_VALUE, -1, least - 1, most + 1, MAX)) {
      if (value < least || value > most) {
        assertThatThrownBy(() -> setter.apply(LoadOptions.builder(), value).build())
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessage(name + ": expected " + least + " to " + most + ", found " + value);
      }
    }
  }

  @Test
  void everyNumberIsChecked() {
    check("threads", LoadOptions.Builder::threads, LoadOptions::threads, 0, 1_024);
    check("contextLength", LoadOptions.Builder::contextLength, LoadOptions::contextLength, 0, MAX);
    check("cacheTokens", LoadOptions.Builder::cacheTokens, LoadOptions::cacheTokens, 0, MAX);
    check(
        "maxBatchTokens",
        LoadOptions.Builder::maxBatchTokens,
        LoadOptions::maxBatchTokens,
        1,
        65_536);
    check("maxSequences", LoadOptions.Builder::maxSequences, LoadOptions::maxSequences, 1, 65_536);
  }

  @Test
  void aBudgetIsNotNegative() {
    assertThatThrownBy(() -> LoadOptions.builder().memoryBudget(-1).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("memoryBudget: expected at least 0, found -1");
  }

  @Test
  void everyFieldGoesThroughTheBuilder() {
    LoadListener listener = (phase, done) -> {};
    LoadOptions options =
        LoadOptions.builder()
            .backend("cuda")
            .backendOptions(Map.of("tier", "scalar"))
            .threads(3)
            .contextLength(4)
            .cacheTokens(5)
            .cacheType(CacheType.Q8_0)
            .maxBatchTokens(6)
            .maxSequences(7)
            .memoryBudget(8L << 40)
            .adapters(List.of(new LoraAdapter(Path.of("a"), 0.5f)))
            .listener(listener)
            .cancelled(() -> true)
            .build();
    assertThat(options.backend()).isEqualTo("cuda");
    assertThat(options.backendOptions()).isEqualTo(Map.of("tier", "scalar"));
    assertThat(options.cacheType()).isEqualTo(CacheType.Q8_0);
    assertThat(options.memoryBudget()).isEqualTo(8L << 40);
    assertThat(options.adapters()).containsExactly(new LoraAdapter(Path.of("a"), 0.5f));
    assertThat(options.listener()).isSameAs(listener);
    assertThat(options.cancelled().getAsBoolean()).isTrue();
    assertThat(options.toBuilder().build()).isEqualTo(options);
    assertThat(options.toBuilder().threads(9).build()).isNotEqualTo(options);
  }

  @Test
  void defaultsAreThoseOfTheDocumentation() {
    LoadOptions options = LoadOptions.DEFAULT;
    assertThat(options.backend()).isNull();
    assertThat(options.backendOptions()).isEmpty();
    assertThat(options.threads()).isZero();
    assertThat(options.contextLength()).isZero();
    assertThat(options.cacheTokens()).isZero();
    assertThat(options.cacheType()).isEqualTo(CacheType.F16);
    assertThat(options.maxBatchTokens()).isEqualTo(512);
    assertThat(options.maxSequences()).isEqualTo(64);
    assertThat(options.memoryBudget()).isZero();
    assertThat(options.adapters()).isEmpty();
    assertThat(options.cancelled().getAsBoolean()).isFalse();
    options.listener().progress("anything", 0.5);
  }

  @Test
  void nothingIsNullButTheBackend() {
    assertThatThrownBy(() -> LoadOptions.builder().cacheType(null).build())
        .isInstanceOf(NullPointerException.class)
        .hasMessage("cacheType");
    assertThatThrownBy(() -> LoadOptions.builder().listener(null).build())
        .isInstanceOf(NullPointerException.class)
        .hasMessage("listener");
    assertThatThrownBy(() -> LoadOptions.builder().cancelled(null).build())
        .isInstanceOf(NullPointerException.class)
        .hasMessage("cancelled");
  }

  @Test
  void optionsOfTheBackendAreCopied() {
    Map<String, String> mine = new HashMap<>(Map.of("tier", "scalar"));
    LoadOptions options = LoadOptions.builder().backendOptions(mine).build();
    mine.clear();
    assertThat(options.backendOptions()).containsEntry("tier", "scalar");
    assertThatThrownBy(() -> options.backendOptions().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
