// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.testkit;

import static dev.coterie.testkit.GraphCheck.matrix;
import static dev.coterie.testkit.GraphCheck.require;
import static dev.coterie.testkit.GraphCheck.vector;
import static dev.coterie.testkit.GraphCheck.width;

import dev.coterie.spi.Operation;
import dev.coterie.spi.Value;

/** The part of {@link GraphCheck} for what DeepSeek-V4 adds. */
final class CompressionCheck {
  private CompressionCheck() {}

  /** Checks the widths and shapes of one of these operations. */
  static void shapes(Operation operation, String name) {
    int out = operation.output().width();
    switch (operation) {
      case Operation.Repeat(Value input, _) ->
          require(out % input.width() == 0, name, "times do not fit");
      case Operation.HyperWeights hyper -> {
        int n = streams(name, out);
        require(hyper.streams().width() % n == 0, name, "streams do not fit");
        matrix(name, hyper.function(), out, hyper.streams().width());
        vector(name, hyper.base(), out);
        vector(name, hyper.scale(), 3);
        require(hyper.iterations() >= 1, name, "iterations are not positive");
      }
      case Operation.HyperRead(Value streams, Value weights, _) ->
          width(name, streams, streams(name, weights.width()) * out);
      case Operation.HyperWrite(Value streams, Value weights, Value input, _) -> {
        width(name, streams, streams(name, weights.width()) * input.width());
        require(out == streams.width(), name, "streams do not fit");
      }
      case Operation.HyperHead head -> {
        int n = head.function().rows();
        width(name, head.streams(), n * out);
        matrix(name, head.function(), n, n * out);
        vector(name, head.base(), n);
        vector(name, head.scale(), 1);
      }
      case Operation.GroupedLinear grouped -> {
        int groups = grouped.weights().size();
        int in = grouped.input().width();
        require(groups >= 1 && in % groups == 0 && out % groups == 0, name, "groups do not fit");
        grouped.weights().forEach(tensor -> matrix(name, tensor, out / groups, in / groups));
      }
      case Operation.CompressedAttention attention -> {
        int size = attention.key().width();
        require(attention.query().width() % size == 0, name, "heads do not fit");
        width(name, attention.query(), out);
        vector(name, attention.sinks(), attention.heads());
        require(attention.window() >= 1, name, "sees nothing");
        Operation.Compressor compressor = attention.compressor();
        if (compressor == null) {
          require(attention.selected() == null, name, "selects of no entries");
        } else {
          compressor(name, compressor, size);
        }
      }
      case Operation.SelectEntries select -> {
        int heads = select.weights().width();
        require(select.query().width() % heads == 0, name, "heads do not fit");
        compressor(name, select.compressor(), select.query().width() / heads);
        require(out >= 1, name, "selects nothing");
      }
      default -> throw new IllegalArgumentException("operation: " + operation);
    }
  }

  private static int streams(String name, int weights) {
    int n = ReferenceCompressionOps.streams(weights);
    require(n >= 1 && (2 + n) * n == weights, name, "weights do not fit");
    return n;
  }

  private static void compressor(String name, Operation.Compressor compressor, int size) {
    int width = compressor.values().width();
    require(compressor.ratio() >= 1, name, "ratio is not positive");
    vector(name, compressor.norm(), size);
    require(width == size || width == 2 * size, name, "values do not fit an entry");
    width(name, compressor.gates(), width);
    matrix(name, compressor.positionBias(), compressor.ratio(), width);
    require(2 * compressor.frequencies().length <= size, name, "frequencies do not fit");
  }
}
