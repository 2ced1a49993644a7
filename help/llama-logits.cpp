// SPDX-FileCopyrightText: 2026 The Coterie authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes the logits that llama.cpp computes for a sequence of token ids:
//   llama-logits MODEL.gguf IDS.txt LOGITS.f32
// One row of float32 a position, as `coterie score` writes them. See compare-with-llama.md.
#include <cstdio>
#include <fstream>
#include <vector>

#include "llama.h"

int main(int argc, char ** argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: llama-logits MODEL.gguf IDS.txt LOGITS.f32\n");
        return 2;
    }
    std::vector<llama_token> ids;
    std::ifstream in(argv[2]);
    for (llama_token id; in >> id;) ids.push_back(id);
    llama_backend_init();
    llama_model * model = llama_model_load_from_file(argv[1], llama_model_default_params());
    if (!model) return 1;
    llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = params.n_ubatch = (uint32_t) ids.size();
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    params.type_k = params.type_v = GGML_TYPE_F32;
    params.n_threads = params.n_threads_batch = 2;
    llama_context * context = llama_init_from_model(model, params);
    if (!context) return 1;
    llama_batch batch = llama_batch_init((int) ids.size(), 0, 1);
    batch.n_tokens = (int) ids.size();
    for (int i = 0; i < batch.n_tokens; i++) {
        batch.token[i] = ids[i];
        batch.pos[i] = i;
        batch.n_seq_id[i] = 1;
        batch.seq_id[i][0] = 0;
        batch.logits[i] = 1;
    }
    if (llama_decode(context, batch)) return 1;
    int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model));
    std::ofstream out(argv[3], std::ios::binary);
    for (int i = 0; i < batch.n_tokens; i++) {
        out.write((const char *) llama_get_logits_ith(context, i), 4LL * vocabulary);
    }
    return out.good() ? 0 : 1;
}
