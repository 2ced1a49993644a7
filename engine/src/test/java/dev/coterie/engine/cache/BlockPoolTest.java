// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ObjIntConsumer;
import org.junit.jupiter.api.Test;

class BlockPoolTest {
  private static final ObjIntConsumer<int[]> IGNORED = (_, _) -> {};

  @Test
  void tellsWhatIsGivenBack() {
    List<String> heard = new ArrayList<>();
    BlockPool pool =
        new BlockPool(
            4, (blocks, count) -> heard.add(Arrays.toString(Arrays.copyOf(blocks, count))));
    BlockTable table = pool.reserve(100);
    assertThat(table).isNotNull();
    table.grow(40);
    table.release();
    table.release();
    assertThat(heard).containsExactly("[0, 1]");
  }

  @Test
  void reservesWholeBlocks() {
    BlockPool pool = new BlockPool(4, IGNORED);
    BlockTable table = pool.reserve(33);
    assertThat(table).isNotNull();
    assertThat(pool.available()).isEqualTo(2);
    assertThat(pool.reserve(65)).isNull();
    assertThat(pool.reserve(64)).isNotNull();
    assertThat(pool.available()).isZero();
    table.release();
    table.release();
    assertThat(pool.available()).isEqualTo(2);
    assertThat(pool.size()).isEqualTo(4);
    assertThat(pool.capacity()).isEqualTo(128);
  }

  @Test
  void takesTheBlockThatWasFreedLast() {
    BlockPool pool = new BlockPool(8, IGNORED);
    BlockTable first = pool.reserve(64);
    assertThat(first).isNotNull();
    assertThat(first.grow(40)).startsWith(0, 1);
    first.release();
    BlockTable second = pool.reserve(96);
    assertThat(second).isNotNull();
    assertThat(second.grow(1)[0]).isZero();
    assertThat(second.grow(96)).startsWith(0, 1, 2);
  }

  @Test
  void saysWhatIsWrong() {
    BlockPool pool = new BlockPool(2, IGNORED);
    assertThatThrownBy(() -> pool.reserve(65))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tokens: expected at most 64, found 65");
    BlockTable table = pool.reserve(20);
    assertThat(table).isNotNull();
    assertThatThrownBy(() -> table.grow(33))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("tokens: expected at most 32, found 33");
    table.release();
    assertThatThrownBy(() -> table.grow(1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the block table is released");
  }

  @Test
  void countsDoNotOverflow() {
    assertThat(BlockPool.blocks(Integer.MAX_VALUE)).isEqualTo(1 << 26);
    assertThat(BlockPool.blocks(0)).isZero();
    assertThat(BlockPool.blocks(32)).isEqualTo(1);
  }
}
