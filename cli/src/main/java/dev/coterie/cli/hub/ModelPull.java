// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Fetches the files of a model from a hub into the store; those already there are verified, not
 * fetched.
 */
public final class ModelPull {
  private final HubClient client;
  private final ModelStore store;

  /**
   * A pull.
   *
   * @param client the hub
   * @param store where the files go
   */
  public ModelPull(HubClient client, ModelStore store) {
    this.client = client;
    this.store = store;
  }

  /**
   * Fetches a model.
   *
   * @param reference the model
   * @param progress hears how it gets on
   * @return its files, the first part first
   * @throws HubException if the hub does not have it or what it sends is refused
   * @throws IOException if the hub cannot be reached or a file cannot be written
   */
  public List<Path> pull(HubReference reference, Progress progress) throws IOException {
    Map<String, HubFile> files =
        client.list(reference).stream()
            .collect(Collectors.toMap(HubFile::path, Function.identity(), (first, _) -> first));
    List<String> chosen = FileChoice.choose(reference, List.copyOf(files.keySet()));
    List<Path> places = new ArrayList<>();
    for (String path : chosen) {
      places.add(store.place(reference, path));
    }
    for (int i = 0; i < chosen.size(); i++) {
      HubFile file = files.get(chosen.get(i));
      Path place = places.get(i);
      if (file != null) {
        new Download(client, reference, file, place, progress).run();
      }
    }
    return places;
  }
}
