// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
import dev.coterie.Model;
import java.nio.file.Path;

/** The smallest program, as the documentation shows it. */
class Smallest {
  public static void main(String[] args) throws Exception {
    Path path = Path.of(args[0]);
    try (Model model = Model.load(path)) {
      System.out.println(model.generator().generate("the cat").text());
    }
  }
}
