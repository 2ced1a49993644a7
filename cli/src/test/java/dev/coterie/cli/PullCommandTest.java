// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullCommandTest {
  private static final byte[] CONTENT = "answer=pulled".getBytes(StandardCharsets.UTF_8);

  @TempDir Path home;
  private final Cli cli = new Cli();
  private HttpServer hub;

  @BeforeEach
  void start() throws Exception {
    String hash = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(CONTENT));
    hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    String list =
        "[{\"type\":\"file\",\"size\":%d,\"path\":\"m-Q4_K_M.gguf\",\"lfs\":{\"oid\":\"%s\"}}]";
    serve(
        "/api/models/o/r/", list.formatted(CONTENT.length, hash).getBytes(StandardCharsets.UTF_8));
    serve("/o/r/resolve/main/m-Q4_K_M.gguf", CONTENT);
    hub.start();
    cli.environment.put("COTERIE_HOME", home.toString());
    cli.environment.put("HF_ENDPOINT", "http://127.0.0.1:" + hub.getAddress().getPort());
  }

  private void serve(String path, byte[] body) {
    hub.createContext(
        path,
        exchange -> {
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
  }

  @AfterEach
  void stop() {
    hub.stop(0);
  }

  @Test
  void aPulledModelRunsByItsReference() throws IOException {
    Path file = home.resolve("models/o/r/m-Q4_K_M.gguf");

    Cli.Outcome pull = cli.with("pull", "hf:o/r");
    hub.stop(0);
    Cli.Outcome run = cli.with("run", "-m", "hf:o/r:Q4_K_M", "x");

    assertThat(pull).isEqualTo(new Cli.Outcome(0, file + "\n", ""));
    assertThat(run).isEqualTo(new Cli.Outcome(0, "pulled\n", ""));
  }

  @Test
  void aModelThatWasNotPulledNamesTheCommandThatDoes() {
    Cli.Outcome outcome = cli.with("inspect", "hf:o/r");

    assertThat(outcome)
        .isEqualTo(
            new Cli.Outcome(
                1,
                "",
                "coterie: hf:o/r: not in "
                    + home.resolve("models")
                    + "; coterie pull hf:o/r fetches it\n"));
  }

  @Test
  void anotherQuantThatWasNotPulledNamesItToo() {
    cli.with("pull", "hf:o/r");

    Cli.Outcome outcome = cli.with("inspect", "hf:o/r:Q8_0");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err())
        .endsWith("(in " + home.resolve("models/o/r") + "); coterie pull hf:o/r:Q8_0 fetches it\n");
  }

  @Test
  void theOptionNamesTheEndpoint() {
    String endpoint = cli.environment.remove("HF_ENDPOINT");

    assertThat(cli.with("pull", "hf:o/r", "--endpoint", endpoint).code()).isZero();
  }

  @Test
  void aRefusalIsOneLine() {
    Cli.Outcome outcome = cli.with("pull", "hf:o/none");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err())
        .startsWith("coterie: hf:o/none: not found at 127.0.0.1:")
        .hasLineCount(1);
  }
}
