// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.runtime.cpu.machinecode.Assembler.Arithmetic;
import dev.coterie.runtime.cpu.machinecode.Samples.Sample;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The assembler beside GNU {@code as}. What {@code as} made of some samples is kept in {@code
 * encodings.txt}, so that a part of this is checked where there is none; {@link #main} writes it.
 */
class AssemblerTest {
  private static final String KEPT = "encodings.txt";
  private static final long KEPT_SEED = 5;
  private static final int KEPT_EACH = 4;

  @Test
  void equalsTheGnuAssembler(@TempDir Path directory) throws Exception {
    List<Sample> samples = Samples.of(100, new SplittableRandom(1));
    assertThat(samples).hasSizeGreaterThan(10_000);
    List<String> expected =
        GnuAssembler.assemble(samples.stream().map(Sample::source).toList(), directory);
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < samples.size(); i++) {
      String found = GnuAssembler.hex(samples.get(i).bytes());
      if (!found.equals(expected.get(i))) {
        wrong.add(samples.get(i).source() + ": expected " + expected.get(i) + ", found " + found);
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void equalsWhatTheGnuAssemblerMade() throws IOException {
    List<String> lines;
    try (InputStream in = AssemblerTest.class.getResourceAsStream(KEPT)) {
      lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    assertThat(
            Samples.of(KEPT_EACH, new SplittableRandom(KEPT_SEED)).stream()
                .map(AssemblerTest::line))
        .containsExactlyElementsOf(lines);
  }

  private static String line(Sample sample) {
    return sample.source() + " = " + GnuAssembler.hex(sample.bytes());
  }

  /** Writes what {@code as} makes of the kept samples to the file that is named. */
  public static void main(String[] args) throws Exception {
    List<String> sources =
        Samples.of(KEPT_EACH, new SplittableRandom(KEPT_SEED)).stream()
            .map(Sample::source)
            .toList();
    List<String> bytes =
        GnuAssembler.assemble(sources, Files.createTempDirectory("coterie-assembler"));
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      lines.add(sources.get(i) + " = " + bytes.get(i));
    }
    Files.write(Path.of(args[0]), lines);
  }

  @Test
  void jumpsAreAsLongAsTheyMustBe(@TempDir Path directory) throws Exception {
    SplittableRandom random = new SplittableRandom(2);
    for (int program = 0; program < 40; program++) {
      Assembler assembler = new Assembler();
      List<String> source = new ArrayList<>();
      List<Label> labels = new ArrayList<>();
      int count = 2 + random.nextInt(20);
      for (int i = 0; i < count; i++) {
        labels.add(new Label());
      }
      for (int i = 0; i < count; i++) {
        for (int n = random.nextInt(4); n > 0; n--) {
          int target = random.nextInt(count);
          Condition condition = Condition.values()[random.nextInt(16)];
          if (random.nextBoolean()) {
            source.add("jmp L" + target);
            assembler.jmp(labels.get(target));
          } else {
            source.add("j" + condition.suffix() + " L" + target);
            assembler.jcc(condition, labels.get(target));
          }
          for (int fill = random.nextInt(60); fill > 0; fill--) {
            source.add("push rax");
            assembler.push(Gpr.RAX);
          }
        }
        source.add("L" + i + ":");
        assembler.bind(labels.get(i));
      }
      assertThat(GnuAssembler.hex(assembler.assemble()))
          .as(String.join("\n", source))
          .isEqualTo(String.join("", GnuAssembler.assemble(source, directory)));
    }
  }

  @Test
  void jumpsTurnLongAt128Bytes() {
    assertThat(jumpOver(127)).startsWith("eb7f");
    assertThat(jumpOver(128)).startsWith("e980000000");
    Assembler assembler = new Assembler();
    Label start = new Label();
    assembler.bind(start);
    for (int i = 0; i < 126; i++) {
      assembler.ret();
    }
    assembler.jcc(Condition.NOT_EQUAL, start);
    assembler.jcc(Condition.NOT_EQUAL, start);
    assertThat(GnuAssembler.hex(assembler.assemble())).endsWith("c37580" + "0f857affffff");
  }

  private static String jumpOver(int bytes) {
    Assembler assembler = new Assembler();
    Label end = new Label();
    assembler.jmp(end);
    for (int i = 0; i < bytes; i++) {
      assembler.ret();
    }
    assembler.bind(end);
    return GnuAssembler.hex(assembler.assemble());
  }

  @Test
  void vexIsChosenWhereItCanSayIt() {
    TreeSet<String> withEvex = new TreeSet<>();
    for (Instruction op : List.of(Instruction.VADDPS, Instruction.VPDPBUSD)) {
      for (int bits : List.of(128, 256, 512)) {
        for (int high : List.of(0, 16)) {
          Assembler assembler = new Assembler();
          VectorRegister r = VectorRegister.of(3, bits);
          assembler.emit(op, r, r, VectorRegister.of(high, bits));
          if (assembler.assemble()[0] == 0x62) {
            withEvex.add(op + " " + bits + " " + high);
          }
        }
      }
    }
    assertThat(withEvex)
        .containsExactly(
            "VADDPS 128 16",
            "VADDPS 256 16",
            "VADDPS 512 0",
            "VADDPS 512 16",
            "VPDPBUSD 128 16",
            "VPDPBUSD 256 16",
            "VPDPBUSD 512 0",
            "VPDPBUSD 512 16");
  }

  @Test
  void whatCannotBeEncodedIsRefused() {
    Assembler a = new Assembler();
    VectorRegister z = VectorRegister.zmm(1);
    VectorRegister y = VectorRegister.ymm(1);
    assertThatThrownBy(() -> a.emit(Instruction.VPAND, z, z, z))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "VPAND: expected registers 0 to 15 of at most 256 bits and no masks (VEX only)");
    assertThatThrownBy(() -> a.emit(Instruction.VADDPS, z, y, z))
        .hasMessage("VADDPS: expected operands of the form RVM");
    assertThatThrownBy(() -> a.emit(Instruction.VADDPS, z, z))
        .hasMessage("VADDPS: expected operands of the form RVM");
    assertThatThrownBy(() -> a.emit(Instruction.VADDPS, z, z, y))
        .hasMessageStartingWith("VADDPS: expected a source of 512 bits, found ");
    assertThatThrownBy(() -> a.emit(Instruction.VEXTRACTI64X4, y, y, 1))
        .hasMessage("VEXTRACTI64X4: expected vectors of 512 bits at least, found 256");
    assertThatThrownBy(() -> a.emit(Instruction.VPMADDUBSW, z, z, Memory.at(Gpr.RAX).toAll()))
        .hasMessage("VPMADDUBSW: expected no broadcast");
    assertThatThrownBy(() -> a.emit(Instruction.VMOVSS, z, z))
        .hasMessageStartingWith("VMOVSS: expected memory, found ");
    assertThatThrownBy(() -> z.masked(new Mask(0)))
        .hasMessage("mask: expected 1 to 7 to select lanes, found 0");
    assertThatThrownBy(() -> VectorRegister.zmm(32))
        .hasMessage("register: expected one of 32 of 128, 256 or 512 bits, found 32 of 512");
    assertThatThrownBy(() -> Memory.at(Gpr.RAX, Gpr.RSP, 1, 0))
        .hasMessage("index: expected a register other than rsp");
    assertThatThrownBy(() -> a.emit(Arithmetic.ADD, Gpr.RAX, Gpr.RAX.low()))
        .hasMessageStartingWith("registers: expected one size");
    a.jmp(new Label());
    assertThatThrownBy(a::assemble)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("label: expected to be bound before the code is assembled");
  }
}
