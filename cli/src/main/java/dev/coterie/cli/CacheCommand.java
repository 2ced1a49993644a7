// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.RepackCache;
import java.io.IOException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists the repacked weights that are kept between loads, or removes them. */
@Command(
    name = "cache",
    description = "List the repacked weights that are kept between loads, or remove them.")
final class CacheCommand extends CoterieCommand {
  @Option(names = "--json", description = "Print one JSON object.")
  boolean json;

  @Option(names = "--clear", description = "Remove them all, but what is being written.")
  boolean clear;

  CacheCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    RepackCache cache = RepackCache.STANDARD;
    long freed = clear ? cache.clear() : 0;
    List<RepackCache.Entry> entries = cache.entries();
    long bytes = entries.stream().mapToLong(RepackCache.Entry::bytes).sum();
    if (json) {
      Json.print(
          console.out(),
          generator -> {
            generator.writeStartObject();
            generator.writeStringField("folder", cache.folder().toString());
            generator.writeNumberField("bytes", bytes);
            generator.writeNumberField("limit", RepackCache.limitBytes());
            generator.writeNumberField("freed", freed);
            generator.writeArrayFieldStart("files");
            for (RepackCache.Entry entry : entries) {
              generator.writeStartObject();
              generator.writeStringField("model", entry.model());
              generator.writeStringField("file", entry.file().toString());
              generator.writeNumberField("bytes", entry.bytes());
              generator.writeStringField("last_used", time(entry));
              generator.writeEndObject();
            }
            generator.writeEndArray();
            generator.writeEndObject();
          });
      return ExitCodes.OK;
    }
    for (RepackCache.Entry entry : entries) {
      console
          .out()
          .printf(
              Locale.ROOT,
              "%10s  %s  %s%n",
              Text.bytes(entry.bytes()),
              time(entry),
              Text.printable(entry.model(), false));
    }
    if (clear) {
      console.out().println("removed " + Text.bytes(freed));
    }
    console
        .out()
        .println(
            Text.bytes(bytes)
                + " of "
                + Text.bytes(RepackCache.limitBytes())
                + " in "
                + Text.printable(cache.folder().toString(), false));
    return ExitCodes.OK;
  }

  private static String time(RepackCache.Entry entry) {
    return entry.lastUsed().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
