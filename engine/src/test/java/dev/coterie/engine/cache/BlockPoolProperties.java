// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class BlockPoolProperties {
  private record Held(BlockTable table, int reserved, int[] tokens) {}

  @Property(tries = 200)
  void noBlockIsHeldTwiceOrLost(@ForAll long seed) {
    Random random = new Random(seed);
    int size = 1 + random.nextInt(random.nextBoolean() ? 10 : 500);
    BlockPool pool = new BlockPool(size, (_, _) -> {});
    List<Held> held = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      if (random.nextInt(3) == 0) {
        int tokens = 1 + random.nextInt(Math.min(6_000, pool.capacity()));
        BlockTable table = pool.reserve(tokens);
        assertThat(table == null).isEqualTo(BlockPool.blocks(tokens) > available(pool, held));
        if (table != null) {
          held.add(new Held(table, tokens, new int[1]));
        }
      } else if (!held.isEmpty() && random.nextBoolean()) {
        held.remove(random.nextInt(held.size())).table().release();
      } else if (!held.isEmpty()) {
        Held one = held.get(random.nextInt(held.size()));
        one.tokens()[0] =
            Math.min(one.reserved(), one.tokens()[0] + 1 + random.nextInt(one.reserved()));
      }
      check(pool, held);
    }
  }

  private static int available(BlockPool pool, List<Held> held) {
    return pool.size() - held.stream().mapToInt(one -> BlockPool.blocks(one.reserved())).sum();
  }

  private static void check(BlockPool pool, List<Held> held) {
    Set<Integer> blocks = new HashSet<>();
    for (Held one : held) {
      int[] table = one.table().grow(one.tokens()[0]);
      for (int b = 0; b < BlockPool.blocks(one.tokens()[0]); b++) {
        assertThat(table[b]).isBetween(0, pool.size() - 1);
        assertThat(blocks.add(table[b])).isTrue();
      }
    }
    assertThat(pool.available()).isEqualTo(available(pool, held));
  }
}
