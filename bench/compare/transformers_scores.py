#!/usr/bin/env python3
"""Scores of fettle and of transformers' Trainer with the same recipe, for the tasks that tools/train_with_transformers.py
does not know: entities, several labels for a text, numbers.

    python3 bench/compare/transformers_scores.py --model ../shared/models/minilm-l6 --data ../shared/data \
        --fettle build/release/fettle --work DIR [--tasks ner,labels,number] [--seeds 1,2,3] [--threads 1] [--whole]

Needs torch, transformers, accelerate, seqeval, scikit-learn and scipy (pip). The data: WNUT-17 (every fourth sentence of
train, every second of dev), GoEmotions (1,000 rows of train, 500 of dev, drawn once with a fixed seed), STS-B (every
eighth pair of train, every third of dev); --whole takes all.
Both programs read the files that are written to DIR; each has its own random head, order and dropout from the seed.
A word has the label of its first token; a text is predicted to have the labels with a logit above 0. The scores come
from seqeval, scikit-learn and scipy for transformers and from `fettle eval --json` for fettle. Prints one line of JSON
for each model that was trained, and at the end a table for bench/RESULTS.md. A line that is already in DIR/lines.jsonl
is not computed again.
"""
import argparse, csv, json, os, pathlib, random, statistics, subprocess, sys, time

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
SAME = {"learning_rate": 3e-4, "per_device_train_batch_size": 16, "num_train_epochs": 2, "warmup_ratio": 0.1,
        "weight_decay": 0.01, "lr_scheduler_type": "linear", "max_grad_norm": 1.0,
        "train_sampling_strategy": "group_by_length"}
RECIPES = {
    "ner": ("WNUT-17", SAME | {"max_seq_length": 128}, ["f1", "precision", "recall"]),
    "labels": ("GoEmotions", SAME | {"max_seq_length": 64}, ["micro_f1", "macro_f1", "loss"]),
    "number": ("STS-B", SAME | {"max_seq_length": 64, "learning_rate": 1e-4}, ["pearson", "spearman", "mse"]),
}
EXTRA = {"ner": ["--task", "ner"], "labels": ["--problem_type", "multi_label_classification"],
         "number": ["--problem_type", "regression"]}


def conll(path):
    sentences, words, tags = [], [], []
    for line in path.read_text(encoding="utf-8").splitlines() + [""]:
        if line.strip():
            word, tag = line.split("\t")[0], line.split("\t")[-1]
            words.append(word), tags.append(tag.strip())
        elif words:
            sentences.append((words, tags))
            words, tags = [], []
    return sentences


def write_data(task, data, work, whole):
    """The train and the dev file of a task, and the rows that transformers learns from."""
    rng = random.Random(0)
    if task == "ner":
        parts = [conll(data / "wnut17/train.conll")[::1 if whole else 4],
                 conll(data / "wnut17/dev.conll")[::1 if whole else 2]]
        files = [work / "ner-train.conll", work / "ner-dev.conll"]
        for file, part in zip(files, parts):
            file.write_text("".join("".join(f"{w}\t{t}\n" for w, t in zip(*s)) + "\n" for s in part), encoding="utf-8")
        return files, parts
    if task == "labels":
        names = (data / "goemotions/labels.txt").read_text().split()
        files, parts = [], []
        for part, size in (("train", 1000), ("dev", 500)):
            lines = (data / f"goemotions/{part}.tsv").read_text(encoding="utf-8").splitlines()
            rows = [line.split("\t")[:2] for line in (lines if whole else rng.sample(lines, size))]
            parts.append([(t, [names[int(n)] for n in ids.split(",")]) for t, ids in rows])
            files.append(work / f"labels-{part}.jsonl")
            files[-1].write_text("".join(json.dumps({"text": t, "labels": l}) + "\n" for t, l in parts[-1]))
        return files, parts
    files, parts = [], []
    for part, step in (("train", 8), ("dev", 3)):
        with open(data / f"stsb/{part}.csv", encoding="utf-8", newline="") as f:
            rows = [(a, b, float(n)) for a, b, n in csv.reader(f)][::1 if whole else step]
        parts.append(rows)
        files.append(work / f"number-{part}.csv")
        with open(files[-1], "w", encoding="utf-8", newline="") as f:
            csv.writer(f).writerows([("sentence1", "sentence2", "score")] + rows)
    return files, parts


def run_fettle(task, files, seed, o):
    out = o.work / f"fettle-{task}-{seed}"
    started = time.time()
    flags = [x for k, v in RECIPES[task][1].items() for x in (f"--{k}", str(v))]
    subprocess.run([o.fettle, "train", "--model", o.model, "--data", files[0], "--split", "1,0,0", *EXTRA[task], *flags,
                    "--seed", str(seed), "--threads", str(o.threads), "--precision", "fp32", "--eval_strategy", "no",
                    "--save_strategy", "no", "--overwrite_output_dir", "true", "--output_dir", out],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    took = time.time() - started
    text = subprocess.run([o.fettle, "eval", "--model", out, "--data", files[1], "--threads", str(o.threads), "--json"],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    r = json.loads(text)
    if task == "ner":
        r = {"f1": r["overall_f1"], "precision": r["overall_precision"], "recall": r["overall_recall"]}
    elif task == "labels":
        r = {"micro_f1": r["micro avg"]["f1"], "macro_f1": r["macro avg"]["f1"], "loss": r["loss"]}
    return {k: r[k] for k in RECIPES[task][2]} | {"seconds": round(took)}


def run_transformers(task, parts, seed, o):
    import numpy, torch, transformers
    torch.set_num_threads(o.threads)
    transformers.logging.set_verbosity_error()
    transformers.set_seed(seed)
    recipe = dict(RECIPES[task][1])
    length = recipe.pop("max_seq_length")
    recipe["warmup_steps"] = recipe.pop("warmup_ratio")  # since version 5 a value below 1 is a share of all steps
    tok = transformers.AutoTokenizer.from_pretrained(o.model)
    if task == "number":
        names = ["score"]
    else:
        names = sorted({n for row in parts[0] for n in row[1]})
    index = {n: i for i, n in enumerate(names)}
    head = {"num_labels": len(names), "id2label": dict(enumerate(names)), "label2id": index}

    def encode(rows):
        if task == "ner":
            enc = tok([w for w, _ in rows], is_split_into_words=True, truncation=True, max_length=length)
        else:
            enc = tok(*[list(c) for c in zip(*rows)][:2 if task == "number" else 1], truncation=True, max_length=length)
        out = []
        for i, row in enumerate(rows):
            f = {k: enc[k][i] for k in enc}
            if task == "ner":
                ids, seen = [], None
                for w in enc.word_ids(i):
                    ids.append(-100 if w is None or w == seen else index[row[1][w]])
                    seen = w
                f["labels"] = ids
            elif task == "labels":
                f["labels"] = [float(n in row[1]) for n in names]
            else:
                f["labels"] = row[2]
            out.append(f | {"length": len(f["input_ids"])})
        return out

    if task == "ner":
        model = transformers.AutoModelForTokenClassification.from_pretrained(o.model, **head)
        collate = transformers.DataCollatorForTokenClassification(tok)
    else:
        kind = {"labels": "multi_label_classification", "number": "regression"}[task]
        model = transformers.AutoModelForSequenceClassification.from_pretrained(o.model, problem_type=kind, **head)
        collate = transformers.DataCollatorWithPadding(tok)
    train, dev = encode(parts[0]), encode(parts[1])
    started = time.time()
    args = transformers.TrainingArguments(
        output_dir=str(o.work / "hf"), seed=seed, use_cpu=True, save_strategy="no", eval_strategy="no", report_to=[],
        logging_strategy="no", disable_tqdm=True, per_device_eval_batch_size=32, **recipe)
    trainer = transformers.Trainer(model=model, args=args, train_dataset=train, data_collator=collate)
    trainer.train()
    took = time.time() - started
    model.eval()
    logits = []
    for b in range(0, len(dev), 32):
        batch = collate([{k: v for k, v in f.items() if k not in ("length", "labels")} | {"labels": f["labels"]}
                         for f in dev[b:b + 32]])
        batch.pop("labels")
        with torch.no_grad():
            logits += list(model(**batch).logits.numpy())
    if task == "ner":
        from seqeval.metrics import precision_score, recall_score, f1_score
        truth, said = [], []
        for f, row, x in zip(dev, parts[1], logits):
            tags = [names[x[i].argmax()] for i, t in enumerate(f["labels"]) if t != -100]
            truth.append(row[1])
            said.append(tags + ["O"] * (len(row[1]) - len(tags)))
        r = {"f1": f1_score(truth, said), "precision": precision_score(truth, said), "recall": recall_score(truth, said)}
    elif task == "labels":
        from sklearn.metrics import f1_score
        truth = numpy.array([f["labels"] for f in dev])
        x = numpy.array(logits)
        score = lambda how: f1_score(truth, x > 0, average=how, zero_division=0)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor(x), torch.tensor(truth).float())
        r = {"micro_f1": score("micro"), "macro_f1": score("macro"), "loss": float(loss)}
    else:
        import scipy.stats
        truth, x = numpy.array([f["labels"] for f in dev]), numpy.array(logits)[:, 0]
        r = {"pearson": scipy.stats.pearsonr(truth, x)[0], "spearman": scipy.stats.spearmanr(truth, x)[0],
             "mse": ((truth - x) ** 2).mean()}
    return {k: float(v) for k, v in r.items()} | {"seconds": round(took)}


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--model", required=True)
    p.add_argument("--data", required=True, type=pathlib.Path)
    p.add_argument("--fettle", required=True)
    p.add_argument("--work", required=True, type=pathlib.Path)
    p.add_argument("--tasks", default="ner,labels,number")
    p.add_argument("--programs", default="fettle,transformers")
    p.add_argument("--seeds", default="1,2,3")
    p.add_argument("--whole", action="store_true", help="all rows of the files")
    p.add_argument("--threads", type=int, default=1)
    o = p.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(o.threads)
    o.work.mkdir(parents=True, exist_ok=True)
    kept = o.work / "lines.jsonl"

    def read():
        return [json.loads(x) for x in kept.read_text().splitlines()] if kept.exists() else []
    lines = read()
    for seed in map(int, o.seeds.split(",")):
        for task in o.tasks.split(","):
            files, parts = write_data(task, o.data, o.work, o.whole)
            for program in o.programs.split(","):
                key = {"task": task, "seed": seed, "program": program}
                if any(key.items() <= x.items() for x in lines):
                    continue
                r = run_fettle(task, files, seed, o) if program == "fettle" else run_transformers(task, parts, seed, o)
                lines.append(key | r)
                with kept.open("a") as f:
                    f.write(json.dumps(lines[-1]) + "\n")
                print(json.dumps(lines[-1]), flush=True)
    lines = read()  # other programs' lines may have been written meanwhile
    print("\n| data | score | fettle | transformers |\n| --- | --- | --- | --- |")
    for task in o.tasks.split(","):
        for name in RECIPES[task][2]:
            cells = []
            for program in ("fettle", "transformers"):
                x = [l[name] for l in sorted(lines, key=lambda l: l["seed"]) if l["task"] == task and l["program"] == program]
                cells.append(", ".join(f"{v:.4f}" for v in x) + f"; mean {statistics.mean(x):.4f}" if x else "")
            print(f"| {RECIPES[task][0]} | {name} | {cells[0]} | {cells[1]} |")


if __name__ == "__main__":
    main()
