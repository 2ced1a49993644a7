// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu.machinecode;

import java.util.List;

/**
 * The vector instructions that kernels use. Beside each stands its encoding as the manuals of Intel
 * and AMD write it: prefix, map, opcode; {@code /n} is an opcode's extension, {@code w1} a set W
 * bit under EVEX; {@code store} is the opcode that writes memory, {@code general} the one that
 * takes a general-purpose register.
 */
enum Instruction {
  VMOVUPS("0f 10 store 11", Form.RM, Tuple.WHOLE, Encoding.BOTH),
  VMOVSS("f3 0f 10 store 11", Form.RM, Tuple.ELEMENT32, Encoding.BOTH),
  VMOVD("66 0f 6e store 7e", Form.RM, Tuple.GENERAL, Encoding.BOTH),
  VMOVDQU("f3 0f 6f store 7f", Form.RM, Tuple.WHOLE, Encoding.VEX),
  KMOVW("0f 92", Form.RM, Tuple.GENERAL, Encoding.VEX),

  VPBROADCASTD("66 0f38 58 general 7c", Form.RM, Tuple.ELEMENT32, Encoding.BOTH),
  VBROADCASTSS("66 0f38 18", Form.RM, Tuple.ELEMENT32, Encoding.BOTH),

  VPAND("66 0f db", Form.RVM, Tuple.WHOLE, Encoding.VEX),
  VPOR("66 0f eb", Form.RVM, Tuple.WHOLE, Encoding.VEX),
  VPXOR("66 0f ef", Form.RVM, Tuple.WHOLE, Encoding.VEX),
  VPANDD("66 0f db", Form.RVM, Tuple.FULL, Encoding.EVEX),
  VPXORD("66 0f ef", Form.RVM, Tuple.FULL, Encoding.EVEX),
  VPTERNLOGD("66 0f3a 25", Form.RVMI, Tuple.FULL, Encoding.EVEX),
  VPSRLD("66 0f 72 /2", Form.VMI, Tuple.FULL, Encoding.BOTH),
  VPSRAD("66 0f 72 /4", Form.VMI, Tuple.FULL, Encoding.BOTH),
  VPSLLD("66 0f 72 /6", Form.VMI, Tuple.FULL, Encoding.BOTH),

  VPDPBUSD("66 0f38 50", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VDPBF16PS("f3 0f38 52", Form.RVM, Tuple.FULL, Encoding.EVEX),
  VPMADDUBSW("66 0f38 04", Form.RVM, Tuple.WHOLE, Encoding.BOTH),
  VPMADDWD("66 0f f5", Form.RVM, Tuple.WHOLE, Encoding.BOTH),

  VPADDD("66 0f fe", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VPSUBD("66 0f fa", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VPMAXSD("66 0f38 3d", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VPABSB("66 0f38 1c", Form.RM, Tuple.WHOLE, Encoding.BOTH),
  VPSIGNB("66 0f38 08", Form.RVM, Tuple.WHOLE, Encoding.VEX),

  VADDPS("0f 58", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VMULPS("0f 59", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VSUBPS("0f 5c", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VMINPS("0f 5d", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VDIVPS("0f 5e", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VMAXPS("0f 5f", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VFMADD213PS("66 0f38 a8", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VFMADD231PS("66 0f38 b8", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VFNMADD231PS("66 0f38 bc", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VADDSS("f3 0f 58", Form.RVM, Tuple.ELEMENT32, Encoding.BOTH),
  VMULSS("f3 0f 59", Form.RVM, Tuple.ELEMENT32, Encoding.BOTH),
  VDIVSS("f3 0f 5e", Form.RVM, Tuple.ELEMENT32, Encoding.BOTH),
  VSQRTSS("f3 0f 51", Form.RVM, Tuple.ELEMENT32, Encoding.BOTH),
  VMAXSS("f3 0f 5f", Form.RVM, Tuple.ELEMENT32, Encoding.BOTH),
  VSCALEFPS("66 0f38 2c", Form.RVM, Tuple.FULL, Encoding.EVEX),
  VRNDSCALEPS("66 0f3a 08", Form.RMI, Tuple.FULL, Encoding.EVEX),

  VCVTDQ2PS("0f 5b", Form.RM, Tuple.FULL, Encoding.BOTH),
  VCVTPS2DQ("66 0f 5b", Form.RM, Tuple.FULL, Encoding.BOTH),
  VCVTNE2PS2BF16("f2 0f38 72", Form.RVM, Tuple.FULL, Encoding.EVEX),
  VCVTPH2PS("66 0f38 13", Form.RM, Tuple.HALF, Encoding.BOTH),
  VPMOVSXBD("66 0f38 21", Form.RM, Tuple.QUARTER, Encoding.BOTH),
  VPMOVZXBD("66 0f38 31", Form.RM, Tuple.QUARTER, Encoding.BOTH),
  VPMOVZXWD("66 0f38 33", Form.RM, Tuple.HALF, Encoding.BOTH),
  VPMOVSDB("f3 0f38 21", Form.MR, Tuple.QUARTER, Encoding.EVEX),
  VPACKSSWB("66 0f 63", Form.RVM, Tuple.WHOLE, Encoding.BOTH),
  VPACKSSDW("66 0f 6b", Form.RVM, Tuple.FULL, Encoding.BOTH),

  VPERMPS("66 0f38 16", Form.RVM, Tuple.FULL, Encoding.BOTH),
  VPERMW("66 0f38 8d w1", Form.RVM, Tuple.WHOLE, Encoding.EVEX),
  VPSHUFD("66 0f 70", Form.RMI, Tuple.FULL, Encoding.BOTH),
  VEXTRACTI128("66 0f3a 39", Form.MRI, Tuple.BITS128, Encoding.VEX),
  VEXTRACTI64X4("66 0f3a 3b w1", Form.MRI, Tuple.BITS256, Encoding.EVEX);

  /** Which fields of an instruction its operands go to, in their order. */
  enum Form {
    /** To the field {@code reg} from the field {@code rm}. */
    RM,
    /** To {@code reg} from {@code rm} and an immediate byte. */
    RMI,
    /** To {@code rm} from {@code reg}. */
    MR,
    /** To {@code rm} from {@code reg} and an immediate byte. */
    MRI,
    /** To {@code reg} from {@code vvvv} and {@code rm}. */
    RVM,
    /** To {@code reg} from {@code vvvv}, {@code rm} and an immediate byte. */
    RVMI,
    /** To {@code vvvv} from {@code rm} and an immediate byte. */
    VMI
  }

  /** How an instruction can be encoded. */
  enum Encoding {
    VEX,
    EVEX,
    BOTH
  }

  /** The number of the prefix in the field {@code pp}. */
  final int prefix;

  /** The number of the opcode map. */
  final int map;

  final int opcode;

  /** The extension of the opcode; 0 if there is none. */
  final int digit;

  /** The W bit under EVEX; under VEX it is always 0. */
  final boolean wide;

  /** The opcode that writes memory, or -1. */
  final int store;

  /** The opcode that takes a general-purpose register, or -1. */
  final int general;

  final Form form;
  final Tuple tuple;
  final Encoding encoding;

  Instruction(String code, Form form, Tuple tuple, Encoding encoding) {
    List<String> words = List.of(code.split(" "));
    int at = List.of("", "66", "f3", "f2").indexOf(words.getFirst());
    prefix = Math.max(0, at);
    at = at < 0 ? 0 : 1;
    map = List.of("", "0f", "0f38", "0f3a").indexOf(words.get(at));
    opcode = Integer.parseInt(words.get(at + 1), 16);
    wide = words.contains("w1");
    digit = words.stream().filter(w -> w.startsWith("/")).mapToInt(w -> w.charAt(1) - '0').sum();
    store = after(words, "store");
    general = after(words, "general");
    this.form = form;
    this.tuple = tuple;
    this.encoding = encoding;
  }

  private static int after(List<String> words, String word) {
    int at = words.indexOf(word);
    return at < 0 ? -1 : Integer.parseInt(words.get(at + 1), 16);
  }

  /** The fewest bits a vector can have. */
  int leastBits() {
    return switch (this) {
      case VEXTRACTI64X4 -> 512;
      case VEXTRACTI128, VPERMPS -> 256;
      default -> 128;
    };
  }
}
