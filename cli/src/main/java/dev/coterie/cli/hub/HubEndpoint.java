// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where a hub answers, and who asks.
 *
 * @param base its address, without a slash at the end
 * @param token a bearer token, or null
 */
public record HubEndpoint(URI base, @Nullable String token) {
  private static final String PUBLIC_HUB = "https://huggingface.co";

  /** Checks the address. */
  public HubEndpoint {
    String scheme = base.getScheme() == null ? "" : base.getScheme().toLowerCase(Locale.ROOT);
    if (!(scheme.equals("https") || scheme.equals("http")) || base.getHost() == null) {
      throw new IllegalArgumentException(
          "hub endpoint: expected an http or https address, found " + base);
    }
  }

  /**
   * The endpoint that an option and an environment name: the option, else {@code HF_ENDPOINT}, else
   * the public hub; the token is {@code HF_TOKEN}.
   *
   * @param option the option's value, or null
   * @param environment the environment variables
   */
  public static HubEndpoint of(@Nullable String option, Map<String, String> environment) {
    String named = option != null ? option : environment.getOrDefault("HF_ENDPOINT", "");
    String address = (named.isBlank() ? PUBLIC_HUB : named.strip()).replaceAll("/+$", "");
    String token = environment.getOrDefault("HF_TOKEN", "").strip();
    return new HubEndpoint(URI.create(address), token.isEmpty() ? null : token);
  }

  /** The address of a repository's list of files. */
  URI list(HubReference reference) {
    return URI.create(
        base
            + "/api/models/"
            + reference.owner()
            + "/"
            + reference.repository()
            + "/tree/main?recursive=true");
  }

  /** The address of a file. */
  URI file(HubReference reference, String path) {
    String encoded =
        Stream.of(path.split("/"))
            .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
            .collect(Collectors.joining("/"));
    return URI.create(
        base + "/" + reference.owner() + "/" + reference.repository() + "/resolve/main/" + encoded);
  }

  /** Whether an address is this endpoint's own, so that the token may go there. */
  boolean trusts(URI address) {
    return address.getScheme().equalsIgnoreCase(base.getScheme())
        && base.getHost().equalsIgnoreCase(address.getHost())
        && address.getPort() == base.getPort()
        && (address.getScheme().equalsIgnoreCase("https") || isLoopback(address.getHost()));
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
