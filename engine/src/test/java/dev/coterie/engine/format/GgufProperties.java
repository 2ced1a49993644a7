// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.TensorInfo;
import dev.coterie.engine.format.GgufWriter.Type;
import dev.coterie.spi.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** What is written is read back. */
class GgufProperties {
  private static final List<GgmlType> TYPES = List.of(GgmlType.values());
  private static Path path = Path.of("");

  @BeforeContainer
  static void create() throws IOException {
    path = Files.createTempFile("coterie", ".gguf");
  }

  @AfterContainer
  static void delete() throws IOException {
    Files.delete(path);
  }

  /** A value as it is written and as {@link Metadata} holds it. */
  private record Pair(Type type, boolean array, List<Object> written, Object read) {}

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void metadata(@ForAll("keys") List<String> keys, @ForAll("pairs") List<Pair> pairs)
      throws IOException {
    GgufWriter writer = new GgufWriter();
    int n = Math.min(keys.size(), pairs.size());
    for (int i = 0; i < n; i++) {
      Pair pair = pairs.get(i);
      if (pair.array) {
        writer.putArray(keys.get(i), pair.type, pair.written);
      } else {
        writer.put(keys.get(i), pair.type, pair.written.getFirst());
      }
    }
    writer.write(path);
    try (GgufFile file = GgufFile.open(path)) {
      Map<String, Object> values = file.metadata().values();
      assertThat(values.keySet()).containsExactlyElementsOf(keys.subList(0, n));
      for (int i = 0; i < n; i++) {
        assertThat(values.get(keys.get(i))).isEqualTo(pairs.get(i).read);
      }
    }
  }

  @Property(tries = 300)
  void tensors(
      @ForAll @IntRange(min = 0, max = 20) int count,
      @ForAll @IntRange(min = 3, max = 8) int logAlignment,
      @ForAll long seed)
      throws IOException {
    Random random = new Random(seed);
    GgufWriter writer =
        new GgufWriter().put("general.architecture", "llama").alignment(1 << logAlignment);
    List<TensorInfo> expected = new ArrayList<>();
    List<byte[]> contents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      GgmlType type = TYPES.get(random.nextInt(TYPES.size()));
      List<Long> shape = new ArrayList<>();
      long blocks = 1 + random.nextInt(3);
      shape.add(blocks * type.blockSize());
      for (int rank = random.nextInt(4); rank > 0; rank--) {
        long n = 1 + random.nextInt(3);
        shape.addFirst(n);
        blocks *= n;
      }
      byte[] data = new byte[Math.toIntExact(blocks * type.blockBytes())];
      random.nextBytes(data);
      writer.tensor("t" + i, type, shape, data);
      expected.add(new TensorInfo("t" + i, type.name(), shape, data.length));
      contents.add(data);
    }
    writer.write(path);
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.info().tensors()).isEqualTo(expected);
      for (int i = 0; i < count; i++) {
        if (GgmlType.valueOf(expected.get(i).type()).dataType() != null) {
          Tensor tensor = file.tensor("t" + i);
          assertThat(tensor.shape()).isEqualTo(expected.get(i).shape());
          assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(contents.get(i));
        }
      }
    }
  }

  @Provide
  Arbitrary<List<String>> keys() {
    return Arbitraries.strings()
        .withCharRange('!', '~')
        .withChars('ü', '語')
        .ofMinLength(1)
        .ofMaxLength(40)
        .list()
        .uniqueElements()
        .ofMaxSize(12);
  }

  @Provide
  Arbitrary<List<Pair>> pairs() {
    return Arbitraries.of(Type.values())
        .filter(type -> type != Type.ARR)
        .flatMap(
            type ->
                scalar(type)
                    .list()
                    .ofMaxSize(20)
                    .map(list -> new Pair(type, true, list, array(type, list)))
                    .flatMap(
                        array ->
                            Arbitraries.oneOf(
                                Arbitraries.just(array),
                                scalar(type)
                                    .map(
                                        value ->
                                            new Pair(type, false, List.of(value), wide(value))))))
        .list()
        .ofSize(12);
  }

  private static Arbitrary<Object> scalar(Type type) {
    return switch (type) {
      case U8 -> Arbitraries.longs().between(0, 255).asGeneric();
      case I8 -> Arbitraries.longs().between(-128, 127).asGeneric();
      case U16 -> Arbitraries.longs().between(0, 65535).asGeneric();
      case I16 -> Arbitraries.longs().between(-32768, 32767).asGeneric();
      case U32 -> Arbitraries.longs().between(0, 0xffff_ffffL).asGeneric();
      case I32 -> Arbitraries.longs().between(Integer.MIN_VALUE, Integer.MAX_VALUE).asGeneric();
      case U64 -> Arbitraries.longs().greaterOrEqual(0).asGeneric();
      case I64 -> Arbitraries.longs().asGeneric();
      case F32 -> Arbitraries.floats().asGeneric();
      case F64 -> Arbitraries.doubles().asGeneric();
      case BOOL -> Arbitraries.of(true, false).asGeneric();
      case STR -> Arbitraries.strings().withCharRange('\0', '\ud7ff').ofMaxLength(30).asGeneric();
      case ARR -> throw new IllegalArgumentException("arrays of arrays are not supported");
    };
  }

  private static Object wide(Object value) {
    return value instanceof Float f ? (Object) (double) f : value;
  }

  private static Object array(Type type, List<Object> list) {
    return switch (type) {
      case STR -> list.toArray(String[]::new);
      case F32, F64 -> list.stream().mapToDouble(value -> ((Number) value).doubleValue()).toArray();
      case BOOL -> {
        boolean[] array = new boolean[list.size()];
        Arrays.setAll(new Object[array.length], i -> array[i] = (Boolean) list.get(i));
        yield array;
      }
      default -> list.stream().mapToLong(value -> (Long) value).toArray();
    };
  }
}
