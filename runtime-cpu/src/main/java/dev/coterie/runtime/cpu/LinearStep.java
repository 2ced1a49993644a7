// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products that share an input. A unit is a range of row groups, for all rows of the batch.
 * Where the two matrices are gate and up projection, the unit ends with SwiGLU, in the gate's
 * place.
 */
final class LinearStep implements Step {
  /** How many units each thread should get, so that a slow thread can be helped out. */
  private static final int UNITS_PER_THREAD = 4;

  /**
   * One product.
   *
   * @param weight the matrix
   * @param bias {@code [rows]}, or null
   * @param output where the results go
   * @param accumulate whether they are added to what stands there
   * @param prepared whether it takes the input's prepared form
   */
  record Product(
      PackedMatrix weight,
      float @Nullable [] bias,
      Buffer output,
      boolean accumulate,
      boolean prepared) {}

  /** A range of groups of the product of that index. */
  private record Unit(int product, int fromGroup, int toGroup) {}

  private final Buffer input;
  private final List<Product> products;
  private final float swiGluLimit; // NaN where no SwiGLU follows
  private final boolean forLogits;
  private final boolean prepares; // whether the result of SwiGLU is prepared
  private final Unit[] single; // units for one row
  private final Unit[] many; // units for more rows

  LinearStep(
      Buffer input,
      List<Product> products,
      float swiGluLimit,
      boolean prepares,
      boolean forLogits,
      int threads) {
    this.input = input;
    this.products = List.copyOf(products);
    this.swiGluLimit = swiGluLimit;
    this.forLogits = forLogits;
    this.prepares = prepares;
    int groups = products.stream().mapToInt(product -> product.weight().groups()).sum();
    single = units(Math.ceilDiv(groups, threads * UNITS_PER_THREAD));
    // prepared rows stay in a cache while several groups are multiplied with them
    boolean prepared = products.stream().allMatch(Product::prepared);
    many = prepared ? single : units(2);
  }

  private Unit[] units(int atLeast) {
    int size = Math.ceilDiv(atLeast, 2) * 2;
    List<Unit> units = new ArrayList<>();
    int count = Float.isNaN(swiGluLimit) ? products.size() : 1;
    for (int i = 0; i < count; i++) {
      int groups = products.get(i).weight().groups();
      for (int from = 0; from < groups; from += size) {
        units.add(new Unit(i, from, Math.min(from + size, groups)));
      }
    }
    return units.toArray(Unit[]::new);
  }

  private int rows(Run run) {
    return forLogits ? run.batch.numLogits() : run.rows();
  }

  @Override
  public int units(Run run) {
    int rows = rows(run);
    return rows == 0 ? 0 : rows == 1 ? single.length : many.length;
  }

  @Override
  public void execute(Run run, int index, Worker worker) {
    int rows = rows(run);
    Unit unit = rows == 1 ? single[index] : many[index];
    if (Float.isNaN(swiGluLimit)) {
      multiply(run, products.get(unit.product), unit, rows, worker);
      return;
    }
    Product gate = products.get(0);
    Product up = products.get(1);
    multiply(run, gate, unit, rows, worker);
    multiply(run, up, unit, rows, worker);
    int from = unit.fromGroup * Layout.GROUP_ROWS;
    int count = (unit.toGroup - unit.fromGroup) * Layout.GROUP_ROWS;
    if (prepares) {
      worker.kernels.swiGluAndPrepare(
          swiGluLimit,
          gate.output.data,
          up.output.data,
          from,
          gate.output.stride,
          gate.output.segment,
          Objects.requireNonNull(gate.output.prepared),
          0,
          rows,
          from,
          count,
          worker.scratch);
      return;
    }
    for (int row = 0; row < rows; row++) {
      int g = row * gate.output.stride + from;
      int u = row * up.output.stride + from;
      worker.kernels.swiGlu(
          swiGluLimit,
          gate.output.data,
          g,
          up.output.data,
          u,
          gate.output.data,
          g,
          count,
          worker.scratch);
    }
  }

  private void multiply(Run run, Product product, Unit unit, int rows, Worker worker) {
    // logits go straight to the batch, unless their rows need padding
    boolean padded = product.output.stride != product.weight.rows();
    float[] output = forLogits && !padded ? run.logits : product.output.data;
    int stride = product.output.stride;
    int from = unit.fromGroup * Layout.GROUP_ROWS;
    int to = Math.min(unit.toGroup * Layout.GROUP_ROWS, product.weight.rows());
    if (!product.accumulate && (product.bias != null || !product.prepared)) {
      for (int row = 0; row < rows; row++) {
        if (product.bias == null) {
          Arrays.fill(output, row * stride + from, row * stride + to, 0);
        } else {
          System.arraycopy(product.bias, from, output, row * stride + from, to - from);
        }
      }
    }
    if (product.prepared) {
      worker.kernels.linear(
          product.weight,
          Objects.requireNonNull(input.prepared),
          0,
          rows,
          forLogits && !padded ? run.logitsSegment : product.output.segment,
          0,
          stride,
          product.accumulate || product.bias != null,
          unit.fromGroup,
          unit.toGroup);
    } else {
      worker.kernels.linear(
          product.weight,
          input.data,
          0,
          input.stride,
          rows,
          output,
          0,
          stride,
          unit.fromGroup,
          unit.toGroup,
          worker.scratch);
    }
    if (forLogits && padded) {
      int vocabulary = product.weight.rows();
      for (int row = 0; row < rows; row++) {
        System.arraycopy(
            output, row * stride + from, run.logits, row * vocabulary + from, to - from);
      }
    }
  }
}
