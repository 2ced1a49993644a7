// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
package dev.coterie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  @TempDir Path folder;

  @Test
  void tellsWhatTheFileSaysWithoutItsEscapeSequences() throws IOException {
    String model = Cli.model(folder);

    Cli.Outcome outcome = Cli.run("inspect", model);

    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out())
        .isEqualTo(
            """
            file          FILE
            format        GGUF v3
            architecture  llama
            name          Fake 1
            parameters    1.09 M (1,093,632)
            context       64 tokens
            vocabulary    258 tokens
            size          1.18 MiB (1,234,567 bytes)
            tensors       4: Q8_0 1 (1.07 MiB), Q4_K 2 (18.00 KiB), F32 1 (16.00 KiB)
            metadata
              general.architecture = llama
              general.name = Fake \\u001b[31m1
              llama.rope.freq_base = 10000.0
              llama.block_count = 2
              tokenizer.ggml.add_bos_token = true
              tokenizer.ggml.tokens = STRING[258]
              general.tags = [a, b]
            """
                .replace("FILE", model));
  }

  @Test
  void listsTheTensors() throws IOException {
    Cli.Outcome outcome = Cli.run("inspect", "--tensors", Cli.model(folder));

    assertThat(outcome.out())
        .endsWith(
            """
            tensor list
              token_embd.weight                        Q8_0     [258, 4096]      1.07 MiB
              blk.0.ffn_down.weight                    Q4_K     [64, 256]        9.00 KiB
              blk.0.ffn_up.weight                      Q4_K     [64, 256]        9.00 KiB
              output_norm.weight                       F32      [4096]           16.00 KiB
            """);
  }

  @Test
  void printsJson() throws IOException {
    String model = Cli.model(folder);

    Cli.Outcome outcome = Cli.run("inspect", "--json", "--tensors", model);

    assertThat(outcome.out())
        .isEqualToIgnoringWhitespace(
            """
            {"file" : "FILE", "format" : "GGUF v3", "architecture" : "llama",
             "name" : "Fake 1", "parameters" : 1093632, "context_length" : 64,
             "vocabulary_size" : 258, "bytes" : 1234567,
             "tensor_types" : {
               "Q8_0" : {"tensors" : 1, "bytes" : 1122816},
               "Q4_K" : {"tensors" : 2, "bytes" : 18432},
               "F32" : {"tensors" : 1, "bytes" : 16384}},
             "metadata" : {
               "general.architecture" : "llama", "general.name" : "Fake \\u001B[31m1",
               "llama.rope.freq_base" : 10000.0, "llama.block_count" : 2,
               "tokenizer.ggml.add_bos_token" : true, "tokenizer.ggml.tokens" : "STRING[258]",
               "general.tags" : [ "a", "b" ]},
             "tensors" : [
               {"name" : "token_embd.weight", "type" : "Q8_0", "shape" : [ 258, 4096 ],
                "bytes" : 1122816},
               {"name" : "blk.0.ffn_down.weight", "type" : "Q4_K", "shape" : [ 64, 256 ],
                "bytes" : 9216},
               {"name" : "blk.0.ffn_up.weight", "type" : "Q4_K", "shape" : [ 64, 256 ],
                "bytes" : 9216},
               {"name" : "output_norm.weight", "type" : "F32", "shape" : [ 4096 ],
                "bytes" : 16384}]}
            """
                .replace("FILE", model));
  }
}
