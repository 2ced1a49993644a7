# SPDX-FileCopyrightText: 2026 The Coterie authors
# SPDX-License-Identifier: Apache-2.0
"""Makes the golden models: tiny checkpoints of every architecture and the logits they give.

usage: python generate.py [NAME ...]    all of them without names
"""

import json
import shutil
import sys
import tempfile
from itertools import count
from pathlib import Path
from zlib import crc32

import torch
import transformers as hf
from safetensors.torch import load_file, save_file

import configs
import encode
import publish
import ties
import weights
from multi_token_prediction import MultiTokenPredictor

STEPS = 24
RIVALS = 5
SPECIAL = 2  # tokens that no prompt has: the markers

# rounding in float32 moves scores and logits by about a tenth of this at most
NARROWEST_CHOICE = 2e-5
NARROWEST_RANK = 1e-3

MODELS = Path(__file__).parent / "models"


def main():
    torch.set_num_threads(1)  # one order of sums
    hf.utils.logging.disable_progress_bar()
    hf.utils.logging.set_verbosity_error()  # it finds scaled frequencies of short contexts odd
    known = configs.models()
    for name in sys.argv[1:] or known:
        for attempt in count():
            made = make(name, known[name], crc32(name.encode()) + attempt)
            if made is not None:
                print(f"{name}: {made}")
                break


def make(name, golden, seed):
    """Makes one model; None if its choices or ranks are so narrow that rounding could decide."""
    published, model = checkpoint(golden, seed)
    tokens = torch.randint(
        SPECIAL,
        configs.VOCABULARY,
        (golden.positions,),
        generator=torch.Generator().manual_seed(seed),
    ).tolist()
    module = None
    if golden.module:
        module = MultiTokenPredictor(model, own=golden.module == "own")
        weights.fill(module, seed + 1)
        published |= encode.encode(module.published(), "bf16")[0]
    with torch.no_grad(), ties.earlier_wins() as gaps:
        logits = forward(model, tokens)
        steps, ranks = greedy(model, tokens[: golden.greedy_from])
        predicted = module and predict(model, module, tokens)
    if min(gaps) < NARROWEST_CHOICE or ranks < NARROWEST_RANK:
        return None
    folder = MODELS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    publish.write_weights(folder, published, golden.config.model_type)
    publish.write_config(folder, golden.config, golden.quantization)
    publish.write_tokenizer(folder, configs.VOCABULARY)
    write_logits(folder / "logits.f32", logits)
    text = dict(
        seed=seed,
        made_by=f"transformers {hf.__version__}, torch {torch.__version__}",
        tokens=tokens,
        logits=dict(file="logits.f32", shape=list(logits.shape)),
        greedy_prompt_tokens=golden.greedy_from,
        greedy=steps,
    )
    if module:
        write_logits(folder / "predicted.f32", predicted)
        text["predicted"] = dict(file="predicted.f32", shape=list(predicted.shape))
    (folder / "golden.json").write_text(json.dumps(text) + "\n")
    size = sum(file.stat().st_size for file in folder.iterdir())
    return f"seed {seed}, {size // 1024} KiB, narrowest choice {min(gaps):.1e}, rank {ranks:.1e}"


def checkpoint(golden, seed):
    """The tensors to publish, and a model in float32 that has their exact values."""
    config = golden.config
    model = hf.AutoModelForCausalLM.from_config(config).float()
    inputs_first = config.model_type in ("llama4_text", "gpt_oss")
    weights.fill(model, seed, inputs_first, golden.gate_gain)
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "model.safetensors"
        model.save_pretrained(temporary)
        published, exact = encode.encode(load_file(file), golden.quantization)
        save_file(exact, file, metadata={"format": "pt"})
        model, report = hf.AutoModelForCausalLM.from_pretrained(
            temporary, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
        )
    assert not any(report.values()), report
    return published, model.eval()


def forward(model, tokens):
    """The logits of every position, [positions, vocabulary]."""
    return model(torch.tensor([tokens]), use_cache=False).logits[0].float()


def greedy(model, prompt):
    """What greedy decoding gives, each step computed anew, and the narrowest rank among rivals."""
    tokens, steps, narrowest = list(prompt), [], float("inf")
    for _ in range(STEPS):
        probabilities = torch.log_softmax(forward(model, tokens)[-1], -1)
        values, ids = torch.sort(probabilities, descending=True)
        narrowest = min(narrowest, (values[:RIVALS] - values[1 : RIVALS + 1]).min().item())
        top = dict(
            top_ids=ids[:RIVALS].tolist(),
            top_logprobs=[round(v, 6) for v in values[:RIVALS].tolist()],
        )
        steps.append(top)
        tokens.append(top["top_ids"][0])
    return steps, narrowest


def predict(model, module, tokens):
    """The module's logits of every position whose next token is known, [positions - 1, ...]."""
    hidden = model.model(torch.tensor([tokens]), use_cache=False).last_hidden_state[0]
    return module(hidden[:-1], torch.tensor(tokens[1:])).float()


def write_logits(file, logits):
    file.write_bytes(logits.contiguous().numpy().astype("<f4").tobytes())


if __name__ == "__main__":
    main()
