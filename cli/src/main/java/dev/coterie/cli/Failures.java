// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.coterie.CoterieException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Turns whatever ended a command into an exit code and one line of text. */
final class Failures {
  private Failures() {}

  /** The exit code for an error. */
  static int exitCode(Throwable error) {
    return switch (error) {
      case CommandException command -> command.exitCode();
      case CancellationException _ -> ExitCodes.INTERRUPTED;
      case IllegalArgumentException _ -> ExitCodes.USAGE;
      default -> ExitCodes.FAILURE;
    };
  }

  /** What to tell the user: one line, no control characters. */
  static String message(Throwable error) {
    return Text.oneLine(
        switch (error) {
          case CommandException command -> command.text();
          case CoterieException _ -> own(error);
          case UncheckedIOException unchecked when unchecked.getCause() != null ->
              message(unchecked.getCause());
          case NoSuchFileException missing -> missing.getFile() + ": no such file";
          case AccessDeniedException denied -> denied.getFile() + ": permission denied";
          case FileSystemException file -> fileSystem(file);
          case JsonProcessingException json -> orElse(json.getOriginalMessage(), "malformed JSON");
          case IOException _ -> own(error);
          case CancellationException _ -> "interrupted";
          case IllegalArgumentException _, IllegalStateException _ -> own(error);
          case OutOfMemoryError _ ->
              "not enough memory ("
                  + error.getMessage()
                  + "); give Java more with COTERIE_JAVA_OPTS=-Xmx…";
          default -> error.toString();
        });
  }

  private static String fileSystem(FileSystemException error) {
    String reason = error.getReason();
    if (error.getFile() == null) {
      return own(error);
    }
    return error.getFile()
        + ": "
        + (reason != null ? reason : error.getClass().getSimpleName().replace("Exception", ""));
  }

  private static String own(Throwable error) {
    return orElse(error.getMessage(), error.getClass().getSimpleName());
  }

  private static String orElse(@Nullable String text, String fallback) {
    return text == null || text.isBlank() ? fallback : text;
  }
}
