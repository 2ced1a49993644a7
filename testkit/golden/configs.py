# SPDX-FileCopyrightText: 2026 The Coterie authors
# SPDX-License-Identifier: Apache-2.0
"""The shapes of the golden models: as small as every mechanism of an architecture allows."""

from dataclasses import dataclass

import transformers as hf

VOCABULARY = 104  # no whole number of vectors

# Heads are so small that scaled rotations need a small base and a short context to be blended in
# part, and prompts go beyond that context.
THETA = 100.0
CONTEXT = 64


@dataclass(frozen=True)
class Golden:
    """A golden model.

    config: what transformers makes the model of
    quantization: how the published weights are encoded: 'bf16', 'fp8', 'fp4' (with FP8) or 'mxfp4'
    positions: length of the prompt
    greedy_from: how many of its tokens greedy decoding starts from
    gate_gain: multiplies the weights before an expert's gate, where its limit cannot be changed
    module: of multi-token prediction: '' for none, 'own' with embeddings and head of its own,
        'shared' with those of the model
    """

    config: hf.PreTrainedConfig
    quantization: str = "bf16"
    positions: int = 96
    greedy_from: int = 48
    gate_gain: float = 1
    module: str = ""


COMMON = dict(
    vocab_size=VOCABULARY,
    max_position_embeddings=512,
    bos_token_id=0,
    eos_token_id=1,
    pad_token_id=None,
    tie_word_embeddings=False,
)
GQA = dict(
    hidden_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=12
)
YARN = dict(
    rope_type="yarn", factor=8.0, beta_fast=4, beta_slow=1, original_max_position_embeddings=CONTEXT
)
LATENT = dict(
    hidden_size=48,
    intermediate_size=64,
    moe_intermediate_size=16,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=4,
    q_lora_rank=24,
    kv_lora_rank=16,
    qk_nope_head_dim=12,
    qk_rope_head_dim=8,
    v_head_dim=10,
    first_k_dense_replace=1,
    n_routed_experts=8,
    n_shared_experts=1,
    num_experts_per_tok=3,
)
SIGMOID_GROUPS = dict(n_group=4, topk_group=2, routed_scaling_factor=2.5, norm_topk_prob=True)
COMPRESSED = dict(
    hidden_size=32,
    moe_intermediate_size=16,
    num_attention_heads=4,
    head_dim=24,
    qk_rope_head_dim=8,
    q_lora_rank=16,
    o_groups=2,
    o_lora_rank=12,
    index_n_heads=4,
    index_head_dim=16,
    index_topk=4,
    sliding_window=16,
    swiglu_limit=1.0,
    n_routed_experts=8,
    num_experts_per_tok=2,
    rope_theta=THETA,
    compress_rope_theta=1000.0,
    rope_parameters=YARN,
)


def yarn(mscale):
    """YaRN with DeepSeek's correction of the softmax."""
    return dict(**YARN, mscale=mscale, mscale_all_dim=mscale, rope_theta=THETA)


def llama3(low, high):
    """Llama 3's scaling of frequencies."""
    return dict(
        rope_type="llama3",
        factor=8.0,
        low_freq_factor=low,
        high_freq_factor=high,
        original_max_position_embeddings=CONTEXT,
        rope_theta=THETA,
    )


def models():
    """All golden models by the name of their folder."""
    return {
        "llama": Golden(
            hf.LlamaConfig(**COMMON, **GQA, intermediate_size=80, rope_parameters=llama3(1.0, 4.0))
        ),
        "mixtral": Golden(
            hf.MixtralConfig(
                **COMMON,
                **GQA,
                intermediate_size=32,
                num_local_experts=4,
                num_experts_per_tok=2,
                rope_parameters=dict(rope_type="default", rope_theta=1000000.0),
            )
        ),
        # with biases and tied embeddings
        "qwen2": Golden(
            hf.Qwen2Config(
                **{**COMMON, "tie_word_embeddings": True},
                **GQA,
                intermediate_size=80,
                rope_parameters=dict(rope_type="default", rope_theta=10000.0),
            )
        ),
        # heads that are together wider than the residual stream
        "qwen3_moe": Golden(
            hf.Qwen3MoeConfig(
                **COMMON,
                **{**GQA, "head_dim": 16},
                intermediate_size=64,
                moe_intermediate_size=16,
                num_experts=8,
                num_experts_per_tok=3,
                norm_topk_prob=True,
                decoder_sparse_step=1,
                mlp_only_layers=[],
            )
        ),
        # dense and sparse blocks, chunks of 24, the last block without positions
        "llama4": Golden(
            hf.Llama4TextConfig(
                **COMMON,
                **{**GQA, "num_hidden_layers": 4},
                intermediate_size=16,
                intermediate_size_mlp=64,
                num_local_experts=4,
                num_experts_per_tok=1,
                interleave_moe_layer_step=2,
                attention_chunk_size=24,
                use_qk_norm=True,
                attn_temperature_tuning=True,
                floor_scale=24,
                attn_scale=0.1,
                no_rope_layers=[1, 1, 1, 0],
                rope_parameters=llama3(1.0, 1.0),
            )
        ),
        "gpt_oss": Golden(
            hf.GptOssConfig(
                **COMMON,
                **{**GQA, "hidden_size": 64, "head_dim": 16},
                intermediate_size=32,
                num_local_experts=4,
                num_experts_per_tok=2,
                sliding_window=16,
                rope_parameters=dict(**{**YARN, "factor": 4.0}, truncate=False, rope_theta=THETA),
            ),
            quantization="mxfp4",
            gate_gain=6,
        ),
        # queries without a latent, as V2-Lite
        "deepseek_v2_lite": Golden(
            hf.DeepseekV2Config(
                **COMMON,
                **{**LATENT, "q_lora_rank": None, "n_shared_experts": 2},
                topk_method="greedy",
                n_group=1,
                topk_group=1,
                routed_scaling_factor=1.0,
                norm_topk_prob=False,
                rope_parameters=yarn(0.707),
            )
        ),
        "deepseek_v2": Golden(
            hf.DeepseekV2Config(
                **COMMON,
                **LATENT,
                topk_method="group_limited_greedy",
                n_group=4,
                topk_group=2,
                routed_scaling_factor=4.0,
                norm_topk_prob=False,
                rope_parameters=yarn(1.0),
            )
        ),
        "deepseek_v3": Golden(
            hf.DeepseekV3Config(**COMMON, **LATENT, **SIGMOID_GROUPS, rope_parameters=yarn(1.0)),
            module="own",
        ),
        # more than one block of scales in either direction, with ragged edges
        "deepseek_v3_fp8": Golden(
            hf.DeepseekV3Config(
                **COMMON,
                **{
                    **LATENT,
                    "hidden_size": 136,
                    "intermediate_size": 144,
                    "q_lora_rank": 132,
                },
                **SIGMOID_GROUPS,
                rope_parameters=yarn(1.0),
            ),
            quantization="fp8",
        ),
        "deepseek_v32": Golden(
            hf.DeepseekV32Config(
                **COMMON,
                **LATENT,
                **SIGMOID_GROUPS,
                rope_parameters=yarn(1.0),
                index_n_heads=4,
                index_head_dim=16,
                index_topk=12,
                num_nextn_predict_layers=1,
            ),
            module="shared",
        ),
        # long enough for an entry of 128 tokens to be seen
        "deepseek_v4": Golden(
            hf.DeepseekV4Config(
                **COMMON,
                **COMPRESSED,
                num_hidden_layers=3,
                compress_ratios=[0, 4, 128],
                num_hash_layers=1,
            ),
            positions=160,
            greedy_from=120,
        ),
        "deepseek_v4_fp4": Golden(
            hf.DeepseekV4Config(
                **COMMON,
                **{
                    **COMPRESSED,
                    "hidden_size": 160,
                    "moe_intermediate_size": 32,
                    "q_lora_rank": 136,
                    "n_routed_experts": 4,
                },
                hc_mult=2,
                num_hidden_layers=2,
                compress_ratios=[4, 0],
                num_hash_layers=1,
            ),
            quantization="fp4",
        ),
    }
