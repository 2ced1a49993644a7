// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
/** Answers as models write them, parted into thoughts, text and calls of tools. */
package dev.coterie.engine.chat.answer;
