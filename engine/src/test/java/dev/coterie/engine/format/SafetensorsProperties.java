// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.TensorInfo;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** What is written is read back; the header is written by Jackson. */
class SafetensorsProperties {
  private static final SafetensorsType[] TYPES = SafetensorsType.values();
  private static Path path = Path.of("");

  @BeforeContainer
  static void create() throws IOException {
    path = Files.createTempFile("coterie", ".safetensors");
  }

  @AfterContainer
  static void delete() throws IOException {
    Files.delete(path);
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void roundTrip(
      @ForAll("names") List<String> names,
      @ForAll("pairs") Map<String, String> pairs,
      @ForAll long seed)
      throws IOException {
    Random random = new Random(seed);
    SafetensorsWriter writer = new SafetensorsWriter();
    pairs.forEach(writer::put);
    List<TensorInfo> expected = new ArrayList<>();
    List<byte[]> contents = new ArrayList<>();
    for (String name : names) {
      SafetensorsType type = TYPES[random.nextInt(TYPES.length)];
      List<Long> shape = new ArrayList<>();
      shape.add(type.bits() < 8 ? 4L * random.nextInt(4) : random.nextInt(5));
      int elements = Math.toIntExact(shape.getFirst());
      for (int rank = random.nextInt(4); rank > 0; rank--) {
        long n = 1 + random.nextInt(3);
        shape.addFirst(n);
        elements = Math.toIntExact(elements * n);
      }
      byte[] data = new byte[elements * type.bits() / 8];
      random.nextBytes(data);
      writer.tensor(name, type.name(), shape, data);
      expected.add(new TensorInfo(name, type.name(), shape, data.length));
      contents.add(data);
    }
    writer.write(path);
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsFile file = SafetensorsFile.open(path, arena);
      assertThat(file.metadata()).containsExactlyEntriesOf(pairs);
      assertThat(file.tensors()).isEqualTo(expected);
      for (int i = 0; i < names.size(); i++) {
        SafetensorsEntry entry = Objects.requireNonNull(file.find(names.get(i)));
        assertThat(entry.name()).isEqualTo(names.get(i));
        assertThat(file.data(entry).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(contents.get(i));
      }
      assertThat(file.contains("another")).isFalse();
    }
  }

  @Provide
  Arbitrary<List<String>> names() {
    return texts()
        .filter(name -> !name.equals("__metadata__") && !name.equals("another"))
        .list()
        .uniqueElements()
        .ofMaxSize(12);
  }

  @Provide
  Arbitrary<Map<String, String>> pairs() {
    return Arbitraries.maps(texts(), texts()).ofMaxSize(4);
  }

  /** Anything that JSON can hold: characters to escape, of all planes. */
  private static Arbitrary<String> texts() {
    return Arbitraries.oneOf(
        Arbitraries.strings().ascii().ofMaxLength(30),
        Arbitraries.integers()
            .between(0, 0x10ffff)
            .filter(c -> c < 0xd800 || c > 0xdfff)
            .map(Character::toString)
            .list()
            .ofMaxSize(10)
            .map(list -> String.join("", list)));
  }
}
