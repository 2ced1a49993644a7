// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0

/** Chat formats: how the messages of a conversation become the token ids of a prompt. */
package dev.coterie.engine.chat;
