// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A hub on the loopback interface with one repository, {@code owner/repo}, and a few bad habits.
 */
public final class FakeHub implements AutoCloseable {
  /** What a file is, and what the hub pretends that it is. */
  public record Entry(byte[] content, long size, String sha256) {
    Entry(byte[] content) {
      this(content, content.length, hash(content));
    }
  }

  final Map<String, Entry> files = new LinkedHashMap<>();
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  final List<String> authorizations = Collections.synchronizedList(new ArrayList<>());

  /** Cuts the connection after so many bytes of a file, so many times. */
  volatile int cutAfter;

  volatile int cuts;

  /** Answers with this status instead of the file; 0 for none. */
  volatile int status;

  /** Sends the file's address as a redirect to this base. */
  volatile String redirectTo = "";

  volatile boolean ignoresRange;
  volatile boolean pages;
  private final HttpServer server;

  FakeHub() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/api/models/owner/repo/tree/main", this::list);
    server.createContext("/owner/repo/resolve/main/", this::resolve);
    server.createContext("/cdn/", this::resolve);
    server.start();
  }

  public String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  byte[] put(String path, int length) {
    byte[] content = new byte[length];
    for (int i = 0; i < length; i++) {
      content[i] = (byte) (i * 31 + (i >> 8) + path.length());
    }
    files.put(path, new Entry(content));
    return content;
  }

  static String hash(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private void list(HttpExchange exchange) throws IOException {
    note(exchange);
    List<String> rows = new ArrayList<>();
    files.forEach(
        (path, entry) ->
            rows.add(
                "{\"type\":\"file\",\"oid\":\"0\",\"size\":"
                    + entry.size()
                    + ",\"lfs\":{\"oid\":\""
                    + entry.sha256()
                    + "\",\"size\":1,\"more\":[{}]},\"path\":\""
                    + path
                    + "\"}"));
    rows.add("{\"type\":\"directory\",\"oid\":\"0\",\"size\":0,\"path\":\"folder\"}");
    rows.add("{\"type\":\"file\",\"oid\":\"0\",\"size\":3,\"path\":\"README.md\"}");
    String query = exchange.getRequestURI().getQuery();
    if (pages && !query.contains("cursor")) {
      exchange
          .getResponseHeaders()
          .add("Link", "<" + address() + exchange.getRequestURI() + "&cursor=2>; rel=\"next\"");
      rows.subList(1, rows.size()).clear();
    } else if (pages) {
      rows.removeFirst();
    }
    byte[] body = ("[" + String.join(",", rows) + "]").getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private void resolve(HttpExchange exchange) throws IOException {
    note(exchange);
    String address = exchange.getRequestURI().getPath();
    String path = address.replaceFirst("^(/owner/repo/resolve/main/|/cdn/)", "");
    Entry entry = files.get(path);
    if (status != 0 || entry == null) {
      exchange.sendResponseHeaders(status != 0 ? status : 404, -1);
    } else if (!redirectTo.isEmpty() && !address.startsWith("/cdn/")) {
      exchange.getResponseHeaders().add("Location", redirectTo + "/cdn/" + path);
      exchange.sendResponseHeaders(302, -1);
    } else {
      send(exchange, entry.content());
    }
    exchange.close();
  }

  private void send(HttpExchange exchange, byte[] content) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = 0;
    if (range != null && !ignoresRange) {
      from = Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
      exchange
          .getResponseHeaders()
          .add(
              "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
    }
    exchange.sendResponseHeaders(from > 0 ? 206 : 200, content.length - from);
    OutputStream body = exchange.getResponseBody();
    if (cuts > 0) {
      cuts--;
      body.write(Arrays.copyOfRange(content, from, Math.min(from + cutAfter, content.length)));
      body.flush();
    } else {
      body.write(content, from, content.length - from);
    }
  }

  private void note(HttpExchange exchange) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    requests.add(exchange.getRequestURI() + (range == null ? "" : " " + range));
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    authorizations.add(authorization == null ? "" : authorization);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
