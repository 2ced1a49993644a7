// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HubEndpointTest {
  @Test
  void theOptionWinsOverTheEnvironment() {
    Map<String, String> environment = Map.of("HF_ENDPOINT", "https://mirror.example/");

    assertThat(HubEndpoint.of("https://own.example", environment).base())
        .isEqualTo(URI.create("https://own.example"));
    assertThat(HubEndpoint.of(null, environment).base())
        .isEqualTo(URI.create("https://mirror.example"));
    assertThat(HubEndpoint.of(null, Map.of()).base()).hasScheme("https");
  }

  @Test
  void theTokenGoesToTheHubAlone() {
    HubEndpoint hub = HubEndpoint.of("https://hub.example", Map.of("HF_TOKEN", " t "));

    assertThat(hub.token()).isEqualTo("t");
    assertThat(hub.trusts(URI.create("https://HUB.example/x"))).isTrue();
    assertThat(hub.trusts(URI.create("http://hub.example/x"))).isFalse();
    assertThat(hub.trusts(URI.create("https://hub.example:444/x"))).isFalse();
    assertThat(hub.trusts(URI.create("https://hub.example.org/x"))).isFalse();
  }

  @Test
  void theTokenIsNotSentInTheClear() {
    HubEndpoint hub = HubEndpoint.of("http://192.0.2.1", Map.of("HF_TOKEN", "t"));

    assertThat(hub.trusts(URI.create("http://192.0.2.1/x"))).isFalse();
  }

  @Test
  void refusesWhatIsNoWebAddress() {
    assertThatThrownBy(() -> HubEndpoint.of("ftp://x", Map.of()))
        .hasMessage("hub endpoint: expected an http or https address, found ftp://x");
  }
}
