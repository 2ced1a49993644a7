// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.spi;

import dev.coterie.RepackCache;

/**
 * Where a backend may keep what it makes of a graph's weights, for later loads of the same model.
 *
 * @param place the folder, its limits, and whether to compare in full; it is active
 * @param model the model's name, for people
 * @param identity names the files that the weights come from as they are: tensors of the same name,
 *     type and shape have the same values wherever the identity is the same
 */
public record WeightCache(RepackCache place, String model, String identity) {}
