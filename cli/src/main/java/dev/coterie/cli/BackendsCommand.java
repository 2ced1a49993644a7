// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.Coterie;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists every backend with its devices, or with the reasons why it cannot be used. */
@Command(
    name = "backends",
    description = "List every backend, with its devices or why it is not available.")
final class BackendsCommand extends CoterieCommand {
  @Option(names = "--json", description = "Print a JSON array.")
  boolean json;

  BackendsCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    List<Coterie.BackendStatus> backends = Coterie.backends();
    if (json) {
      print(backends);
    } else if (backends.isEmpty()) {
      console.out().println("no backend provider was found");
    } else {
      for (Coterie.BackendStatus backend : backends) {
        console
            .out()
            .println(
                backend.name()
                    + ": "
                    + (backend.status().available() ? "available" : "not available"));
        for (String detail : backend.status().details()) {
          console.out().println("  " + Text.printable(detail, false));
        }
      }
    }
    return ExitCodes.OK;
  }

  private void print(List<Coterie.BackendStatus> backends) throws IOException {
    Json.print(
        console.out(),
        generator -> {
          generator.writeStartArray();
          for (Coterie.BackendStatus backend : backends) {
            generator.writeStartObject();
            generator.writeStringField("name", backend.name());
            generator.writeNumberField("rank", backend.rank());
            generator.writeBooleanField("available", backend.status().available());
            generator.writeFieldName("details");
            Json.value(generator, backend.status().details());
            generator.writeEndObject();
          }
          generator.writeEndArray();
        });
  }
}
