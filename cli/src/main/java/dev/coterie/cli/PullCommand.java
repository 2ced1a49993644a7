// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import dev.coterie.cli.hub.HubClient;
import dev.coterie.cli.hub.HubEndpoint;
import dev.coterie.cli.hub.HubReference;
import dev.coterie.cli.hub.ModelPull;
import dev.coterie.cli.hub.ModelStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches a model from a hub. The only command that goes to the network. */
@Command(
    name = "pull",
    description = "Fetch a model from a hub; what was fetched before is continued, not repeated.")
final class PullCommand extends CoterieCommand {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description =
          "hf:owner/repo, with :QUANT or :FILE.gguf for another file than Q4_K_M or the only one.")
  String model = "";

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      description = "The hub. Default: HF_ENDPOINT, else the public one.")
  @Nullable String endpoint;

  PullCommand(Console console) {
    super(console);
  }

  @Override
  public Integer call() throws IOException {
    HubReference reference = HubReference.parse(model);
    HubEndpoint hub = HubEndpoint.of(endpoint, console.environment());
    try (HubClient client = new HubClient(hub);
        ProgressDisplay display = ProgressDisplay.ofBytes(console)) {
      ModelPull pull = new ModelPull(client, ModelStore.of(console.environment()));
      List<Path> files = pull.pull(reference, display::update);
      console.out().println(files.getFirst());
    }
    return ExitCodes.OK;
  }
}
