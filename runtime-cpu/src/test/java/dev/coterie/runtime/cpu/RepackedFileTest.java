// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.LoadOptions;
import dev.coterie.RepackCache;
import dev.coterie.runtime.cpu.RepackedFile.Opener;
import dev.coterie.spi.DataType;
import dev.coterie.spi.LoadMonitor;
import dev.coterie.spi.Value;
import dev.coterie.spi.WeightCache;
import dev.coterie.testkit.GraphBuilder;
import dev.coterie.testkit.RandomTensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The file of packed weights: what is taken, what is refused, and what is left when it fails. */
@Timeout(120)
class RepackedFileTest {
  private static final String IDENTITY = "0123";
  private static final LoadMonitor MONITOR = new LoadMonitor(LoadOptions.DEFAULT);

  @TempDir Path folder;
  private final ThreadTeam team = new ThreadTeam(2, "coterie-test");

  @AfterEach
  void close() {
    team.close();
  }

  static WeightPlan plan(long seed, DataType... types) {
    RandomTensors random = new RandomTensors(seed);
    GraphBuilder builder = new GraphBuilder();
    Value x = builder.embed("embd", random.matrix("embd", DataType.F32, 10, 256, 1));
    int i = 0;
    for (DataType type : types) {
      x = builder.linear("l" + i, x, random.matrix("w" + i++, type, 256, 256, 0.1), null);
    }
    return WeightPlan.of(builder.logits(x, random.matrix("out", DataType.Q8_0, 33, 256, 0.1)));
  }

  private static WeightPlan plan() {
    return plan(1, DataType.Q4_0, DataType.Q6_K, DataType.BF16);
  }

  private WeightCache cache(String identity) {
    return new WeightCache(RepackCache.in(folder), "some model", identity);
  }

  private RepackedFile file(WeightPlan plan, Opener opener) {
    return new RepackedFile(cache(IDENTITY), plan, opener);
  }

  private RepackedFile file(WeightPlan plan) {
    return file(plan, RepackedFileTest::create);
  }

  static FileChannel create(Path path, FileAttribute<?>... attributes) throws IOException {
    return FileChannel.open(
        path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes);
  }

  private PackedWeights open(WeightPlan plan, RepackedFile file) {
    return PackedWeights.open(plan, file, team, MONITOR);
  }

  private byte[] packed(WeightPlan plan) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment weights = arena.allocate(plan.bytes(), 64);
      new WeightPacking(plan).pack(weights, team, MONITOR);
      return weights.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private RepackedFile written(WeightPlan plan) throws IOException {
    RepackedFile file = file(plan);
    file.write(MemorySegment.ofArray(packed(plan)), () -> false);
    return file;
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  /** The weights that are mapped, or null. */
  private static byte[] mapped(RepackedFile file) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment weights = file.map(arena);
      return weights == null ? null : weights.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static void await(Path file) throws Exception {
    while (!Files.exists(file)) {
      Thread.sleep(5);
    }
  }

  @Test
  void theSecondOpenMapsWhatTheFirstPacked() throws Exception {
    WeightPlan plan = plan();
    RepackedFile file = file(plan);
    byte[] expected = packed(plan);
    try (PackedWeights first = open(plan, file)) {
      assertThat(first.copiedBytes()).isEqualTo(plan.bytes());
      await(file.path());
    }
    assertThat(left()).containsExactly(file.path());
    assertThat(mapped(file)).isEqualTo(expected);
    try (PackedWeights second = open(plan, file)) {
      assertThat(second.copiedBytes()).isZero();
      for (WeightPlan.Slot slot : plan.slots()) {
        PackedMatrix matrix = second.find(slot.tensor());
        assertThat(matrix.data().isReadOnly()).isTrue();
        assertThat(matrix.data().address() % WeightPlan.LINE_BYTES).isZero();
        assertThat(matrix.data().byteSize()).isEqualTo(slot.bytes());
      }
      Files.delete(file.path()); // what is mapped stays
      PackedMatrix last = second.find(plan.slots().getLast().tensor());
      assertThat(last.data().toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(
              Arrays.copyOfRange(
                  expected,
                  (int) plan.slots().getLast().offset(),
                  (int) (plan.slots().getLast().offset() + plan.slots().getLast().bytes())));
    }
  }

  @Test
  void onlyTheOwnerReadsIt() throws IOException {
    RepackedFile file = written(plan());
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      assertThat(Files.getPosixFilePermissions(file.path()))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
  }

  @Test
  void otherWeightsHaveAnotherFile() {
    WeightPlan plan = plan();
    Path path = file(plan).path();
    assertThat(path.getFileName().toString()).matches("some-model-[0-9a-f]{32}\\.repacked");
    assertThat(file(plan(2, DataType.Q4_0, DataType.Q6_K, DataType.BF16)).path()).isEqualTo(path);
    assertThat(file(plan(1, DataType.Q4_0, DataType.Q6_K)).path()).isNotEqualTo(path);
    assertThat(file(plan(1, DataType.Q4_1, DataType.Q6_K, DataType.BF16)).path())
        .isNotEqualTo(path);
    assertThat(new RepackedFile(cache("0124"), plan, RepackedFileTest::create).path())
        .isNotEqualTo(path);
  }

  @Test
  void aFileOfAnyOtherLengthIsDiscarded() throws IOException {
    WeightPlan plan = plan();
    RepackedFile file = written(plan);
    byte[] whole = Files.readAllBytes(file.path());
    int header = whole.length - (int) plan.bytes();
    for (int length :
        List.of(0, 1, 24, header - 1, header, header + 1, whole.length / 2, whole.length - 1)) {
      Files.write(file.path(), Arrays.copyOf(whole, length));
      assertThat(mapped(file)).as("length " + length).isNull();
      assertThat(left()).isEmpty();
    }
    Files.write(file.path(), Arrays.copyOf(whole, whole.length + 1));
    assertThat(mapped(file)).isNull();
    Files.createDirectory(file.path());
    assertThat(mapped(file)).isNull();
  }

  @Test
  void aHeaderWithAnyOtherByteIsDiscarded() throws IOException {
    WeightPlan plan = plan();
    RepackedFile file = written(plan);
    byte[] bytes = Files.readAllBytes(file.path());
    int header = bytes.length - (int) plan.bytes();
    PrintStream err = System.err;
    System.setErr(new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    try { // a warning for each
      for (int i = 0; i < header; i++) {
        bytes[i] ^= (byte) (1 << i % 8);
        Files.write(file.path(), bytes);
        assertThat(mapped(file)).as("byte " + i).isNull();
        bytes[i] ^= (byte) (1 << i % 8);
      }
    } finally {
      System.setErr(err);
    }
    Files.write(file.path(), bytes);
    assertThat(mapped(file)).isEqualTo(packed(plan));
  }

  @Test
  void comparingInFullFindsAnyOtherByte() throws Exception {
    WeightPlan plan = plan();
    RepackedFile file =
        new RepackedFile(
            new WeightCache(RepackCache.in(folder).verified(), "some model", IDENTITY),
            plan,
            RepackedFileTest::create);
    byte[] expected = packed(plan);
    file.write(MemorySegment.ofArray(expected), () -> false);
    byte[] bytes = Files.readAllBytes(file.path());
    int header = bytes.length - (int) plan.bytes();
    try (PackedWeights weights = open(plan, file)) {
      assertThat(weights.copiedBytes()).isZero();
    }
    long seed = 5;
    Random random = new Random(seed);
    for (int i = 0; i < 40; i++) {
      WeightPlan.Slot slot = plan.slots().get(i % plan.slots().size());
      int at = header + (int) slot.offset() + random.nextInt((int) slot.bytes());
      bytes[at] ^= 1;
      Files.write(file.path(), bytes);
      try (PackedWeights weights = open(plan, file)) {
        assertThat(weights.copiedBytes()).as("byte " + at).isEqualTo(plan.bytes());
        await(file.path()); // it is written anew
      }
      assertThat(mapped(file)).isEqualTo(expected);
      bytes[at] ^= 1;
    }
  }

  /** What a version of the packer or of the engine made that made other bytes. */
  @Test
  void aSampleFindsWeightsOfAnotherForm() throws Exception {
    WeightPlan plan = plan();
    WeightPlan other = plan(2, DataType.Q4_0, DataType.Q6_K, DataType.BF16);
    RepackedFile file = file(plan);
    for (int i = 0; i < plan.slots().size(); i++) {
      WeightPlan.Slot slot = plan.slots().get(i);
      byte[] bytes = packed(plan);
      System.arraycopy(
          packed(other), (int) slot.offset(), bytes, (int) slot.offset(), (int) slot.bytes());
      file.write(MemorySegment.ofArray(bytes), () -> false);
      assertThat(PackedWeights.areKept(plan, file)).as(slot.tensor().name()).isFalse();
      assertThat(left()).isEmpty();
      file.write(MemorySegment.ofArray(bytes), () -> false);
      try (PackedWeights weights = open(plan, file)) {
        assertThat(weights.copiedBytes()).isEqualTo(plan.bytes());
        await(file.path());
      }
      assertThat(PackedWeights.areKept(plan, file)).isTrue();
      Files.delete(file.path());
    }
  }

  /** The nth write or flush fails, for all n. */
  @Test
  void aFullDiskLeavesNothing() throws IOException {
    WeightPlan plan = plan();
    MemorySegment weights = MemorySegment.ofArray(packed(plan));
    int fails = 0;
    while (true) {
      AtomicInteger left = new AtomicInteger(fails);
      RepackedFile file =
          file(
              plan,
              (path, attributes) ->
                  new FaultyChannel(
                      create(path, attributes),
                      () -> {
                        if (left.getAndDecrement() == 0) {
                          throw new IOException("No space left on device");
                        }
                      }));
      try {
        file.write(weights, () -> false);
        assertThat(mapped(file)).isEqualTo(packed(plan));
        break;
      } catch (IOException e) {
        assertThat(e).hasMessage("No space left on device");
        assertThat(left()).isEmpty();
      }
      fails++;
    }
    assertThat(fails).isGreaterThan(20);
  }

  @Test
  void whatCannotBeKeptIsSaidOnceAndTheWeightsAreThere() throws Exception {
    assertThat(said(new IOException("No space left on device")))
        .containsOnlyOnce("WARN")
        .contains("repacked weights are not kept: No space left on device; make room there, or set")
        .contains("-Dcoterie.cache.dir", "-Dcoterie.cache.disable=true");
    assertThat(said(new AccessDeniedException("x"))).doesNotContain("WARN");
    assertThat(said(new FileSystemException("x", null, "Read-only file system")))
        .doesNotContain("WARN");
    assertThat(said(new FileSystemException("x", null, "Disk quota exceeded")))
        .containsOnlyOnce("WARN");
  }

  private String said(IOException fault) throws Exception {
    WeightPlan plan = plan();
    CountDownLatch failed = new CountDownLatch(1);
    RepackedFile file =
        file(
            plan,
            (path, attributes) -> {
              failed.countDown();
              throw fault;
            });
    PrintStream err = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try (PackedWeights weights = open(plan, file)) {
      assertThat(failed.await(60, TimeUnit.SECONDS)).isTrue();
      WeightPlan.Slot slot = plan.slots().getFirst();
      assertThat(weights.find(slot.tensor()).data().toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(Arrays.copyOf(packed(plan), (int) slot.bytes()));
    } finally {
      System.setErr(err);
    }
    assertThat(left()).isEmpty();
    return log.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aFolderThatIsAFileStopsNobody() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    WeightPlan plan = plan();
    RepackedFile repacked =
        new RepackedFile(
            new WeightCache(RepackCache.in(file), "m", IDENTITY), plan, RepackedFileTest::create);
    assertThatThrownBy(() -> repacked.write(MemorySegment.ofArray(packed(plan)), () -> false))
        .isInstanceOf(IOException.class);
    try (PackedWeights weights = open(plan, repacked)) {
      assertThat(weights.copiedBytes()).isEqualTo(plan.bytes());
    }
  }

  @Test
  void closingStopsTheWriter() throws Exception {
    WeightPlan plan = plan(1, new DataType[] {DataType.F32, DataType.F32, DataType.F32});
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch closing = new CountDownLatch(1);
    RepackedFile file =
        file(
            plan,
            (path, attributes) ->
                new FaultyChannel(
                    create(path, attributes),
                    () -> {
                      writing.countDown();
                      try {
                        closing.await();
                        Thread.sleep(50);
                      } catch (InterruptedException e) {
                        throw new IOException(e);
                      }
                    }));
    PackedWeights weights = open(plan, file);
    assertThat(writing.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(left()).hasSize(1).allMatch(path -> path.toString().endsWith(".part"));
    closing.countDown();
    Thread.currentThread().interrupt(); // does not hurry it
    weights.close();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(left()).allMatch(path -> !path.toString().endsWith(".part"));
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("coterie-repack-writer")))
        .isEmpty();
  }

  @Test
  void aWriterThatIsToldToStopLeavesNothing() throws IOException {
    WeightPlan plan = plan();
    file(plan).write(MemorySegment.ofArray(packed(plan)), () -> true);
    assertThat(left()).isEmpty();
  }

  @Test
  void weightsAboveTheLimitAreNotKept() throws IOException {
    System.setProperty("coterie.cache.limit", "1000");
    try {
      written(plan());
      assertThat(left()).isEmpty();
    } finally {
      System.clearProperty("coterie.cache.limit");
    }
  }

  @Test
  void smallWeightsAreNotKept() {
    WeightPlan plan = plan();
    assertThat(RepackedFile.of(cache(IDENTITY), plan)).isNull();
    System.setProperty("coterie.cache.least", Long.toString(plan.bytes()));
    try {
      assertThat(RepackedFile.of(cache(IDENTITY), plan)).isNotNull();
      assertThat(RepackedFile.of(null, plan)).isNull();
      System.setProperty("coterie.cache.least", Long.toString(plan.bytes() + 1));
      assertThat(RepackedFile.of(cache(IDENTITY), plan)).isNull();
    } finally {
      System.clearProperty("coterie.cache.least");
    }
  }
}
