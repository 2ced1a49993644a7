// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The text of every error that users may see. */
class ErrorTextTest {
  @Test
  void backendUnavailable() {
    assertThat(new BackendUnavailableException("a backend", List.of()))
        .hasMessage(
            "a backend is not available: no backend provider was found;"
                + " add dev.coterie:coterie-runtime-cpu");
    List<String> reasons = new ArrayList<>(List.of("cuda: no driver", "cpu: available"));
    BackendUnavailableException e = new BackendUnavailableException("backend 'cuda'", reasons);
    reasons.clear();
    assertThat(e).hasMessage("backend 'cuda' is not available: cuda: no driver; cpu: available");
    assertThat(e.reasons()).containsExactly("cuda: no driver", "cpu: available");
    assertThatThrownBy(() -> e.reasons().clear()).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void contextLength() {
    ContextLengthException e = new ContextLengthException(600, 512);
    assertThat(e)
        .hasMessage(
            "prompt: expected at most 512 tokens, found 600;"
                + " shorten it or load the model with a larger contextLength");
    assertThat(e.requested()).isEqualTo(600);
    assertThat(e.limit()).isEqualTo(512);
  }

  @Test
  void modelFormat() {
    Path path = Path.of("model.gguf");
    Exception cause = new IllegalStateException("why");
    ModelFormatException e = new ModelFormatException(path, 24, "expected 3, found 4", cause);
    assertThat(e).hasMessage("model.gguf at byte 24: expected 3, found 4").hasCause(cause);
    assertThat(e.path()).isEqualTo(path);
    assertThat(e.offset()).isEqualTo(24);
    assertThat(e.detail()).isEqualTo("expected 3, found 4");
    assertThat(new ModelFormatException(path, 0, "empty"))
        .hasMessage("model.gguf at byte 0: empty");
    assertThat(new ModelFormatException(path, -1, "no tensors"))
        .hasMessage("model.gguf: no tensors")
        .hasNoCause();
  }

  @Test
  void unsupportedModel() {
    UnsupportedModelException e = new UnsupportedModelException("gemma3", "is not supported");
    assertThat(e).hasMessage("architecture 'gemma3': is not supported");
    assertThat(e.architecture()).isEqualTo("gemma3");
    assertThat(e.feature()).isEqualTo("is not supported");
  }

  @Test
  void allAreCoterieExceptionsAndSurviveSerialization() throws Exception {
    for (CoterieException e :
        List.of(
            new CoterieException("a"),
            new CoterieException("b", new IllegalStateException("c")),
            new BackendUnavailableException("d", List.of("e")),
            new ContextLengthException(2, 1),
            new InsufficientMemoryException("m", 2, 1),
            new ModelFormatException(Path.of("f"), 1, "g"),
            new UnsupportedModelException("h", "i"))) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(e);
      }
      try (ObjectInputStream in =
          new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
        Object copy = in.readObject();
        assertThat(copy).hasSameClassAs(e);
        assertThat((CoterieException) copy).hasMessage(e.getMessage());
        if (copy instanceof ModelFormatException format) {
          assertThat(format.path()).isNull();
          assertThat(format.detail()).isEqualTo("g");
        }
        if (copy instanceof InsufficientMemoryException memory) {
          assertThat(memory.requiredBytes()).isEqualTo(2);
          assertThat(memory.limitBytes()).isOne();
        }
        if (copy instanceof BackendUnavailableException unavailable) {
          assertThat(unavailable.reasons()).containsExactly("e");
        }
      }
    }
  }
}
