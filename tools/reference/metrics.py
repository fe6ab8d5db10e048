"""tests/reference/metrics: what scikit-learn, scipy and the SQuAD definitions say of given answers.

The SQuAD part is written from the published definitions: normalise (lower case, no punctuation, no
articles, single blanks), exact match and token F1 as the maximum over the gold answers, and the
sweep over no-answer thresholds.
"""
import collections
import re
import string
import warnings

import numpy as np
from scipy import stats
from sklearn import metrics as sk
from transformers import get_scheduler
import torch

from . import common


def report_case(name, classes, truth, predicted):
    truth, predicted = [int(t) for t in truth], [int(p) for p in predicted]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rep = sk.classification_report(truth, predicted, output_dict=True, zero_division=0)
        confusion = sk.confusion_matrix(truth, predicted, labels=list(range(classes)))
        mcc = sk.matthews_corrcoef(truth, predicted)

    def row(r):
        return {"precision": float(r["precision"]), "recall": float(r["recall"]),
                "f1": float(r["f1-score"]), "support": int(r["support"])}

    nothing = {"precision": 0.0, "recall": 0.0, "f1-score": 0.0, "support": 0}
    return {
        "name": name, "classes_count": classes, "truth": truth, "predicted": predicted,
        "confusion_matrix": confusion.tolist(), "accuracy": float(sk.accuracy_score(truth, predicted)),
        "classes": [row(rep.get(str(c), nothing)) for c in range(classes)],
        "macro avg": row(rep["macro avg"]), "weighted avg": row(rep["weighted avg"]),
        "mcc": float(mcc)}


def reports():
    rng = np.random.default_rng(11)
    cases = []
    for classes, n, skill in ((2, 10, 0.8), (2, 500, 0.6), (3, 60, 0.5), (4, 53, 0.9), (7, 200, 0.3),
                              (20, 300, 0.7), (77, 400, 0.5)):
        truth = rng.integers(0, classes, n)
        predicted = np.where(rng.random(n) < skill, truth, rng.integers(0, classes, n))
        cases.append(report_case(f"random, {classes} classes, {n} rows", classes, truth, predicted))
    cases += [
        report_case("all right", 3, [0, 1, 2, 0, 1, 2], [0, 1, 2, 0, 1, 2]),
        report_case("all wrong", 3, [0, 1, 2, 0], [1, 2, 0, 2]),
        report_case("one class is never predicted", 3, [0, 1, 2, 2, 1, 0], [0, 1, 1, 0, 1, 0]),
        report_case("one class has no example", 3, [0, 1, 0, 1], [0, 2, 0, 1]),
        report_case("one class does not occur at all", 4, [0, 1, 3, 1], [0, 1, 3, 3]),
        report_case("a single class", 2, [0, 0, 0], [0, 0, 0]),
        report_case("always the majority", 2, [0] * 9 + [1], [0] * 10),
        report_case("one row", 2, [1], [0]),
        report_case("rare class", 2, [0] * 95 + [1] * 5, [0] * 93 + [1] * 2 + [1, 0, 1, 0, 1]),
    ]
    return cases


def regression_case(name, truth, predicted):
    truth, predicted = [float(t) for t in truth], [float(p) for p in predicted]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numbers = {
            "mse": sk.mean_squared_error(truth, predicted),
            "rmse": sk.root_mean_squared_error(truth, predicted),
            "mae": sk.mean_absolute_error(truth, predicted),
            "r2": sk.r2_score(truth, predicted),
            "pearson": stats.pearsonr(truth, predicted).statistic if len(truth) > 1 else np.nan,
            "spearman": stats.spearmanr(truth, predicted).statistic if len(truth) > 1 else np.nan}
    return {"name": name, "truth": truth, "predicted": predicted,
            "ranks": stats.rankdata(truth).tolist()} | {
                k: float(v) if np.isfinite(v) else None for k, v in numbers.items()}


def regressions():
    rng = np.random.default_rng(12)
    cases = []
    for n, noise in ((2, 1.0), (3, 0.5), (10, 0.3), (60, 1.0), (200, 5.0)):
        truth = rng.normal(size=n)
        cases.append(regression_case(f"random, {n} rows", truth, truth + noise * rng.normal(size=n)))
    scores = np.round(rng.random(100) * 5 * 4) / 4
    cases += [
        regression_case("ties on both sides", scores, np.round(scores + rng.normal(size=100))),
        regression_case("far from zero", 1e6 + scores, 1e6 + scores + rng.normal(size=100) / 8),
        regression_case("small", scores * 1e-9, scores * 1.5e-9 + 1e-9),
        regression_case("large", scores * 1e30, scores * 2e30),
        regression_case("exact", scores[:40], scores[:40]),
        regression_case("opposite", scores[:40], -scores[:40]),
        regression_case("the mean is predicted", scores[:40], [scores[:40].mean()] * 40),
        regression_case("one true value", [2.5] * 20, scores[:20]),
        regression_case("one true value, predicted", [2.5] * 20, [2.5] * 20),
        regression_case("one row", [2.5], [3.0]),
        regression_case("an outlier", list(scores[:30]) + [1000], list(scores[:30] + 0.1) + [2]),
    ]
    return cases


# SQuAD

ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalise(text):
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(ARTICLES.sub(" ", text).split())


def f1(gold, answer):
    g, a = normalise(gold).split(), normalise(answer).split()
    if not g or not a:
        return float(g == a)
    same = sum((collections.Counter(g) & collections.Counter(a)).values())
    if same == 0:
        return 0.0
    precision, recall = same / len(a), same / len(g)
    return 2 * precision * recall / (precision + recall)


def best_scores(golds, answer):
    golds = [g for g in golds if normalise(g)] or [""]
    return (max(float(normalise(g) == normalise(answer)) for g in golds),
            max(f1(g, answer) for g in golds))


SQUAD = [
    (["1931"], "1931"), (["1931"], "in 1931"), (["the flower"], "The Flower."), (["a cat"], "the cat"),
    (["eleven kilograms", "11 kg"], "11 kg."), (["eleven kilograms"], "kilograms eleven"),
    (["by dancing"], "dancing on the comb"), ([], ""), ([], "something"), (["something"], ""),
    (["a"], ""), (["a", "b"], "a"), (["the"], "the"), (["!"], ""), (["crème brûlée"], "Crème Brûlée"),
    (["crème brûlée"], "creme brulee"), (["300 m"], "300m"), (["state-of-the-art"], "stateoftheart"),
    (["an apple a day"], "apple day"), (["two  blanks"], "two blanks"), (["x x y"], "x y y"),
    (["Ærø"], "ærø"), (["“quoted”"], "quoted"), (["\u00a0padded\u00a0"], "padded"), (["U.S."], "US"),
    (["theatre"], "atre"), (["the the"], "the"), (["five weeks", "about five weeks"], "about 5 weeks"),
    (["snow ploughs"], "only snow ploughs and water"), (["İstanbul"], "istanbul"),
]


def evaluate(data, answers, na_probs, threshold):
    """The official script's numbers for a data set, with its best thresholds."""
    exact, f, has = {}, {}, {}
    for article in data:
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                exact[qa["id"]], f[qa["id"]] = best_scores(
                    [a["text"] for a in qa["answers"]], answers[qa["id"]])
                has[qa["id"]] = bool(qa["answers"])

    def with_threshold(scores):
        return {i: float(not has[i]) if na_probs[i] > threshold else s for i, s in scores.items()}

    def mean(scores, ids):
        return 100.0 * sum(scores[i] for i in ids) / len(ids)

    def sweep(scores):
        now = best = sum(not h for h in has.values())
        at = 0.0
        for i in sorted(na_probs, key=lambda k: na_probs[k]):
            now += scores[i] if has[i] else (-1 if answers[i] else 0)
            if now > best:
                best, at = now, na_probs[i]
        return 100.0 * best / len(scores), at

    e, g = with_threshold(exact), with_threshold(f)
    yes, no = [i for i in has if has[i]], [i for i in has if not has[i]]
    out = {"exact": mean(e, list(has)), "f1": mean(g, list(has)), "total": len(has)}
    for name, ids in (("HasAns", yes), ("NoAns", no)):
        out |= {f"{name}_exact": mean(e, ids), f"{name}_f1": mean(g, ids), f"{name}_total": len(ids)}
    out["best_exact"], out["best_exact_thresh"] = sweep(exact)
    out["best_f1"], out["best_f1_thresh"] = sweep(f)
    return out


def squad(folder):
    common.write_jsonl(folder / "squad-answers.jsonl", [
        {"answers": golds, "prediction": p, "exact": best_scores(golds, p)[0], "f1": best_scores(golds, p)[1]}
        for golds, p in SQUAD])
    rng = np.random.default_rng(13)
    data = common.articles()
    answers, na_probs = {}, {}
    for article in data:
        for paragraph in article["paragraphs"]:
            words = paragraph["context"].split()
            for qa in paragraph["qas"]:
                gold = qa["answers"][0]["text"] if qa["answers"] else ""
                at = int(rng.integers(0, len(words) - 3))
                wrong = " ".join(words[at:at + 3])
                kind = rng.random()
                answers[qa["id"]] = (gold if kind < 0.5 else gold + " " + words[at] if kind < 0.7
                                     else wrong if kind < 0.9 else "")
                odds = rng.normal() + (0.7 if not gold else -0.7)
                na_probs[qa["id"]] = float(np.round(1 / (1 + np.exp(-odds)), 6))
    common.write_json(folder / "squad-data.json", {"version": "v2.0", "data": data})
    common.write_json(folder / "squad-predictions.json", answers, 1)
    common.write_json(folder / "squad-na-probs.json", na_probs, 1)
    common.write_json(folder / "squad-scores.json", [
        {"threshold": t, "scores": evaluate(data, answers, na_probs, t)} for t in (1.0, 0.5)], 1)


def schedules():
    rows = []
    for name in ("linear", "cosine", "constant", "constant_with_warmup", "polynomial"):
        for lr, warmup, total in ((1e-3, 0, 10), (5e-5, 3, 20), (2e-5, 10, 100), (1e-3, 1, 1),
                                  (1e-3, 5, 5)):
            param = torch.nn.Parameter(torch.zeros(1))
            optimiser = torch.optim.SGD([param], lr=lr)
            schedule = get_scheduler(name, optimiser, warmup, total)
            values = [lr * schedule.lr_lambdas[0](step) for step in range(total)]
            rows.append({"lr_scheduler_type": name, "learning_rate": lr, "warmup_steps": warmup,
                         "total": total, "values": values})
    return rows


# Several labels per row.

def label_case(name, truth, predicted):
    truth, predicted = np.asarray(truth, dtype=int), np.asarray(predicted, dtype=int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rep = sk.classification_report(truth, predicted, output_dict=True, zero_division=0)
        tables = sk.multilabel_confusion_matrix(truth, predicted)

    def row(r):
        return {"precision": float(r["precision"]), "recall": float(r["recall"]),
                "f1": float(r["f1-score"]), "support": int(r["support"])}

    return {"name": name, "rows": len(truth), "labels_count": truth.shape[1],
            "truth": truth.ravel().tolist(), "predicted": predicted.ravel().tolist(),
            "tables": tables.reshape(-1).tolist(),
            "subset_accuracy": float(sk.accuracy_score(truth, predicted)),
            "hamming_loss": float(sk.hamming_loss(truth, predicted)),
            "classes": [row(rep[str(k)]) for k in range(truth.shape[1])]} | {
                f"{a} avg": row(rep[f"{a} avg"]) for a in ("micro", "macro", "weighted", "samples")}


def label_reports():
    rng = np.random.default_rng(14)
    cases = []
    for labels, n, share, skill in ((2, 10, 0.5, 0.8), (3, 60, 0.3, 0.5), (4, 48, 0.4, 0.9),
                                    (28, 300, 0.05, 0.7), (7, 200, 0.5, 0.3)):
        truth = rng.random((n, labels)) < share
        predicted = np.where(rng.random((n, labels)) < skill, truth, rng.random((n, labels)) < share)
        cases.append(label_case(f"random, {labels} labels, {n} rows", truth, predicted))
    cases += [
        label_case("all right", [[1, 0], [0, 1], [1, 1], [0, 0]], [[1, 0], [0, 1], [1, 1], [0, 0]]),
        label_case("all wrong", [[1, 0], [0, 1]], [[0, 1], [1, 0]]),
        label_case("nothing is predicted", [[1, 0, 1], [0, 1, 1]], [[0, 0, 0], [0, 0, 0]]),
        label_case("a label that does not occur", [[1, 0, 0], [0, 1, 0]], [[1, 0, 0], [1, 1, 0]]),
        label_case("no row has a label", [[0, 0], [0, 0]], [[1, 0], [0, 0]]),
        label_case("one row", [[1, 0, 1]], [[1, 1, 0]]),
    ]
    return cases


def threshold_case(name, logits, truth):
    """The largest F1 that any threshold gives: every prediction by the k most probable rows, rows of
    one probability together, and by 0.5."""
    logits, truth = np.asarray(logits, dtype=np.float32), np.asarray(truth, dtype=int)
    precision, recall, _ = sk.precision_recall_curve(truth, logits.astype(np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    return {"name": name, "logits": [float(x) for x in logits], "truth": truth.tolist(),
            "f1": float(max(f1[:-1].max(), sk.f1_score(truth, logits > 0, zero_division=0)))}


def thresholds():
    rng = np.random.default_rng(15)
    cases = []
    for n, share, skill in ((10, 0.5, 1), (100, 0.1, 2), (300, 0.03, 1), (50, 0.9, 0.2)):
        truth = rng.random(n) < share
        truth[0] = True
        cases.append(threshold_case(f"random, {n} rows", skill * truth - 2 + rng.normal(size=n), truth))
    tied = rng.random(80) < 0.3
    cases += [threshold_case("ties", np.round(tied + rng.normal(size=80)), tied),
              threshold_case("perfect", np.where(tied, -3.0, -4.0), tied),
              threshold_case("one logit", [0.25] * 80, tied)]
    return cases


def make(folder):
    common.write_jsonl(folder / "reports.jsonl", reports())
    common.write_jsonl(folder / "label_reports.jsonl", label_reports())
    common.write_jsonl(folder / "thresholds.jsonl", thresholds())
    common.write_jsonl(folder / "regression.jsonl", regressions())
    common.write_jsonl(folder / "sched.jsonl", schedules())
    squad(folder)
