// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.model;

import dev.coterie.spi.Batch;
import dev.coterie.spi.Graph;

/**
 * A model and the module that goes on from its hidden states to predict a further token (MTP, arXiv
 * 2412.19437), for drafts that the model then verifies. Each graph is compiled by itself and has a
 * cache of its own, in which blocks may bear the same numbers.
 *
 * @param model as {@link ModelArchitecture#graph} gives it; besides, its batches take the hidden
 *     state of every row ({@link Batch#hidden})
 * @param module a row at position t takes the hidden state of position t, and for its token the one
 *     of position t + 1; its logits are for position t + 2. The hidden state that it leaves stands
 *     for the model's at position t + 1, if it is to predict once more
 */
public record MultiTokenPrediction(Graph model, Graph module) {}
