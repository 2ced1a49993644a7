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
            active        500.00 K of 1.09 M parameters a token (500,000)
            computation   1.00 M operations a token
            weights read  2.00 MiB a token
            cache         1.00 KiB a token: keys and values, window of 32 in 2 layers 1.00 KiB (F16)
            device        cpu: fake
            memory        3.56 MiB for a context of 64 tokens: weights 3.00 MiB copied (1.00 MiB mapped beside), cache 64.00 KiB, scratch 512.00 KiB
            machine       8.00 MiB, container limit 6.00 MiB, available 5.00 MiB
            fits          yes
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
             "plan" : {
               "device" : "cpu: fake", "context_length" : 64, "parameters" : 1093632,
               "active_parameters" : 500000, "flops_per_token" : 1000000,
               "prompt_flops_per_token" : 800000, "file_bytes_per_token" : 1900000,
               "weight_bytes_per_token" : 2097152, "cache_type" : "F16",
               "cache_bytes_per_token" : 1024.0,
               "cache" : [ {"content" : "keys and values, window of 32", "layers" : 2,
                 "bytes_per_token" : 1024.0} ],
               "memory" : {"weights_copied" : 3145728, "weights_mapped" : 1048576,
                 "cache" : 65536, "scratch" : 524288, "heap" : 524288,
                 "rearranged_at_load" : 0, "at_load" : 3670016, "required" : 3735552},
               "machine" : {"total" : 8388608, "limit" : 6291456, "available" : 5242880,
                 "max_heap" : 1048576, "budget" : 0},
               "fits" : true, "longest_context" : 64},
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

  @Test
  void tellsWhatDoesNotFit() throws IOException {
    String model = Cli.model(folder);

    Cli.Outcome outcome =
        Cli.run("inspect", "--memory", "3584K", "--cache-type", "q8_0", "-c", "64", model);

    assertThat(outcome.code()).isZero();
    assertThat(outcome.out())
        .contains(
            """
            machine       8.00 MiB, container limit 6.00 MiB, available 5.00 MiB, budget 3.50 MiB
            fits          no: model 'Fake 1': expected to need at most 3.50 MiB (memoryBudget), found \
            3.56 MiB: weights 3.00 MiB, cache 64.00 KiB for 64 tokens in Q8_0, scratch 512.00 KiB; \
            take a smaller quantization of the model
            """);
    assertThat(Cli.run("inspect", "--json", "--memory", "3584K", model).out())
        .contains("\"fits\" : false", "\"shortage\" : \"model 'Fake 1': expected to need");
  }

  @Test
  void whatCannotBePlannedIsShownAllTheSame() throws IOException {
    String model = Cli.model(folder, "refuse=plan");

    Cli.Outcome outcome = Cli.run("inspect", model);

    assertThat(outcome.code()).isZero();
    assertThat(outcome.out())
        .contains("memory        not known: architecture 'llama': has too many heads\nmetadata\n");
    assertThat(Cli.run("inspect", "--json", model).out())
        .contains("\"plan_unknown\" : \"architecture 'llama': has too many heads\"");
  }
}
