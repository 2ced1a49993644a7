// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NativeLibraryTest {
  private static final SymbolLookup C = Linker.nativeLinker().defaultLookup();

  record Absolute(
      @NativeFunction(name = "abs", returns = int.class, arguments = int.class) MethodHandle abs) {}

  record Missing(
      @NativeFunction(name = "abs", returns = int.class, arguments = int.class) MethodHandle abs,
      @NativeFunction(
              name = "coterie_no_such_function",
              returns = long.class,
              arguments = {int.class, long.class})
          MethodHandle missing) {}

  record Unannotated(MethodHandle abs) {}

  record NoHandle(@NativeFunction(name = "abs", returns = int.class) int abs) {}

  record StrangeType(@NativeFunction(name = "abs", returns = double.class) MethodHandle abs) {}

  @Test
  void bindsWhatTheRecordNames() throws Throwable {
    NativeLibrary<Absolute> library = NativeLibrary.bind(Absolute.class, C);
    assertThat(library.error()).isNull();
    assertThat((int) library.functions().abs().invokeExact(-7)).isEqualTo(7);
  }

  @Test
  void aMissingSymbolIsKeptAsData() {
    NativeLibrary<Missing> library = NativeLibrary.bind(Missing.class, C);
    assertThat(library.error())
        .isInstanceOf(UnsatisfiedLinkError.class)
        .hasMessage("unresolved symbol: coterie_no_such_function");
    assertThatThrownBy(() -> library.functions().missing().invoke(1, 2L)).isSameAs(library.error());
    assertThatThrownBy(() -> library.functions().abs().invoke(1)).isSameAs(library.error());
  }

  @Test
  void aMissingLibraryIsKeptAsData() {
    NativeLibrary<Absolute> library = NativeLibrary.bind(Absolute.class, name -> Optional.empty());
    assertThat(library.error()).hasMessage("unresolved symbol: abs");
  }

  @Test
  void refusedHandlesThrowTheReason() {
    NativeLibrary<Absolute> library = NativeLibrary.refused(Absolute.class, "no");
    assertThatThrownBy(() -> library.functions().abs().invoke(1))
        .isInstanceOf(LinkageError.class)
        .hasMessage("no");
  }

  @Test
  void recordsThatFitNoFunctionAreRefused() {
    assertThatThrownBy(() -> NativeLibrary.bind(Unannotated.class, C))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("$Unannotated.abs: expected a @NativeFunction");
    assertThatThrownBy(() -> NativeLibrary.bind(NoHandle.class, C))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("$NoHandle: expected a record of method handles");
    assertThatThrownBy(() -> NativeLibrary.bind(StrangeType.class, C))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("type: expected int, long or MemorySegment, found double");
  }

  @Test
  void refusalsSayWhyAndWhatToDo() {
    Module enabled = Object.class.getModule();
    Module other = java.util.logging.Logger.class.getModule();
    assertThat(other.isNativeAccessEnabled()).isFalse();
    assertThat(NativeLibrary.refusal("", enabled)).isNull();
    assertThat(NativeLibrary.refusal("false", enabled)).isNull();
    assertThat(NativeLibrary.refusal("true", enabled))
        .isEqualTo("native calls are switched off by -Dcoterie.native.disable=true");
    assertThat(NativeLibrary.refusal("", other))
        .isEqualTo("native access is not enabled; add --enable-native-access=java.logging");
  }
}
