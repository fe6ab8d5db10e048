#!/usr/bin/env python3
"""Training in fettle and in PyTorch with transformers, one after the other on the same texts: tokens per second
(padding not counted) and the largest resident set, as a table of Markdown.

    python3 bench/compare/training.py --model M --data FILE.csv [--steps 8] [--repeats 2] [--threads N]
        [--max_seq_length 256] [--per_device_train_batch_size 16] [--random]

Needs torch and transformers (pip). The recipe is tools/train_with_transformers.py's: a classifier, AdamW, dropout.
fettle groups texts by length, PyTorch too; with --random PyTorch also takes random batches, padded to their longest
text, which is what transformers' Trainer does by default. The first step of each run does not count in fettle's speed
(the log lines of the others do) and does in PyTorch's, which does not count loading and tokenizing.
"""
import argparse, csv, json, os, random, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def run(command):
    """Its output and its largest resident set in bytes."""
    with tempfile.TemporaryFile() as out:
        p = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(p.pid, 0)
        out.seek(0)
        text = out.read().decode()
    if status:
        sys.exit(f"{' '.join(command)}: failed\n{text}")
    return text, usage.ru_maxrss * 1024


def sample(path, n, out):
    """n rows of a file, which may be sorted by label, in random order; always the same ones."""
    with open(path, newline="", encoding="utf-8") as f:
        header, *rows = csv.reader(f)
    with open(out, "w", newline="", encoding="utf-8") as f:
        csv.writer(f).writerows([header, *random.Random(1).sample(rows, min(n, len(rows)))])
    return out


def recipe(a, strategy):
    return ["--model", a.model, "--data", a.data, "--max_steps", str(a.steps), "--train_sampling_strategy", strategy,
            "--per_device_train_batch_size", str(a.per_device_train_batch_size), "--max_seq_length",
            str(a.max_seq_length), "--threads", str(a.threads)]


def fettle(a, strategy):
    with tempfile.TemporaryDirectory() as tmp:
        _, rss = run([a.fettle, "train", *recipe(a, strategy), "--task", "classify", "--split", "1,0,0", "--logging_steps",
                      "1", "--eval_strategy", "no", "--save_strategy", "no", "--output_dir", tmp + "/run"])
        with open(tmp + "/run/metrics.jsonl") as f:
            lines = [json.loads(line) for line in f]
    steps = [x for x in lines if "ms" in x]
    tokens = steps[-1]["tokens"] - steps[0]["tokens"]
    return tokens / (sum(sum(x["ms"].values()) for x in steps[1:]) / 1e3), rss


def torch(a, strategy):
    out, rss = run([sys.executable, os.path.join(HERE, "../../tools/train_with_transformers.py"), *recipe(a, strategy),
                    "--validation", a.data, "--limit_validation", "2"])
    return json.loads(out.strip().splitlines()[-1])["tokens_per_second"], rss


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--model", required=True)
    p.add_argument("--data", required=True)
    p.add_argument("--fettle", default="build/release/fettle")
    p.add_argument("--steps", type=int, default=8)
    p.add_argument("--repeats", type=int, default=2)
    p.add_argument("--limit", type=int, default=2000, help="rows, a random sample [2000]")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--max_seq_length", type=int, default=256)
    p.add_argument("--per_device_train_batch_size", type=int, default=16)
    p.add_argument("--random", action="store_true")
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as tmp:
        a.data = sample(a.data, a.limit, os.path.join(tmp, "sample.csv"))
        compare(a)


def compare(a):
    programs = {"fettle, grouped by length": (fettle, "group_by_length"),
                "PyTorch, grouped by length": (torch, "group_by_length")}
    if a.random:
        programs["PyTorch, random batches"] = (torch, "random")
    found = {name: [] for name in programs}
    for _ in range(a.repeats):
        for name, (program, strategy) in programs.items():
            found[name].append(program(a, strategy))
    ours = found["fettle, grouped by length"]
    print(f"{a.model}, {a.per_device_train_batch_size} x {a.max_seq_length}, {a.steps} steps, {a.threads} thread(s), "
          f"{a.repeats} repeats, load average {os.getloadavg()[0]:.1f}\n")
    print("| | tokens/s, best | fettle is faster, median of the repeats | memory, GB | fettle's memory |\n| --- | --- | --- | --- | --- |")
    for name, runs in found.items():
        faster = statistics.median(x[0] / y[0] for x, y in zip(ours, runs))
        memory = max(r[1] for r in runs)
        cells = ("", "") if runs is ours else (f"{faster:.2f} x", f"{max(r[1] for r in ours) / memory:.2f} x")
        print(f"| {name} | {max(r[0] for r in runs):.0f} | {cells[0]} | {memory / 1e9:.2f} | {cells[1]} |")
    print(flush=True)


if __name__ == "__main__":
    main()
