"""tests/reference/distill: the losses of distillation and their gradients, by torch's autograd.

losses.jsonl, one case a line: "logits" is alpha * T^2 * KL(softmax(t/T) || softmax(s/T)) of rows of a
student (s) and a teacher (t), summed over rows, without alpha; "labels" the same of a sigmoid for each
label, summed over labels; "hidden" the mean squared error
between the means of groups of a student's rows (y) and targets, summed over groups.
"""
import json

import numpy as np
import torch


def rounded(x):
    return [float(v) for v in np.asarray(x, dtype=np.float32).ravel()]


def logits_case(rng, rows, classes, temperature, size):
    s = torch.tensor(rng.normal(0, size, (rows, classes)).astype(np.float32)).double()
    t = torch.tensor(rng.normal(0, size, (rows, classes)).astype(np.float32)).double()
    s.requires_grad_(True)
    loss = temperature ** 2 * torch.nn.functional.kl_div(
        torch.log_softmax(s / temperature, -1), torch.log_softmax(t / temperature, -1),
        reduction="sum", log_target=True)
    loss.backward()
    return {"kind": "logits", "rows": rows, "columns": classes, "temperature": temperature,
            "s": rounded(s.detach()), "t": rounded(t), "loss": loss.item(),
            "gradient": s.grad.ravel().tolist()}


def labels_case(rng, labels, temperature, size):
    s = torch.tensor(rng.normal(0, size, labels).astype(np.float32)).double()
    t = torch.tensor(rng.normal(0, size, labels).astype(np.float32)).double()
    s.requires_grad_(True)
    p, q = torch.sigmoid(t / temperature), s / temperature
    own = torch.nn.functional.binary_cross_entropy_with_logits(t / temperature, p, reduction="sum")
    loss = temperature ** 2 * (
        torch.nn.functional.binary_cross_entropy_with_logits(q, p, reduction="sum") - own)
    loss.backward()
    return {"kind": "labels", "rows": 1, "columns": labels, "temperature": temperature,
            "s": rounded(s.detach()), "t": rounded(t), "loss": loss.item(),
            "gradient": s.grad.ravel().tolist()}


def hidden_case(rng, rows, columns, borders):
    y = torch.tensor(rng.normal(0, 1, (rows, columns)).astype(np.float32)).double()
    target = torch.tensor(rng.normal(0, 1, (len(borders), columns)).astype(np.float32)).double()
    y.requires_grad_(True)
    means = torch.stack([y[a:b].mean(0) for a, b in borders])
    loss = torch.nn.functional.mse_loss(means, target, reduction="mean") * len(borders)
    loss.backward()
    return {"kind": "hidden", "rows": rows, "columns": columns, "from": [a for a, _ in borders],
            "to": [b for _, b in borders], "y": rounded(y.detach()), "target": rounded(target),
            "loss": loss.item(), "gradient": y.grad.ravel().tolist()}


def make(folder):
    rng = np.random.default_rng(13)
    cases = [logits_case(rng, 3, 2, 1.0, 1), logits_case(rng, 4, 5, 2.0, 3),
             logits_case(rng, 2, 7, 0.5, 4), logits_case(rng, 2, 3, 10.0, 30),
             hidden_case(rng, 6, 4, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6)]),
             hidden_case(rng, 9, 5, [(0, 1), (1, 4), (5, 7), (8, 9)]),
             labels_case(rng, 5, 1.0, 2), labels_case(rng, 9, 2.0, 4), labels_case(rng, 3, 4.0, 20)]
    with open(folder / "losses.jsonl", "w", encoding="utf-8") as f:
        for case in cases:
            f.write(json.dumps(case) + "\n")
