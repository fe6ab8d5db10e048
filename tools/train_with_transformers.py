#!/usr/bin/env python3
"""The same training recipe in PyTorch, to compare fettle's results and speed with.

    python3 tools/train_with_transformers.py --model M --data TRAIN.csv --validation DEV.csv
        [--task classify|qa|clm] [--max_seq_length 64] [--learning_rate 5e-5] .. [--threads N] [--profile]

The options are spelled and meant as fettle's. Batches are sorted by length within shuffled runs
(group_by_length) or random, padded to the longest of the batch, as transformers' Trainer does it.
Task clm reads text files, a text a line: the tokens of all lines joined and cut into blocks, what does
not fill the last one left out; it says loss and perplexity of the validation part after each epoch.
Prints one JSON object: loss, accuracy (or exact match and F1, or perplexity), seconds, tokens per second
(padding not counted), seconds per step, and with --profile the share of the time that is matrix products.
"""
import argparse
import csv
import io
import json
import lzma
import math
import os
import pathlib
import random
import re
import sys
import time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


def parse():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--model", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--validation", required=True)
    p.add_argument("--task", choices=["classify", "qa", "clm"], default="classify")
    p.add_argument("--text_column")
    p.add_argument("--label_column")
    p.add_argument("--clean", default="", help="html: tags become blanks")
    p.add_argument("--limit", type=int, help="the first N rows or questions of the training part")
    p.add_argument("--limit_validation", type=int)
    p.add_argument("--max_seq_length", type=int)
    p.add_argument("--doc_stride", type=int, default=128)
    p.add_argument("--max_answer_length", type=int, default=30)
    p.add_argument("--block_size", type=int, help="default: the model's positions")
    p.add_argument("--dropout", type=float, help="in all places; default: the model's")
    p.add_argument("--learning_rate", type=float, default=5e-5)
    p.add_argument("--per_device_train_batch_size", type=int, default=16)
    p.add_argument("--per_device_eval_batch_size", type=int, default=32)
    p.add_argument("--num_train_epochs", type=float, default=3)
    p.add_argument("--max_steps", type=int, default=-1)
    p.add_argument("--warmup_ratio", type=float, default=0.0)
    p.add_argument("--weight_decay", type=float, default=0.01)
    p.add_argument("--max_grad_norm", type=float, default=1.0)
    p.add_argument("--lr_scheduler_type", default="linear")
    p.add_argument("--train_sampling_strategy", default="random",
                   choices=["random", "sequential", "group_by_length"])
    p.add_argument("--seed", type=int, default=42)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--profile", action="store_true", help="profile 10 steps after the first 5")
    p.add_argument("--output_dir", help="save the trained model here")
    return p.parse_args()


def read_text(path):
    opener = lzma.open if str(path).endswith(".xz") else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as f:
        return f.read()


def read_rows(path, options):
    name = str(path).removesuffix(".xz")
    tsv = name.endswith(".tsv")
    reader = csv.DictReader(io.StringIO(read_text(path)), delimiter="\t" if tsv else ",",
                            quoting=csv.QUOTE_NONE if tsv else csv.QUOTE_MINIMAL)
    columns = reader.fieldnames
    text = options.text_column or next(
        (c for c in ("text", "sentence", "review") if c in columns), columns[0])
    label = options.label_column or next(
        (c for c in ("label", "sentiment", "category") if c in columns), columns[-1])
    rows = [(row[text], row[label]) for row in reader]
    if "html" in options.clean:
        rows = [(re.sub(r"<[^>]*>", " ", t), l) for t, l in rows]
    return rows


def questions(path):
    return [dict(qa, context=p["context"])
            for a in json.loads(read_text(path))["data"] for p in a["paragraphs"] for qa in p["qas"]]


def blocks(tok, path, length):
    """What task clm learns from: no line and no block is cut or padded."""
    ids = [i for line in read_text(path).splitlines() for i in tok(line + "\n")["input_ids"]]
    return [{"input_ids": ids[i:i + length]} for i in range(0, len(ids) - length + 1, length)]


def config_of(options):
    import transformers

    config = transformers.AutoConfig.from_pretrained(options.model)
    if options.dropout is not None:
        for name in [n for n in config.to_dict() if n.endswith(("dropout", "dropout_prob", "pdrop"))]:
            setattr(config, name, options.dropout)
    return config


def batches(lengths, size, strategy, rng):
    order = list(range(len(lengths)))
    if strategy != "sequential":
        rng.shuffle(order)
    if strategy == "group_by_length":  # as transformers' LengthGroupedSampler
        block = size * max(1, min(50, len(order) // (size * 4)))
        order = [i for b in range(0, len(order), block)
                 for i in sorted(order[b:b + block], key=lambda i: -lengths[i])]
    groups = [order[i:i + size] for i in range(0, len(order), size)]
    return groups


def collate(tok, features, group, names):
    import torch

    longest = max(len(features[i]["input_ids"]) for i in group)
    fill = {"input_ids": tok.pad_token_id, "attention_mask": 0, "token_type_ids": 0}
    return {k: torch.tensor([features[i][k] + [fill[k]] * (longest - len(features[i][k])) for i in group])
            for k in names}


def qa_features(tok, rows, options):
    features = []
    for index, row in enumerate(rows):
        enc = tok(row["question"].strip(), row["context"], truncation="only_second",
                  max_length=options.max_seq_length or 384, stride=options.doc_stride,
                  return_overflowing_tokens=True, return_offsets_mapping=True)
        for w in range(len(enc["input_ids"])):
            inside = [i for i, s in enumerate(enc.sequence_ids(w)) if s == 1]
            offsets = enc["offset_mapping"][w]
            start = end = 0
            if row["answers"] and not row.get("is_impossible"):
                a = row["answers"][0]["answer_start"]
                b = a + len(row["answers"][0]["text"])
                if inside and offsets[inside[0]][0] <= a and offsets[inside[-1]][1] >= b:
                    start = max(i for i in inside if offsets[i][0] <= a)
                    end = min(i for i in inside if offsets[i][1] >= b)
            feature = {k: enc[k][w] for k in enc if k not in ("offset_mapping", "overflow_to_sample_mapping")}
            features.append(feature | {"row": index, "inside": inside, "offsets": offsets,
                                       "start": start, "end": end})
    return features


def score_qa(model, tok, rows, features, options, names):
    import torch

    from reference.metrics import best_scores

    found = [[] for _ in rows]
    null = [math.inf] * len(rows)
    size = options.per_device_eval_batch_size
    order = sorted(range(len(features)), key=lambda i: -len(features[i]["input_ids"]))
    for b in range(0, len(order), size):
        group = order[b:b + size]
        with torch.no_grad():
            out = model(**collate(tok, features, group, names))
        for k, i in enumerate(group):
            f = features[i]
            s, e = out.start_logits[k].tolist(), out.end_logits[k].tolist()
            null[f["row"]] = min(null[f["row"]], s[0] + e[0])
            inside = set(f["inside"])
            top = lambda x: sorted(range(len(f["input_ids"])), key=lambda t: -x[t])[:20]
            for i0 in top(s):
                for j0 in top(e):
                    if i0 in inside and j0 in inside and i0 <= j0 < i0 + options.max_answer_length:
                        found[f["row"]].append((s[i0] + e[j0], f["offsets"][i0][0], f["offsets"][j0][1]))
    version2 = any(not r["answers"] for r in rows)
    exact = f1 = 0.0
    for row, spans, n in zip(rows, found, null):
        best = max(spans, default=None)
        answer = row["context"][best[1]:best[2]] if best else ""
        if version2 and (best is None or n > best[0]):
            answer = ""
        e, f = best_scores([a["text"] for a in row["answers"]], answer)
        exact, f1 = exact + e, f1 + f
    return {"exact": 100 * exact / len(rows), "f1": 100 * f1 / len(rows), "questions": len(rows)}


def score_blocks(model, features, options):
    import torch

    loss_sum = tokens = 0
    size = options.per_device_eval_batch_size
    for b in range(0, len(features), size):
        ids = torch.tensor([f["input_ids"] for f in features[b:b + size]])
        with torch.no_grad():
            n = ids[:, 1:].numel()
            loss_sum += float(model(input_ids=ids, labels=ids).loss) * n
            tokens += n
    loss = loss_sum / tokens
    return {"eval_loss": round(loss, 5), "perplexity": round(math.exp(loss), 3), "tokens": tokens}


def main():
    options = parse()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    import torch
    import transformers

    torch.set_num_threads(options.threads)
    transformers.logging.set_verbosity_error()
    transformers.set_seed(options.seed)
    rng = random.Random(options.seed)
    tok = transformers.AutoTokenizer.from_pretrained(options.model)
    if tok.pad_token_id is None:
        tok.pad_token = tok.eos_token
    config = config_of(options)
    if options.task == "classify":
        train = read_rows(options.data, options)[:options.limit]
        dev = read_rows(options.validation, options)[:options.limit_validation]
        labels = sorted({l for _, l in train})
        length = options.max_seq_length or 128
        config.id2label = dict(enumerate(labels))
        config.label2id = {l: i for i, l in enumerate(labels)}
        model = transformers.AutoModelForSequenceClassification.from_pretrained(options.model, config=config)
        model.config.pad_token_id = tok.pad_token_id

        def encode(rows):
            enc = tok([t for t, _ in rows], truncation=True, max_length=length)
            return [{k: enc[k][i] for k in enc} | {"label": labels.index(rows[i][1])}
                    for i in range(len(rows))]
        features, dev_features = encode(train), encode(dev)
    elif options.task == "clm":
        model = transformers.AutoModelForCausalLM.from_pretrained(options.model, config=config)
        length = options.block_size or config.max_position_embeddings
        features = blocks(tok, options.data, length)
        dev_features = blocks(tok, options.validation, length)
    else:
        train = questions(options.data)[:options.limit]
        dev = questions(options.validation)[:options.limit_validation]
        model = transformers.AutoModelForQuestionAnswering.from_pretrained(options.model, config=config)
        features, dev_features = qa_features(tok, train, options), qa_features(tok, dev, options)
    names = [k for k in ("input_ids", "attention_mask", "token_type_ids") if k in features[0]]
    lengths = [len(f["input_ids"]) for f in features]

    size = options.per_device_train_batch_size
    per_epoch = math.ceil(len(features) / size)
    total = options.max_steps if options.max_steps > 0 else math.ceil(per_epoch * options.num_train_epochs)
    groups = [{"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": options.weight_decay},
              {"params": [p for p in model.parameters() if p.dim() == 1], "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=options.learning_rate)
    schedule = transformers.get_scheduler(
        options.lr_scheduler_type, optimiser, math.ceil(options.warmup_ratio * total), total)

    model.train()
    profiler = None
    step = tokens = 0
    losses = []
    started = time.perf_counter()
    while step < total:
        for group in batches(lengths, size, options.train_sampling_strategy, rng):
            if options.profile and step == 5:
                profiler = torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU])
                profiler.__enter__()
            inputs = collate(tok, features, group, names)
            if options.task == "classify":
                inputs["labels"] = torch.tensor([features[i]["label"] for i in group])
            elif options.task == "clm":
                inputs["labels"] = inputs["input_ids"]
            else:
                inputs["start_positions"] = torch.tensor([features[i]["start"] for i in group])
                inputs["end_positions"] = torch.tensor([features[i]["end"] for i in group])
            loss = model(**inputs).loss
            loss.backward()
            if options.max_grad_norm > 0:
                torch.nn.utils.clip_grad_norm_(model.parameters(), options.max_grad_norm)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            losses.append(loss.item())
            tokens += sum(lengths[i] for i in group)
            step += 1
            if profiler and step == 15:
                profiler.__exit__(None, None, None)
            if step % 50 == 0:
                seconds = time.perf_counter() - started
                print(f"{step}/{total} loss {sum(losses[-50:]) / 50:.4f} {tokens / seconds:.0f} tokens/s",
                      file=sys.stderr)
            if step == total:
                break
        if options.task == "clm":
            paused = time.perf_counter()
            model.eval()
            print(json.dumps({"step": step} | score_blocks(model, dev_features, options)), flush=True)
            model.train()
            started += time.perf_counter() - paused
    seconds = time.perf_counter() - started
    result = {"model": options.model, "task": options.task, "threads": options.threads, "steps": step,
              "train_seconds": round(seconds, 2), "seconds_per_step": round(seconds / step, 4),
              "tokens_per_second": round(tokens / seconds, 1),
              "train_loss": round(sum(losses) / len(losses), 5)}
    if profiler and step >= 15:
        events = profiler.key_averages()
        all_time = sum(e.self_cpu_time_total for e in events)
        product = sum(e.self_cpu_time_total for e in events
                      if e.key in ("aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm"))
        result["matmul_share"] = round(product / all_time, 3)

    model.eval()
    started = time.perf_counter()
    if options.task == "qa":
        result |= score_qa(model, tok, dev, dev_features, options, names)
    elif options.task == "clm":
        result |= score_blocks(model, dev_features, options)
    else:
        right, loss_sum = 0, 0.0
        order = sorted(range(len(dev)), key=lambda i: -len(dev_features[i]["input_ids"]))
        for b in range(0, len(order), options.per_device_eval_batch_size):
            group = order[b:b + options.per_device_eval_batch_size]
            target = torch.tensor([dev_features[i]["label"] for i in group])
            with torch.no_grad():
                logits = model(**collate(tok, dev_features, group, names)).logits
            right += int((logits.argmax(-1) == target).sum())
            loss_sum += float(torch.nn.functional.cross_entropy(logits, target, reduction="sum"))
        result |= {"eval_accuracy": right / len(dev), "eval_loss": loss_sum / len(dev), "rows": len(dev)}
    result["eval_seconds"] = round(time.perf_counter() - started, 2)
    if options.output_dir:
        model.save_pretrained(options.output_dir)
        tok.save_pretrained(options.output_dir)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
