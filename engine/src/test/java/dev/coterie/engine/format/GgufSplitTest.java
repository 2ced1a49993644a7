// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coterie.ModelFormatException;
import dev.coterie.engine.format.GgufWriter.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufSplitTest {
  @TempDir Path directory;

  @Test
  void readsAllParts() throws IOException {
    try (GgufFile file = GgufFile.open(writeThree())) {
      assertThat(file.files()).containsExactly(part(1), part(2), part(3));
      assertThat(file.bytes())
          .isEqualTo(Files.size(part(1)) + Files.size(part(2)) + Files.size(part(3)));
      assertThat(file.info().tensors()).extracting("name").containsExactly("a", "b", "c");
      assertThat(file.info().architecture()).isEqualTo("llama");
      float[] value = new float[1];
      file.tensor("c", 1).decodeRow(0, value, 0);
      assertThat(value).containsExactly(3);
    }
  }

  @Test
  void followsLinksByTheNameOfTheLink() throws IOException {
    writeThree();
    Path links = Files.createDirectory(directory.resolve("links"));
    for (int i = 1; i <= 3; i++) {
      Path blob = Files.move(part(i), directory.resolve("blob" + i));
      Files.createSymbolicLink(links.resolve(part(i).getFileName()), blob);
    }
    try (GgufFile file = GgufFile.open(links.resolve(part(1).getFileName()))) {
      assertThat(file.info().tensors()).hasSize(3);
    }
  }

  @Test
  void wantsTheFirstPart() throws IOException {
    writeThree();
    refused(part(2), part(2), -1, "this is part 2 of 3; open part 1, model-00001-of-00003.gguf");
    Path renamed = Files.move(part(3), directory.resolve("other.gguf"));
    refused(renamed, renamed, -1, "this is part 3 of 3; open part 1");
  }

  @Test
  void wantsTheNamesOfParts() throws IOException {
    writeThree();
    Path renamed = Files.copy(part(1), directory.resolve("other.gguf"));
    String detail = "this is part 1 of 3; expected a name that ends in -00001-of-00003.gguf";
    refused(renamed, renamed, -1, detail);
    renamed = Files.move(renamed, directory.resolve("model-00001-of-00002.gguf"));
    refused(renamed, renamed, -1, detail);
    Files.copy(part(1), part(2), StandardCopyOption.REPLACE_EXISTING);
    refused(part(2), part(2), -1, detail);
  }

  @Test
  void namesAMissingPart() throws IOException {
    Files.delete(writeThree().resolveSibling(part(2).getFileName()));
    refused(part(1), part(2), -1, "part 2 of 3 is missing");
  }

  @Test
  void refusesARepeatedPart() throws IOException {
    writeThree();
    Files.copy(part(2), part(3), StandardCopyOption.REPLACE_EXISTING);
    refused(part(1), part(3), 24, "key 'split.no': expected 2, found 1");
  }

  @Test
  void refusesPartsThatDoNotBelongTogether() throws IOException {
    Path first = writeThree();
    new GgufWriter().put("split.no", 1).put("split.count", 4).write(part(2));
    refused(first, part(2), 48, "key 'split.count': expected 3, found 4");
    new GgufWriter().put("split.count", 3).write(part(2));
    refused(first, part(2), -1, "key 'split.no': expected an integer, found nothing");
    new GgufWriter().write(part(2));
    refused(first, part(2), -1, "key 'split.count': expected an integer, found nothing");
  }

  @Test
  void refusesATensorInTwoParts() throws IOException {
    writeThree();
    GgufWriter.writeSplit(directory, "model", List.of(one("a", 1), one("b", 2), one("a", 3)));
    refused(
        part(1),
        part(3),
        24 + 22 + 25 + 35,
        "tensor 'a': appears in model-00001-of-00003.gguf too");
  }

  @Test
  void refusesAnotherNumberOfTensors() throws IOException {
    writeThree();
    new GgufWriter().put("split.no", Type.U16, 2).put("split.count", Type.U16, 3).write(part(3));
    refused(part(1), part(1), 24 + 45 + 22 + 25, "key 'split.tensors.count': expected 2, found 3");
  }

  @Test
  void refusesNumbersOutOfRange() throws IOException {
    Path file = directory.resolve("model.gguf");
    new GgufWriter().put("split.no", 3).put("split.count", 3).write(file);
    refused(file, file, 24, "key 'split.no': expected 0 to 2, found 3");
    new GgufWriter().put("split.count", 65536).write(file);
    refused(file, file, 24, "key 'split.count': expected 0 to 65535, found 65536");
  }

  @Test
  void aSinglePartIsAWholeModel() throws IOException {
    Path path = GgufWriter.writeSplit(directory, "single", List.of(one("a", 1)));
    Path renamed = Files.move(path, directory.resolve("renamed.gguf"));
    try (GgufFile file = GgufFile.open(renamed)) {
      assertThat(file.files()).containsExactly(renamed);
    }
  }

  private Path writeThree() throws IOException {
    return GgufWriter.writeSplit(
        directory,
        "model",
        List.of(one("a", 1).put("general.architecture", "llama"), one("b", 2), one("c", 3)));
  }

  private static GgufWriter one(String tensor, float value) {
    return new GgufWriter().tensor(tensor, List.of(1L), value);
  }

  private Path part(int number) {
    return directory.resolve(GgufWriter.partName("model", number, 3));
  }

  private static void refused(Path opened, Path named, long offset, String detail) {
    assertThatThrownBy(() -> GgufFile.open(opened).close())
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(named + (offset < 0 ? "" : " at byte " + offset) + ": " + detail);
  }
}
