"""tests/reference/sweep: what scipy and statsmodels say of samples of examples: mean, standard deviation,
percentile bootstrap, permutation test, McNemar's test, Holm's correction."""
import json

import numpy as np
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests


def paired(rng, rows, right_a, right_b, repeats):
    """Differences of two models that are right or wrong on each row, a mean over the repeats."""
    hard = rng.random(rows)
    a = (hard[:, None] + 0.3 * rng.standard_normal((rows, repeats)) < right_a).mean(axis=1)
    b = (hard[:, None] + 0.3 * rng.standard_normal((rows, repeats)) < right_b).mean(axis=1)
    return a - b


def permutation(d):
    exact = int(np.count_nonzero(d)) <= 16
    use = d[d != 0]
    if not len(use):
        return 1.0, True
    result = stats.permutation_test((use,), np.sum, permutation_type="samples", vectorized=True, batch=2000,
                                    n_resamples=np.inf if exact else 200000,
                                    alternative="two-sided", rng=np.random.default_rng(1))
    return float(result.pvalue), exact


def make(folder):
    rng = np.random.default_rng(20261129)
    with open(folder / "samples.jsonl", "w", encoding="utf-8") as f:
        for rows, a, b, repeats in [(12, 0.9, 0.5, 1), (60, 0.7, 0.6, 1), (200, 0.9, 0.75, 1),
                                    (300, 0.8, 0.8, 3), (150, 0.6, 0.9, 5), (40, 0.5, 0.5, 1)]:
            d = paired(rng, rows, a, b, repeats)
            p, exact = permutation(d)
            better, worse = int((d > 0).sum()), int((d < 0).sum())
            low, high = stats.bootstrap((d,), np.mean, n_resamples=50000, method="percentile",
                                        rng=np.random.default_rng(2)).confidence_interval
            print(json.dumps({"differences": [round(float(x), 12) for x in d], "mean": float(d.mean()),
                              "sd": float(d.std(ddof=1)), "low": float(low), "high": float(high),
                              "p": p, "exact": exact, "b": better, "c": worse,
                              "mcnemar": float(mcnemar([[0, better], [worse, 0]], exact=True).pvalue)}),
                  file=f)
    with open(folder / "holm.jsonl", "w", encoding="utf-8") as f:
        for n in (1, 3, 8):
            p = np.round(rng.random(n) ** 3, 6)
            print(json.dumps({"p": p.tolist(), "holm": multipletests(p, method="holm")[1].tolist()}),
                  file=f)
    with open(folder / "mcnemar.jsonl", "w", encoding="utf-8") as f:
        for b, c in [(0, 0), (1, 0), (5, 5), (3, 12), (40, 71), (500, 700), (9000, 9300)]:
            print(json.dumps({"b": b, "c": c,
                              "p": float(mcnemar([[0, b], [c, 0]], exact=True).pvalue)}), file=f)
