#!/usr/bin/env python3
"""Forward passes of fettle, ONNX Runtime and PyTorch in turn, in fp32 and int8, as a table of Markdown; and how far
int8 logits lie from fp32.

    python3 bench/compare/inference.py --model RUN/model [--threads 1] [--repeats 5] [--data FILE.tsv]

Needs torch, transformers, onnx and onnxruntime (pip). The model is a classifier's folder. It is exported to ONNX and
quantized as ONNX Runtime's documentation says (quantize_dynamic, weights QInt8). One text of 12 and of 128 tokens, and
32 texts of 128 tokens. A repeat runs every program once for some rounds; a number is the least of all rounds, since on
a shared machine only that says something about the program; the ratio is fettle's time to ONNX Runtime's in the same
precision, of the least of each and, in parentheses, the median over the repeats of the ratio within one repeat.
--data: a file with a text column `sentence`; every program predicts its texts one by one.
"""
import argparse, csv, json, os, statistics, subprocess, sys, tempfile, time, warnings

warnings.filterwarnings("ignore")
# What is measured: texts, tokens of each, rounds of a repeat.
CASES = {"12 tokens": (1, 12, 40), "128 tokens": (1, 128, 15), "32 x 128 tokens": (32, 128, 2)}
PRECISIONS = ("fp32", "int8")


def export(folder, fp32, int8):
    import torch, transformers
    from onnxruntime.quantization import quantize_dynamic, QuantType
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, attn_implementation="eager").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    names = [n for n in ("input_ids", "attention_mask", "token_type_ids") if n in tokenizer.model_input_names]
    x = tokenizer(["a fine day", "a longer text of some more words"], return_tensors="pt", padding=True)
    torch.onnx.export(model, tuple(x[n] for n in names), fp32, input_names=names, output_names=["logits"],
                      dynamic_axes={n: {0: "texts", 1: "tokens"} for n in names}, opset_version=17, dynamo=False)
    quantize_dynamic(fp32, int8, weight_type=QuantType.QInt8)
    return model, tokenizer, names


def session(path, threads):
    import onnxruntime
    o = onnxruntime.SessionOptions()
    o.intra_op_num_threads = threads
    o.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, o, providers=["CPUExecutionProvider"])


def least_ms(call, rounds):
    best = float("inf")
    call()
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best * 1e3


def fettle_ms(a, case):
    texts, tokens, rounds = CASES[case]
    what = "predict" if texts == 1 else "throughput"
    out = subprocess.run([a.fettle, "bench", what, "--model", a.model, "--task", "classify", "--json", "--threads",
                          str(a.threads), "--rounds", str(rounds), "--max_seq_length", str(tokens),
                          "--per_device_eval_batch_size", str(texts)], check=True, capture_output=True, text=True).stdout
    facts = json.loads(out)[what]
    key = "{}_" + f"{tokens}_ms_range" if texts == 1 else "{}_ms_range"
    return {"fettle " + p: facts[key.format(p)][0] for p in PRECISIONS if key.format(p) in facts}


def one_repeat(a, case, model, names, sessions):
    import numpy, torch
    texts, tokens, rounds = CASES[case]
    found = fettle_ms(a, case)
    ids = numpy.random.default_rng(1).integers(1000, 20000, (texts, tokens))
    x = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
    x = {k: v for k, v in x.items() if k in names}
    for precision, s in sessions.items():
        found["ONNX Runtime " + precision] = least_ms(lambda: s.run(None, x), rounds)
    t = {k: torch.from_numpy(v) for k, v in x.items()}
    with torch.inference_mode():
        found["PyTorch fp32"] = least_ms(lambda: model(**t), rounds)
    return found


def times(a, model, names, sessions):
    best, ratios = {}, {}
    for _ in range(a.repeats):
        for case in CASES:
            found = one_repeat(a, case, model, names, sessions)
            for what, ms in found.items():
                best[what, case] = min(ms, best.get((what, case), ms))
            for p in PRECISIONS:
                if "fettle " + p in found:
                    ratios.setdefault((p, case), []).append(found["fettle " + p] / found["ONNX Runtime " + p])
    print(f"{a.model}, {a.threads} thread(s), {a.repeats} repeats, load average {os.getloadavg()[0]:.1f}\n")
    print("| ms |", " | ".join(CASES), "|\n| --- |" + " --- |" * len(CASES))
    for what in sorted({k[0] for k in best}):
        print(f"| {what} |", " | ".join(f"{best[what, c]:.2f}" if (what, c) in best else "" for c in CASES), "|")
    for p in PRECISIONS:
        if ("fettle " + p, "12 tokens") not in best: continue
        cells = (f"{best['fettle ' + p, c] / best['ONNX Runtime ' + p, c]:.2f} ({statistics.median(ratios[p, c]):.2f})"
                 for c in CASES)
        print(f"| fettle / ONNX Runtime, {p} |", " | ".join(cells), "|")
    print(flush=True)


def distances(a, tokenizer, names, sessions):
    import numpy
    with open(a.data, newline="") as f:
        texts = [r["sentence"] for r in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE)]
    logits = {}
    for precision in ("fp32", "int8"):
        out = subprocess.run([a.fettle, "predict", "--model", a.model, "--input", a.data, "--json", "--precision",
                              precision], check=True, capture_output=True, text=True).stdout
        logits["fettle " + precision] = [json.loads(line)["logits"] for line in out.splitlines()]
    for precision, s in sessions.items():
        logits["ONNX Runtime " + precision] = [
            s.run(None, {k: v for k, v in tokenizer(t, return_tensors="np", truncation=True).items() if k in names})[0][0]
            for t in texts]
    exact = numpy.array(logits["ONNX Runtime fp32"])
    print(f"{len(texts)} texts of {a.data}: logits against those of ONNX Runtime in fp32")
    for what, x in logits.items():
        x = numpy.array(x)
        d = numpy.abs(x - exact)
        print(f"{what:20} mean distance {d.mean():.5f}, largest {d.max():.4f}, "
              f"other label {int((x.argmax(1) != exact.argmax(1)).sum())}")


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--model", required=True)
    p.add_argument("--fettle", default="build/release/fettle")
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--repeats", type=int, default=5)
    p.add_argument("--data")
    a = p.parse_args()
    import torch
    torch.set_num_threads(a.threads)
    with tempfile.TemporaryDirectory() as tmp:
        paths = {p: os.path.join(tmp, p + ".onnx") for p in ("fp32", "int8")}
        model, tokenizer, names = export(a.model, paths["fp32"], paths["int8"])
        sessions = {p: session(path, a.threads) for p, path in paths.items()}
        times(a, model, names, sessions)
        if a.data:
            distances(a, tokenizer, names, sessions)


if __name__ == "__main__":
    sys.exit(main())
