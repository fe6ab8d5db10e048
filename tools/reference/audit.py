"""tests/reference/audit: what cleanlab's find_label_issues says of tables of probabilities.

numpy's argsort is made stable first, so that rows with the same margin have one order.
"""
import json

import numpy as np

_argsort = np.argsort
np.argsort = lambda a, *args, **kwargs: _argsort(a, *args, **{**kwargs, "kind": "stable"})
from cleanlab.filter import find_label_issues  # noqa: E402  (takes numpy's functions when it is called)
from cleanlab.rank import get_label_quality_scores  # noqa: E402


def case(rng, rows, labels, digits):
    """Labels and probabilities that mostly agree; few digits make ties."""
    given = np.minimum(rng.geometric(2 / labels, rows) - 1, labels - 1)
    given[:2] = [0, 1]
    p = rng.dirichlet(np.full(labels, 0.4), rows)
    sure = rng.random(rows) < 0.75
    p[np.arange(rows)[sure], given[sure]] += 1
    p /= p.sum(axis=1, keepdims=True)
    return given, np.round(p, digits)


def make(folder):
    rng = np.random.default_rng(20261129)
    for number, (rows, labels, digits) in enumerate([(40, 2, 2), (80, 4, 1), (60, 14, 3)]):
        given, p = case(rng, rows, labels, digits)
        names = [f"label {k}" for k in range(labels)]
        with open(folder / f"{number}.csv", "w", encoding="utf-8") as f:
            print(",".join(["label"] + names), file=f)
            for g, row in zip(given, p):
                print(",".join([names[g]] + [repr(float(x)) for x in row]), file=f)
        found = find_label_issues(given, p, return_indices_ranked_by="normalized_margin", n_jobs=1)
        margins = get_label_quality_scores(given, p, method="normalized_margin")
        with open(folder / f"{number}.jsonl", "w", encoding="utf-8") as f:
            for i in found:
                print(json.dumps({"row": int(i) + 1, "given": names[given[i]],
                                  "suggested": names[int(np.argmax(p[i]))],
                                  "margin": round(float(margins[i]), 9)}), file=f)
