// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.foreign;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Method handles of C functions, or the error that stands in their way, as data: loading never
 * throws, and a handle of a library that did not load throws the stored error.
 *
 * @param functions a record of handles, each component with its {@link NativeFunction}
 * @param error why the handles cannot be called; null if they can
 */
record NativeLibrary<T extends Record>(T functions, @Nullable LinkageError error) {
  /** The property that keeps Coterie from native calls when it is {@code true}. */
  static final String DISABLE_PROPERTY = "coterie.native.disable";

  /** Where {@code errno} goes. */
  static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();

  private static final String ERRNO = "errno";
  private static final long ERRNO_OFFSET =
      CALL_STATE.byteOffset(MemoryLayout.PathElement.groupElement(ERRNO));

  /**
   * Binds the functions of a record, unless native calls are switched off or not allowed.
   *
   * @param type the record
   * @param lookup where the functions are looked up
   */
  static <T extends Record> NativeLibrary<T> load(Class<T> type, SymbolLookup lookup) {
    String refusal =
        refusal(System.getProperty(DISABLE_PROPERTY, ""), NativeLibrary.class.getModule());
    return refusal == null ? bind(type, lookup) : refused(type, refusal);
  }

  /**
   * As {@link #load}, but native access that was not enabled is taken where the JVM gives it: by
   * default it does, and warns once.
   */
  static <T extends Record> NativeLibrary<T> loadWithWarning(Class<T> type, SymbolLookup lookup) {
    String refusal = switchedOff(System.getProperty(DISABLE_PROPERTY, ""));
    return refusal == null ? bind(type, lookup) : refused(type, refusal);
  }

  /** Why there are no native calls; null if there are. Asking raises no warning of the JVM. */
  static @Nullable String refusal(String disabled, Module module) {
    String off = switchedOff(disabled);
    return off != null || module.isNativeAccessEnabled() ? off : notEnabled(module);
  }

  private static @Nullable String switchedOff(String disabled) {
    return disabled.equals("true")
        ? "native calls are switched off by -D" + DISABLE_PROPERTY + "=true"
        : null;
  }

  private static String notEnabled(Module module) {
    String name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
    return "native access is not enabled; add --enable-native-access=" + name;
  }

  /** Binds the functions of a record. */
  static <T extends Record> NativeLibrary<T> bind(Class<T> type, SymbolLookup lookup) {
    try {
      return new NativeLibrary<>(
          construct(type, (function, _) -> downcall(function, lookup)), null);
    } catch (LinkageError e) {
      return refused(type, e);
    } catch (IllegalCallerException e) { // the JVM denies what is not enabled
      return refused(type, notEnabled(NativeLibrary.class.getModule()));
    }
  }

  /** A library whose every function throws. */
  static <T extends Record> NativeLibrary<T> refused(Class<T> type, String reason) {
    return refused(type, new UnsatisfiedLinkError(reason));
  }

  private static <T extends Record> NativeLibrary<T> refused(Class<T> type, LinkageError error) {
    MethodHandle thrower =
        MethodHandles.insertArguments(
            MethodHandles.throwException(Object.class, LinkageError.class), 0, error);
    return new NativeLibrary<>(
        construct(
            type,
            (_, method) ->
                MethodHandles.dropArguments(
                    thrower.asType(MethodType.methodType(method.returnType())),
                    0,
                    method.parameterList())),
        error);
  }

  /** The error number that a call has left in its call state. */
  static int errno(MemorySegment callState) {
    return callState.get(ValueLayout.JAVA_INT, ERRNO_OFFSET);
  }

  private interface Binder {
    MethodHandle bind(NativeFunction function, MethodType method);
  }

  private static <T extends Record> T construct(Class<T> type, Binder binder) {
    RecordComponent[] components = type.getRecordComponents();
    Object[] handles = new Object[components.length];
    Class<?>[] types = new Class<?>[components.length];
    for (int i = 0; i < components.length; i++) {
      NativeFunction function = components[i].getAnnotation(NativeFunction.class);
      if (function == null) {
        throw new IllegalArgumentException(
            type.getName() + "." + components[i].getName() + ": expected a @NativeFunction");
      }
      MethodType method = MethodType.methodType(function.returns(), function.arguments());
      if (function.errno()) {
        method = method.insertParameterTypes(0, MemorySegment.class);
      }
      types[i] = MethodHandle.class;
      handles[i] = binder.bind(function, method);
    }
    try {
      return type.getDeclaredConstructor(types).newInstance(handles);
    } catch (NoSuchMethodException
        | InstantiationException
        | IllegalAccessException
        | InvocationTargetException e) {
      throw new IllegalArgumentException(
          type.getName() + ": expected a record of method handles", e);
    }
  }

  @SuppressWarnings("restricted") // the one place where downcalls are made
  private static MethodHandle downcall(NativeFunction function, SymbolLookup lookup) {
    MemorySegment symbol =
        lookup
            .find(function.name())
            .orElseThrow(() -> new UnsatisfiedLinkError("unresolved symbol: " + function.name()));
    Linker.Option[] options =
        function.errno()
            ? new Linker.Option[] {Linker.Option.captureCallState(ERRNO)}
            : new Linker.Option[0];
    return Linker.nativeLinker()
        .downcallHandle(symbol, descriptor(function.returns(), function.arguments()), options);
  }

  /** The C function that takes and returns these types. */
  static FunctionDescriptor descriptor(Class<?> returns, Class<?>... arguments) {
    MemoryLayout[] layouts =
        Arrays.stream(arguments).map(NativeLibrary::layout).toArray(MemoryLayout[]::new);
    return returns == void.class
        ? FunctionDescriptor.ofVoid(layouts)
        : FunctionDescriptor.of(layout(returns), layouts);
  }

  private static MemoryLayout layout(Class<?> type) {
    if (type == int.class) {
      return ValueLayout.JAVA_INT;
    }
    if (type == long.class) {
      return ValueLayout.JAVA_LONG;
    }
    if (type == MemorySegment.class) {
      return ValueLayout.ADDRESS;
    }
    throw new IllegalArgumentException(
        "type: expected int, long or MemorySegment, found " + type.getName());
  }

  /** What a call of a handle threw, as something that need not be declared. */
  static RuntimeException failed(String function, Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException exception
        ? exception
        : new IllegalStateException(function + " failed", e);
  }
}
