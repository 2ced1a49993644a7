// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Python's numbers: integers without bound (here: of at most 1,024 bits) and doubles. */
final class Numbers {
  private static final int MAX_BITS = 1024;

  private Numbers() {}

  /** A number as an operand: true is 1; null if it is none. */
  static @Nullable Number of(Object value) {
    return switch (value) {
      case BigInteger integer -> integer;
      case Double number -> number;
      case Boolean flag -> flag ? BigInteger.ONE : BigInteger.ZERO;
      default -> null;
    };
  }

  static BigInteger integer(long value) {
    return BigInteger.valueOf(value);
  }

  /** An integer as an index: what does not fit becomes the largest or smallest int. */
  static int clamp(BigInteger value) {
    if (value.bitLength() < 32) {
      return value.intValue();
    }
    return value.signum() < 0 ? -Integer.MAX_VALUE : Integer.MAX_VALUE;
  }

  static int compare(Number left, Number right) {
    if (left instanceof BigInteger a && right instanceof BigInteger b) {
      return a.compareTo(b);
    }
    double a = left.doubleValue();
    double b = right.doubleValue();
    if (Double.isInfinite(a) || Double.isInfinite(b)) {
      return Double.compare(a, b);
    }
    return exact(left).compareTo(exact(right));
  }

  static boolean isNan(Number number) {
    return number instanceof Double value && value.isNaN();
  }

  private static BigDecimal exact(Number number) {
    return number instanceof BigInteger integer
        ? new BigDecimal(integer)
        : new BigDecimal(number.doubleValue());
  }

  static Number arithmetic(String operator, Number left, Number right) {
    if (left instanceof BigInteger a && right instanceof BigInteger b && !operator.equals("/")) {
      return bounded(
          switch (operator) {
            case "+" -> a.add(b);
            case "-" -> a.subtract(b);
            case "*" -> a.multiply(b);
            case "//" -> floorDivide(a, nonZero(b));
            case "%" -> a.subtract(floorDivide(a, nonZero(b)).multiply(b));
            case "**" -> {
              if (b.signum() < 0) {
                yield null;
              }
              yield power(a, b);
            }
            default -> throw new AssertionError(operator);
          },
          a,
          b);
    }
    double a = left.doubleValue();
    double b = right.doubleValue();
    return switch (operator) {
      case "+" -> a + b;
      case "-" -> a - b;
      case "*" -> a * b;
      case "/" -> a / nonZero(b);
      case "//" -> Math.floor(a / nonZero(b));
      case "%" -> {
        double remainder = a % nonZero(b);
        yield remainder != 0 && remainder < 0 != b < 0 ? remainder + b : remainder;
      }
      case "**" -> Math.pow(a, b);
      default -> throw new AssertionError(operator);
    };
  }

  private static BigInteger power(BigInteger a, BigInteger b) {
    if (a.abs().compareTo(BigInteger.ONE) <= 0) { // −1, 0 and 1 to any power
      return b.signum() == 0 ? BigInteger.ONE : b.testBit(0) ? a : a.abs();
    }
    if ((long) a.bitLength() * clamp(b) > 2 * MAX_BITS) {
      throw tooLarge();
    }
    return a.pow(clamp(b));
  }

  private static Number bounded(@Nullable BigInteger value, BigInteger a, BigInteger b) {
    if (value == null) { // a negative power
      return Math.pow(a.doubleValue(), b.doubleValue());
    }
    if (value.bitLength() > MAX_BITS) {
      throw tooLarge();
    }
    return value;
  }

  private static Fault tooLarge() {
    return new Fault("integer of more than " + MAX_BITS + " bits");
  }

  private static BigInteger floorDivide(BigInteger a, BigInteger b) {
    BigInteger[] parts = a.divideAndRemainder(b);
    boolean down = parts[1].signum() != 0 && parts[1].signum() != b.signum();
    return down ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  private static BigInteger nonZero(BigInteger divisor) {
    if (divisor.signum() == 0) {
      throw new Fault("division by zero");
    }
    return divisor;
  }

  private static double nonZero(double divisor) {
    if (divisor == 0) {
      throw new Fault("division by zero");
    }
    return divisor;
  }

  /** A double as Python prints it: the shortest decimal that is read back as the same. */
  static String print(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
    if (value == 0) {
      return sign + "0.0";
    }
    double size = Math.abs(value);
    BigDecimal decimal = new BigDecimal(Double.toString(size)).stripTrailingZeros();
    BigDecimal one = new BigDecimal(size).round(new MathContext(1, RoundingMode.HALF_EVEN));
    if (decimal.precision() == 2 && one.doubleValue() == size) { // Java prints at least two
      decimal = one.stripTrailingZeros();
    }
    String digits = decimal.unscaledValue().toString();
    int exponent = digits.length() - decimal.scale() - 1; // of the first digit
    if (exponent >= -4 && exponent < 16) {
      String plain = decimal.toPlainString();
      return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
    }
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    String power = Math.abs(exponent) < 10 ? "0" + Math.abs(exponent) : "" + Math.abs(exponent);
    return sign + digits.charAt(0) + fraction + (exponent < 0 ? "e-" : "e+") + power;
  }
}
