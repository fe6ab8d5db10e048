#!/usr/bin/env python3
"""Loads a folder that fettle saved in transformers and compares the logits.

    python3 tools/check_saved_model.py DIR [--fettle build/release/fettle] [--texts F] [--tolerance 1e-4]

DIR is a folder in Hugging Face layout (a run's model/, a checkpoint, an export). Fails when a key is
missing or unexpected, or when a number differs by more than the tolerance. What is compared:
classification: the logits of `fettle predict --input`; question answering: the answer and its span;
masked models: the log probabilities of the likeliest words behind a mask; causal models: the text that
goes on greedily, and the loss of `fettle eval`. The tokenizers must agree on every text. Texts: one a
line (--texts), else those of assets/data. Needs torch and transformers.
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))


def fail(message):
    print(f"FAILED: {message}")
    sys.exit(1)


def fettle_lines(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True)
    if done.returncode:
        fail(f"{program} {' '.join(words)}: exit {done.returncode}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def load(folder):
    import transformers

    transformers.logging.set_verbosity_error()
    config = transformers.AutoConfig.from_pretrained(folder)
    name = config.architectures[0]
    kinds = {
        "ForSequenceClassification": transformers.AutoModelForSequenceClassification,
        "ForQuestionAnswering": transformers.AutoModelForQuestionAnswering,
        "ForMaskedLM": transformers.AutoModelForMaskedLM,
        "LMHeadModel": transformers.AutoModelForCausalLM}
    auto = next((v for k, v in kinds.items() if name.endswith(k)), None)
    if auto is None:
        fail(f"{folder}/config.json: architectures names {name}, which has no task here")
    model, info = auto.from_pretrained(folder, output_loading_info=True)
    for what in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if info[what]:
            fail(f"{folder}: {what.replace('_', ' ')}: {sorted(map(str, info[what]))}")
    if type(model).__name__ != name:
        fail(f"{folder}: config.json says {name}, transformers made {type(model).__name__}")
    return model.eval(), transformers.AutoTokenizer.from_pretrained(folder), name


def check_tokens(program, folder, tok, texts):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as f:
        f.write("".join(json.dumps(t, ensure_ascii=False) + "\n" for t in texts))
        f.flush()
        ours = fettle_lines(program, "tokenize", "--model", str(folder), "--format", "json",
                            "--input_format", "jsonl", f.name)
    if len(ours) != len(texts):
        fail(f"tokenize gave {len(ours)} lines for {len(texts)} texts")
    for text, line in zip(texts, ours):
        if line["ids"] != tok(text)["input_ids"]:
            fail(f"token ids differ for {text!r}: {line['ids']} and {tok(text)['input_ids']}")
    print(f"tokens: {len(texts)} texts equal")


def length_of(config, most=128):
    """What both sides cut at: a run's model would else be asked with the run's max_seq_length."""
    used = config.pad_token_id + 1 if config.model_type == "roberta" else 0
    return min(most, config.max_position_embeddings - used)


def check_logits(program, folder, model, tok, texts, tolerance):
    import torch

    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as f:
        f.write("".join(json.dumps({"text": t}, ensure_ascii=False) + "\n" for t in texts))
        f.flush()
        length = length_of(model.config)
        ours = fettle_lines(program, "predict", "--model", str(folder), "--input", f.name, "--json",
                            "--max_seq_length", str(length))
    if len(ours) != len(texts):
        fail(f"predict gave {len(ours)} lines for {len(texts)} texts")
    worst = 0.0
    for text, line in zip(texts, ours):
        inputs = tok(text, return_tensors="pt", truncation=True, max_length=length)
        with torch.no_grad():
            logits = model(**inputs).logits[0].tolist()
        if len(logits) != len(line["logits"]):
            fail(f"{len(line['logits'])} logits, transformers has {len(logits)}")
        difference = max(abs(a - b) for a, b in zip(logits, line["logits"]))
        if not difference <= tolerance:
            fail(f"logits differ by {difference:g} for {text!r}")
        worst = max(worst, difference)
        label = model.config.id2label[max(range(len(logits)), key=logits.__getitem__)]
        top = sorted(logits)[-2:]
        if label != line["label"] and top[1] - top[0] > tolerance:
            fail(f"label {line['label']}, transformers says {label} for {text!r}")
    print(f"logits: {len(texts)} texts, largest difference {worst:.2e}")


def check_answer(program, folder, model, tok, question, context, length, tolerance):
    """By how much the scores differ; None when it does not fit one window."""
    import torch

    enc = tok(question, context, return_tensors="pt",
              return_offsets_mapping=True)
    offsets = enc.pop("offset_mapping")[0].tolist()
    if len(offsets) > length:
        return None
    inside = [i for i, s in enumerate(enc.sequence_ids(0)) if s == 1]
    with torch.no_grad():
        out = model(**enc)
    start, end = out.start_logits[0].tolist(), out.end_logits[0].tolist()
    best = max((start[i] + end[j], i, j) for i in inside for j in inside if i <= j < i + 30)
    null = start[0] + end[0]
    line = fettle_lines(program, "predict", "--model", str(folder), "--question",
                        question, "--context", context, "--json",
                        "--max_seq_length", str(length))[0]
    difference = abs(line["null_score_diff"] - (null - best[0]))
    if not difference <= 2 * tolerance:
        fail(f"null_score_diff differs by {difference:g} for {question!r}")
    span = context[offsets[best[1]][0]:offsets[best[2]][1]]
    if line["answer"] and line["answer"] != span:
        fail(f"answer {line['answer']!r}, transformers says {span!r}")
    return difference


def check_answers(program, folder, model, tok, tolerance):
    """Contexts that fit one window, so that the span is the best one of that window."""
    from reference import common

    found = []
    length = length_of(model.config, 384)
    for article in common.articles():
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"][:2]:
                found.append(check_answer(program, folder, model, tok, qa["question"],
                                          paragraph["context"], length, tolerance))
    for text in ("The library opens at nine.", "Loans last three weeks."):
        found.append(check_answer(program, folder, model, tok, "When?", text, length, tolerance))
    found = [d for d in found if d is not None]
    if not found:
        fail("no question fits one window")
    print(f"answers: {len(found)} questions, largest difference {max(found):.2e}")


def check_masked(program, folder, model, tok, texts, tolerance):
    import torch

    worst = 0.0
    for text in texts[:20]:
        words = text.split()
        words[len(words) // 2] = tok.mask_token
        text = " ".join(words)
        line = fettle_lines(program, "predict", "--model", str(folder), "--text", text, "--json")[0]
        inputs = tok(text, return_tensors="pt", truncation=True,
                     max_length=length_of(model.config))
        place = (inputs["input_ids"][0] == tok.mask_token_id).nonzero()
        if not len(place):
            continue
        with torch.no_grad():
            share = model(**inputs).logits[0, place[0, 0]].log_softmax(-1)
        for choice in line["masks"][0]:
            worst = max(worst, abs(share[choice["id"]].item() - math.log(choice["score"])))
    if not worst <= tolerance:
        fail(f"log probabilities behind a mask differ by {worst:g}")
    print(f"masked words: largest difference {worst:.2e}")


def check_causal(program, folder, model, tok, texts, tolerance):
    import torch

    for text in texts[:10]:
        prompt = " ".join(text.split()[:6])
        line = fettle_lines(program, "predict", "--model", str(folder), "--prompt", prompt,
                            "--max_new_tokens", "8", "--json")[0]
        ids = tok(prompt, return_tensors="pt")["input_ids"]
        for _ in range(8):
            with torch.no_grad():
                logits = model(input_ids=ids).logits[0, -1]
            best = int(logits.argmax())
            if best == model.config.eos_token_id:
                break
            ids = torch.cat([ids, torch.tensor([[best]])], 1)
        if ids[0].tolist() != line["ids"]:
            fail(f"{prompt!r} goes on with {line['ids']}, transformers has {ids[0].tolist()}")
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as f:
        f.write("".join(t + "\n" for t in texts))
        f.flush()
        length = length_of(model.config)
        ours = fettle_lines(program, "eval", "--model", str(folder), "--data", f.name, "--json",
                            "--block_size", str(length))[0]
    ids = [i for t in texts for i in tok(t + "\n")["input_ids"]]
    blocks = [ids[i:i + length] for i in range(0, len(ids) - length + 1, length)]
    losses = []
    for block in blocks:
        x = torch.tensor([block])
        with torch.no_grad():
            losses.append(model(input_ids=x, labels=x).loss.item())
    loss = sum(losses) / len(losses)
    if not abs(ours["loss"] - loss) <= tolerance:
        fail(f"loss {ours['loss']}, transformers has {loss}")
    print(f"continuations: 10 equal; loss of {len(blocks)} blocks differs by "
          f"{abs(ours['loss'] - loss):.2e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--fettle", default=str(ROOT / "build/release/fettle"))
    parser.add_argument("--texts", type=pathlib.Path)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    options = parser.parse_args()
    if options.texts:
        texts = [t for t in options.texts.read_text(encoding="utf-8").splitlines() if t]
    else:
        from reference import common

        texts = [t for t, _ in common.mails()[:60]]
    model, tok, name = load(options.folder)
    print(f"{options.folder}: {name}, {sum(p.numel() for p in model.parameters())} parameters, "
          "no missing or unexpected key")
    check_tokens(options.fettle, options.folder, tok, texts)
    if name.endswith("ForSequenceClassification"):
        check_logits(options.fettle, options.folder, model, tok, texts, options.tolerance)
    elif name.endswith("ForQuestionAnswering"):
        check_answers(options.fettle, options.folder, model, tok, options.tolerance)
    elif name.endswith("ForMaskedLM"):
        check_masked(options.fettle, options.folder, model, tok, texts, options.tolerance)
    else:
        check_causal(options.fettle, options.folder, model, tok, texts, options.tolerance)
    print("OK")


if __name__ == "__main__":
    main()
