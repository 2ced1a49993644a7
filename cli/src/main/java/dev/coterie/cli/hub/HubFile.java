// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import org.jspecify.annotations.Nullable;

/**
 * A file of a repository, as the hub lists it.
 *
 * @param path its path in the repository, as the hub sent it: not to be trusted
 * @param bytes its size
 * @param sha256 its SHA-256 in lower-case hexadecimal, or null if the hub does not tell
 */
public record HubFile(String path, long bytes, @Nullable String sha256) {}
