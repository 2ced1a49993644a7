// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks a hub. Redirects are followed here and not by the HTTP client, because the token must not go
 * to another host, nor a request from https to http. For use by one thread; the caller closes it.
 */
public final class HubClient implements AutoCloseable {
  private static final int MAX_REDIRECTS = 8;
  private static final int MAX_PAGES = 100;
  private static final int MAX_FILES = 100_000;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(60);
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;\\s*rel=\"?next\"?");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  private final HubEndpoint endpoint;
  private final HttpClient http;

  /**
   * A client of one hub.
   *
   * @param endpoint the hub
   */
  public HubClient(HubEndpoint endpoint) {
    this.endpoint = endpoint;
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  /**
   * Lists all files of a repository.
   *
   * @param reference the repository
   * @throws HubException if it is not there or may not be read
   * @throws IOException if the hub cannot be reached
   */
  public List<HubFile> list(HubReference reference) throws IOException {
    List<HubFile> files = new ArrayList<>();
    @Nullable URI page = endpoint.list(reference);
    for (int pages = 0; page != null; pages++) {
      if (pages == MAX_PAGES || files.size() > MAX_FILES) {
        throw new HubException(reference + ": the hub's list of files does not end");
      }
      HttpResponse<InputStream> response = get(page, 0);
      try (InputStream body = response.body()) {
        requireOk(response, reference.toString());
        parse(body, files);
      } catch (JsonProcessingException e) {
        throw new HubException(
            reference + ": the hub's list of files is malformed: " + e.getOriginalMessage());
      }
      page = next(response);
    }
    return files;
  }

  private static @Nullable URI next(HttpResponse<?> response) {
    for (String link : response.headers().allValues("link")) {
      Matcher next = NEXT.matcher(link);
      if (next.find()) {
        return response.uri().resolve(next.group(1));
      }
    }
    return null;
  }

  private static void parse(InputStream body, List<HubFile> files) throws IOException {
    try (JsonParser json = new JsonFactory().createParser(body)) {
      if (json.nextToken() != JsonToken.START_ARRAY) {
        throw new HubException("the hub's list of files is malformed: expected an array");
      }
      while (json.nextToken() == JsonToken.START_OBJECT) {
        HubFile file = parseFile(json);
        if (file != null) {
          files.add(file);
        }
      }
    }
  }

  private static @Nullable HubFile parseFile(JsonParser json) throws IOException {
    @Nullable String path = null;
    @Nullable String type = null;
    @Nullable String sha256 = null;
    long bytes = -1;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "path" -> path = json.getValueAsString();
        case "type" -> type = json.getValueAsString();
        case "size" -> bytes = json.getValueAsLong(-1);
        case "lfs" -> sha256 = parseHash(json);
        default -> json.skipChildren();
      }
    }
    return path == null || "directory".equals(type) ? null : new HubFile(path, bytes, sha256);
  }

  private static @Nullable String parseHash(JsonParser json) throws IOException {
    @Nullable String hash = null;
    if (json.currentToken() != JsonToken.START_OBJECT) {
      json.skipChildren();
      return null;
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      boolean oid = "oid".equals(json.currentName());
      json.nextToken();
      if (oid) {
        hash = json.getValueAsString("").toLowerCase(Locale.ROOT).replaceFirst("^sha256:", "");
      }
      json.skipChildren();
    }
    return hash != null && SHA256.matcher(hash).matches() ? hash : null;
  }

  /**
   * Asks for a file's bytes.
   *
   * @param reference the repository
   * @param path the file
   * @param from the first byte wanted
   * @return the answer, whatever its status; the caller closes the body
   */
  HttpResponse<InputStream> open(HubReference reference, String path, long from)
      throws IOException {
    return get(endpoint.file(reference, path), from);
  }

  /** Refuses an answer that is none. */
  static void requireOk(HttpResponse<?> response, String subject) throws HubException {
    int status = response.statusCode();
    if (status == 200 || status == 206) {
      return;
    }
    String host = response.uri().getAuthority();
    throw new HubException(
        switch (status) {
          case 401, 403 ->
              subject
                  + ": "
                  + host
                  + " denies access (status "
                  + status
                  + "); check the name, and set HF_TOKEN to a token that may read it";
          case 404 -> subject + ": not found at " + host + " (status 404)";
          case 429 -> subject + ": " + host + " asks to slow down (status 429); try again later";
          default -> subject + ": " + host + " answered with status " + status;
        });
  }

  private HttpResponse<InputStream> get(URI address, long from) throws IOException {
    URI current = address;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpResponse<InputStream> response = send(current, from);
      if (!REDIRECTS.contains(response.statusCode())) {
        return response;
      }
      response.body().close();
      URI next = current.resolve(location(response));
      String scheme = next.getScheme();
      boolean secure = "https".equalsIgnoreCase(scheme);
      boolean plain = "http".equalsIgnoreCase(scheme) && !"https".equals(current.getScheme());
      if (next.getHost() == null || !(secure || plain)) {
        throw new HubException(current + ": refused the redirect to " + next);
      }
      current = next;
    }
    throw new HubException(address + ": more than " + MAX_REDIRECTS + " redirects");
  }

  private static URI location(HttpResponse<?> response) throws HubException {
    String location = response.headers().firstValue("location").orElse("");
    try {
      return URI.create(location);
    } catch (IllegalArgumentException e) {
      throw new HubException(response.uri() + ": refused the redirect to " + location);
    }
  }

  private HttpResponse<InputStream> send(URI address, long from) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(RESPONSE_TIMEOUT)
            .header("User-Agent", "coterie")
            .GET();
    if (from > 0) {
      request.header("Range", "bytes=" + from + "-");
    }
    String token = endpoint.token();
    if (token != null && endpoint.trusts(address)) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (java.net.ConnectException e) {
      throw new IOException(address.getAuthority() + ": cannot be reached", e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
