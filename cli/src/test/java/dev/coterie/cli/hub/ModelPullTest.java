// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ModelPullTest {
  private static final HubReference REFERENCE = HubReference.parse("hf:owner/repo");
  private static final String FILE = "model-Q4_K_M.gguf";
  private static final String RESOLVE = "/owner/repo/resolve/main/";

  @TempDir Path root;
  private FakeHub hub;
  private ModelStore store;

  @BeforeEach
  void start() throws IOException {
    hub = new FakeHub();
    store = new ModelStore(root);
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void fetchesTheFileAndFindsItLater() throws IOException {
    byte[] content = hub.put(FILE, 300_000);
    hub.put("model-Q8_0.gguf", 10);
    List<Long> steps = new ArrayList<>();

    List<Path> files = pull(REFERENCE, steps);

    assertThat(files).containsExactly(root.resolve("owner/repo/" + FILE));
    assertThat(files.getFirst()).hasBinaryContent(content);
    assertThat(store.find(REFERENCE)).isEqualTo(files.getFirst());
    assertThat(steps).isSorted().last().isEqualTo(300_000L);
    assertThat(names()).containsExactly(FILE);
  }

  @Test
  void doesNotFetchAgain() throws IOException {
    hub.put(FILE, 1_000);
    pull(REFERENCE);
    hub.requests.clear();

    pull(REFERENCE);

    assertThat(hub.requests).containsExactly("/api/models/owner/repo/tree/main?recursive=true");
  }

  @Test
  void fetchesAnewWhatTheHubReplaced() throws IOException {
    hub.put(FILE, 1_000);
    Path file = pull(REFERENCE).getFirst();
    byte[] replaced = hub.put(FILE, 1_000);
    replaced[0]++;
    hub.files.put(FILE, new FakeHub.Entry(replaced));

    pull(REFERENCE);

    assertThat(file).hasBinaryContent(replaced);
  }

  @Test
  void continuesAfterACutConnection() throws IOException {
    byte[] content = hub.put(FILE, 300_000);
    hub.cutAfter = 100_000;
    hub.cuts = 2;

    Path file = pull(REFERENCE).getFirst();

    assertThat(file).hasBinaryContent(content);
    assertThat(hub.requests).hasSize(4);
    assertThat(hub.requests.get(1)).isEqualTo(RESOLVE + FILE);
    assertThat(hub.requests.get(2)).startsWith(RESOLVE + FILE + " bytes=");
  }

  @Test
  void theNextCommandContinuesWhatThisOneCouldNotEnd() throws IOException {
    byte[] content = hub.put(FILE, 300_000);
    hub.cutAfter = 1_000;
    hub.cuts = 5;

    assertThatThrownBy(() -> pull(REFERENCE))
        .isInstanceOf(IOException.class)
        .hasMessage(FILE + ": the connection was cut; the same command again continues");
    assertThat(names()).containsExactly(FILE + ".part");
    assertThatThrownBy(() -> store.find(REFERENCE)).isInstanceOf(HubException.class);
    hub.requests.clear();

    assertThat(pull(REFERENCE).getFirst()).hasBinaryContent(content);
    assertThat(hub.requests.getLast()).startsWith(RESOLVE + FILE + " bytes=");
    assertThat(names()).containsExactly(FILE);
  }

  @Test
  void startsOverWhereTheHubKnowsNoRanges() throws IOException {
    byte[] content = hub.put(FILE, 5_000);
    part(Arrays.copyOf(content, 4_000));
    hub.ignoresRange = true;

    assertThat(pull(REFERENCE).getFirst()).hasBinaryContent(content);
  }

  @Test
  void takesACompletePartWithoutFetching() throws IOException {
    byte[] content = hub.put(FILE, 5_000);
    part(content);

    assertThat(pull(REFERENCE).getFirst()).hasBinaryContent(content);
    assertThat(hub.requests).hasSize(1);
  }

  @Test
  void dropsAPartThatIsTooLong() throws IOException {
    byte[] content = hub.put(FILE, 5_000);
    part(new byte[6_000]);

    assertThat(pull(REFERENCE).getFirst()).hasBinaryContent(content);
  }

  @Test
  void aWrongHashIsRefusedAndRemoved() throws IOException {
    byte[] content = hub.put(FILE, 5_000);
    String other = FakeHub.hash(new byte[] {1});
    hub.files.put(FILE, new FakeHub.Entry(content, content.length, other));

    assertThatThrownBy(() -> pull(REFERENCE))
        .isInstanceOf(HubException.class)
        .hasMessage(FILE + ": SHA-256 differs from the hub's " + other + "; the file was removed");
    assertThat(names()).isEmpty();
  }

  @Test
  void moreBytesThanAnnouncedAreRefused() throws IOException {
    byte[] content = hub.put(FILE, 5_000);
    hub.files.put(FILE, new FakeHub.Entry(content, 4_000, FakeHub.hash(content)));

    assertThatThrownBy(() -> pull(REFERENCE))
        .hasMessage(FILE + ": expected 4000 bytes, the hub sends more");
  }

  @Test
  void aFileWithoutHashIsRefused() {
    byte[] content = hub.put(FILE, 5);
    hub.files.put(FILE, new FakeHub.Entry(content, 5, "none"));

    assertThatThrownBy(() -> pull(REFERENCE))
        .hasMessage("hf:owner/repo: the hub gives no SHA-256 and size for '" + FILE + "'");
  }

  @Test
  void aNameThatLeadsOutOfTheFolderIsRefused() throws IOException {
    String evil = "../../evil-Q4_K_M.gguf";
    hub.put(evil, 5);

    assertThatThrownBy(() -> pull(REFERENCE))
        .isInstanceOf(HubException.class)
        .hasMessage("hf:owner/repo: the hub sent the unsafe file name '" + evil + "'");
    assertThat(names()).isEmpty();
    assertThat(root.getParent().resolve("evil-Q4_K_M.gguf")).doesNotExist();
  }

  @Test
  void fetchesAllPartsFromAllPages() throws IOException {
    byte[] second = hub.put("Q8_0/m-Q8_0-00002-of-00002.gguf", 20);
    byte[] first = hub.put("Q8_0/m-Q8_0-00001-of-00002.gguf", 10);
    hub.pages = true;
    HubReference reference = HubReference.parse("hf:owner/repo:q8_0");

    List<Path> files = pull(reference);

    assertThat(files.get(0)).hasBinaryContent(first);
    assertThat(files.get(1)).hasBinaryContent(second);
    assertThat(store.find(reference))
        .isEqualTo(root.resolve("owner/repo/Q8_0/m-Q8_0-00001-of-00002.gguf"));
  }

  @Test
  void encodesNames() throws IOException {
    byte[] content = hub.put("a b+c%-Q4_K_M.gguf", 10);

    assertThat(pull(REFERENCE).getFirst()).hasBinaryContent(content);
    assertThat(hub.requests.getLast()).isEqualTo(RESOLVE + "a%20b%2Bc%25-Q4_K_M.gguf");
  }

  @Test
  void anAbsentRepositoryIsNamed() {
    assertThatThrownBy(() -> pull(HubReference.parse("hf:owner/none")))
        .isInstanceOf(HubException.class)
        .hasMessage("hf:owner/none: not found at " + authority() + " (status 404)");
  }

  @Test
  void aDenialNamesTheCure() {
    hub.put(FILE, 10);
    hub.status = 403;

    assertThatThrownBy(() -> pull(REFERENCE))
        .hasMessage(
            "hf:owner/repo: "
                + FILE
                + ": "
                + authority()
                + " denies access (status 403); check the name, and set HF_TOKEN to a token that"
                + " may read it");
  }

  @Test
  void theTokenStaysWithTheHub() throws IOException {
    byte[] content = hub.put(FILE, 10);
    try (FakeHub storage = new FakeHub()) {
      storage.put(FILE, 10);
      hub.redirectTo = storage.address();

      Path file = pull(Map.of("HF_TOKEN", "secret")).getFirst();

      assertThat(file).hasBinaryContent(content);
      assertThat(hub.authorizations).containsExactly("Bearer secret", "Bearer secret");
      assertThat(storage.requests).containsExactly("/cdn/" + FILE);
      assertThat(storage.authorizations).containsExactly("");
    }
  }

  @Test
  void redirectsToAnotherSchemeAreRefused() {
    hub.put(FILE, 10);
    hub.redirectTo = "file:///etc";

    assertThatThrownBy(() -> pull(REFERENCE)).hasMessageContaining("refused the redirect to file:");
  }

  @Test
  void anEndpointThatIsNotThereIsNamed() {
    String authority = authority();
    hub.close();

    assertThatThrownBy(() -> pull(REFERENCE)).hasMessage(authority + ": cannot be reached");
  }

  @Test
  void twoPullsDoNotWriteTheSameFile() throws IOException {
    hub.put(FILE, 10);
    Path part = part(new byte[1]);
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE);
        FileLock _ = channel.lock()) {
      assertThatThrownBy(() -> pull(REFERENCE))
          .hasMessage(part + ": another download is writing it");
    }
  }

  private Path part(byte[] content) throws IOException {
    Path folder = Files.createDirectories(root.resolve("owner/repo"));
    return Files.write(folder.resolve(FILE + ".part"), content);
  }

  private List<Path> pull(HubReference reference) throws IOException {
    return pull(reference, new ArrayList<>());
  }

  private List<Path> pull(Map<String, String> environment) throws IOException {
    try (HubClient client = new HubClient(HubEndpoint.of(hub.address(), environment))) {
      return new ModelPull(client, store).pull(REFERENCE, (_, _, _) -> {});
    }
  }

  private List<Path> pull(HubReference reference, List<Long> steps) throws IOException {
    try (HubClient client = new HubClient(HubEndpoint.of(hub.address(), Map.of()))) {
      return new ModelPull(client, store).pull(reference, (_, done, _) -> steps.add(done));
    }
  }

  private String authority() {
    return hub.address().substring("http://".length());
  }

  private List<String> names() throws IOException {
    Path folder = root.resolve("owner/repo");
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
