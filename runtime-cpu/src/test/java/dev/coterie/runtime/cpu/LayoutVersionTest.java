// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.runtime.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coterie.spi.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Iterator;
import org.junit.jupiter.api.Test;

/** Files of packed weights outlive the code that wrote them. */
class LayoutVersionTest {
  /** What {@link RepackedFile#VERSION} stands for. */
  private static final String PACKED = "1:6e14aa5d8fab5fe9";

  @Test
  void packedBytesChangeWithTheVersionOnly() throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (Iterator<Tensor> i = PackedMatrices.tensors().iterator(); i.hasNext(); ) {
      Tensor tensor = i.next();
      try (Arena arena = Arena.ofConfined()) {
        digest.update(tensor.name().getBytes(StandardCharsets.UTF_8));
        digest.update(PackedMatrices.pack(tensor, arena).data().toArray(ValueLayout.JAVA_BYTE));
      }
    }
    assertThat(RepackedFile.VERSION + ":" + HexFormat.of().formatHex(digest.digest(), 0, 8))
        .as(
            "packed bytes changed: raise RepackedFile.VERSION, and note both here; or the test's tensors did")
        .isEqualTo(PACKED);
  }
}
