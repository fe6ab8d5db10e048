"""tests/reference/entities: what seqeval (default mode) says of random tag sequences, valid and invalid ones.

A case is a few sentences of true and predicted tags; its scores are those of precision_recall_fscore_support and
accuracy_score, with a warning's 0 where nothing is divided by nothing.
"""
import random
import warnings

from seqeval.metrics import accuracy_score, classification_report, f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities

from . import common


def sequence(rng, tags, words, wild):
    """Mostly well-formed, or (wild) any tags at all."""
    out, now = [], None
    for _ in range(words):
        if wild:
            out.append(rng.choice(tags))
            continue
        types = sorted({t[2:] for t in tags if len(t) > 2})
        if now and rng.random() < 0.5:
            out.append("I-" + now)
        elif rng.random() < 0.4:
            now = rng.choice(types)
            out.append("B-" + now)
        else:
            now = None
            out.append("O")
    return out


def noisy(rng, truth, tags, rate):
    return [rng.choice(tags) if rng.random() < rate else t for t in truth]


def cases():
    rng = random.Random(7)
    iob = ["O"] + [p + "-" + t for t in ("PER", "LOC", "ORG", "creative-work") for p in "BI"]
    iobes = ["O"] + [p + "-" + t for t in ("PER", "LOC") for p in "BIES"]
    odd = iob + ["PER", "B", "I", "X", "U-PER", "L-PER", "B-", "-", ".", "OTHER", "É-x", "I-PER-x"]
    for i in range(1000):
        kind = i % 4
        tags = (iob, iob, iobes, odd)[kind]
        wild = kind in (1, 3) or i % 8 == 2
        n = rng.randint(1, 3)
        truth = [sequence(rng, tags, rng.randint(1, 9), wild) for _ in range(n)]
        yield truth, [noisy(rng, t, tags, rng.choice((0, 0.2, 0.6, 1))) for t in truth]
    yield [["O", "O"]], [["O", "O"]]
    yield [["B-PER"]], [["O"]]
    yield [["O"]], [["I-PER"]]
    yield [["O", "I-PER", "I-PER"]], [["B-PER", "I-PER", "I-PER"]]
    yield [[]], [[]]


def make(folder):
    lines = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for truth, said in cases():
            if not any(truth):
                continue
            report = classification_report(truth, said, output_dict=True, zero_division=0)
            types = {k: {"precision": float(v["precision"]), "recall": float(v["recall"]),
                         "f1": float(v["f1-score"]), "number": int(v["support"])}
                     for k, v in report.items() if k not in ("micro avg", "macro avg", "weighted avg")}
            lines.append({
                "truth": [" ".join(s) for s in truth], "predicted": [" ".join(s) for s in said],
                "entities": [[t, int(a), int(b)] for t, a, b in get_entities(truth)],
                "precision": float(precision_score(truth, said, zero_division=0)),
                "recall": float(recall_score(truth, said, zero_division=0)),
                "f1": float(f1_score(truth, said, zero_division=0)),
                "accuracy": float(accuracy_score(truth, said)), "types": types})
    common.write_jsonl(folder / "seqeval.jsonl", lines)
