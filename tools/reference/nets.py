"""tests/reference/nets: hidden states, gradients and short runs of tiny random nets.

Everything is computed by transformers' models in float64, one sequence at a time (so there is no
padding), from weights that are exact in float32. The updates are what HF's Trainer does: torch's
optimisers, transformers' schedules, decay for all but biases and norms, clipping of the global norm.
"""
import csv
import itertools
import zlib

import numpy as np
import tokenizers
import torch
import torch.nn.functional as F
import transformers
from safetensors.numpy import load_file, save_file
from transformers import get_scheduler

from . import common, encoders

LABELS = ["account", "building", "event", "loan"]
BATCH, UPDATES = 8, 12
POSITIONS = 64
HYPER = {
    "learning_rate": 1e-3, "weight_decay": 0.01, "adam_beta1": 0.9, "adam_beta2": 0.999,
    "adam_epsilon": 1e-8, "max_grad_norm": 1.0, "lr_scheduler_type": "linear", "warmup_steps": 2,
    "max_steps": UPDATES, "per_device_train_batch_size": BATCH,
    "train_sampling_strategy": "sequential", "logging_steps": 1, "seed": 42}

# name, family, task, what differs in config.json, what differs in the hyperparameters
CASES = [
    ("bert-classify", "bert", "classify", {}, {}),
    ("bert-pair", "bert", "pair", {"num_attention_heads": 2}, {}),
    ("bert-qa", "bert", "qa", {}, {}),
    ("bert-mlm", "bert", "mlm", {}, {}),
    ("distilbert-classify", "distilbert", "classify", {}, {}),
    ("distilbert-qa", "distilbert", "qa", {}, {}),
    ("roberta-classify", "roberta", "classify", {}, {}),
    ("roberta-mlm", "roberta", "mlm", {}, {}),
    ("roberta-qa", "roberta", "qa", {}, {}),
    ("gpt2-classify", "gpt2", "classify", {}, {}),
    ("gpt2-clm", "gpt2", "clm", {}, {}),
    ("bert-relu-smoothing", "bert", "classify",
     {"hidden_act": "relu", "layer_norm_eps": 1e-5, "type_vocab_size": 1},
     {"label_smoothing_factor": 0.1}),
    ("bert-silu-weights", "bert", "classify", {"hidden_act": "silu", "layer_norm_eps": 1e-6},
     {"class_weights": [0.5, 2.0, 1.0, 1.5], "lr_scheduler_type": "cosine"}),
    ("bert-gelu-tanh-accumulation", "bert", "classify", {"hidden_act": "gelu_pytorch_tanh"},
     {"gradient_accumulation_steps": 2, "lr_scheduler_type": "polynomial"}),
    ("bert-gelu-new-adam", "bert", "classify", {"hidden_act": "gelu_new", "type_vocab_size": 3},
     {"optim": "adam", "lr_scheduler_type": "constant_with_warmup"}),
    ("bert-tanh-sgd", "bert", "classify", {"hidden_act": "tanh"},
     {"optim": "sgd", "learning_rate": 0.05, "lr_scheduler_type": "constant", "warmup_steps": 0,
      "max_grad_norm": 0.0}),
    ("distilbert-relu", "distilbert", "classify", {"activation": "relu"}, {"max_grad_norm": 0.1}),
    ("distilbert-multilabel", "distilbert", "multilabel", {}, {}),
    ("bert-regression", "bert", "regression", {}, {}),
    ("gpt2-regression", "gpt2", "regression", {}, {}),
    ("gpt2-multilabel-weights", "gpt2", "multilabel", {}, {"class_weights": [0.5, 3.0, 1.0, 2.0]}),
    ("gpt2-relu", "gpt2", "classify", {"activation_function": "relu", "layer_norm_epsilon": 1e-3}, {}),
    ("bert-ner", "bert", "ner", {}, {}),
    ("distilbert-ner", "distilbert", "ner", {}, {}),
    ("roberta-ner", "roberta", "ner", {}, {}),
    ("gpt2-ner", "gpt2", "ner", {"classifier_dropout": 0.0}, {}),
    ("modernbert-classify", "modernbert", "classify", {}, {}),
    ("modernbert-mean-biases", "modernbert", "classify",
     {"classifier_pooling": "mean", "norm_bias": True, "attention_bias": True, "mlp_bias": True,
      "classifier_bias": True, "hidden_activation": "silu", "classifier_activation": "relu"}, {}),
    ("modernbert-qa", "modernbert", "qa",
     {"layer_types": ["sliding_attention", "full_attention", "full_attention", "sliding_attention"]}, {}),
    ("modernbert-mlm", "modernbert", "mlm", {"decoder_bias": False}, {}),
    ("modernbert-ner", "modernbert", "ner", {"local_attention": 5}, {}),
]

CASES += encoders.CASES

HEAD = {"classify": "SequenceClassification", "multilabel": "SequenceClassification",
        "regression": "SequenceClassification", "pair": "SequenceClassification",
        "qa": "QuestionAnswering", "mlm": "MaskedLM", "ner": "TokenClassification"}
TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def build_tokenizer(family):
    if family in encoders.FAMILIES:
        return encoders.tokenizer(family)
    if family in ("bert", "distilbert"):
        return common.wordpiece(240)
    return common.byte_level("gpt2" if family == "gpt2" else "roberta", 70)


def build_model(name, family, task, changes, tok, labels):
    common_keys = {"vocab_size": tok.get_vocab_size()}
    if labels:
        common_keys |= {"id2label": dict(enumerate(labels)), "label2id": {l: i for i, l in enumerate(labels)}}
    if family in encoders.FAMILIES:
        config = encoders.config(family, POSITIONS, changes, **common_keys)
    elif family == "bert":
        config = transformers.BertConfig(**(dict(
            hidden_size=20, num_hidden_layers=2, num_attention_heads=4, intermediate_size=36,
            max_position_embeddings=POSITIONS, hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0, **common_keys) | changes))
    elif family == "roberta":
        config = transformers.RobertaConfig(**(dict(
            hidden_size=20, num_hidden_layers=2, num_attention_heads=4, intermediate_size=36,
            max_position_embeddings=POSITIONS + 2, hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0, layer_norm_eps=1e-5, type_vocab_size=1,
            pad_token_id=1, bos_token_id=0, eos_token_id=2, **common_keys) | changes))
    elif family == "distilbert":
        config = transformers.DistilBertConfig(**(dict(
            dim=20, n_layers=2, n_heads=4, hidden_dim=36, max_position_embeddings=POSITIONS,
            dropout=0.0, attention_dropout=0.0, qa_dropout=0.0, seq_classif_dropout=0.0,
            **common_keys) | changes))
    elif family == "modernbert":
        config = transformers.ModernBertConfig(**(dict(
            hidden_size=20, num_hidden_layers=4, num_attention_heads=2, intermediate_size=36,
            max_position_embeddings=POSITIONS, local_attention=8, pad_token_id=1, bos_token_id=0, eos_token_id=2,
            cls_token_id=0, sep_token_id=2, **common_keys) | changes))
    else:
        config = transformers.GPT2Config(**(dict(
            n_embd=20, n_layer=2, n_head=4, n_inner=36, n_positions=POSITIONS, resid_pdrop=0.0,
            embd_pdrop=0.0, attn_pdrop=0.0, bos_token_id=0, eos_token_id=0,
            pad_token_id=None if task == "clm" else 0, **common_keys) | changes))
    prefix = (encoders.PREFIXES | {"bert": "Bert", "roberta": "Roberta", "distilbert": "DistilBert", "gpt2": "GPT2",
                                   "modernbert": "ModernBert"})[family]
    kind = prefix + ("LMHeadModel" if task == "clm" else "For" + HEAD[task])
    if task == "multilabel":
        config.problem_type = "multi_label_classification"
    if task == "regression":
        config.problem_type = "regression"
    config._attn_implementation = "eager"
    model = getattr(transformers, kind)(config)
    # Weights large enough that nothing hides: biases, norms and positions all matter.
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    with torch.no_grad():
        for key, param in sorted(model.named_parameters()):
            values = rng.normal(size=tuple(param.shape))
            if "embedding" in key or "wte" in key or "wpe" in key:
                values *= 0.5
            elif param.dim() > 1:
                values *= 0.15
            else:
                values *= 0.05
                if not key.endswith("bias"):
                    values = 1 + 2 * values
            param.copy_(torch.tensor(values, dtype=torch.float32))
    return model.eval()


# Examples: dicts of ids, types and a target.

def encode(tok, *texts, max_length=40):
    tok.enable_truncation(max_length, strategy="longest_first")
    enc = tok.encode(*texts)
    tok.no_truncation()
    return {"ids": enc.ids, "types": enc.type_ids}


def classify_examples(tok, pair):
    texts = [(t, l) for t, l in common.mails() if 5 <= len(t.split()) <= 11]
    if not pair:
        rows = [{"text": t, "label": l} for t, l in texts[:48]]
        labels = LABELS
    else:
        rows = [{"text": a, "text_pair": b, "label": "same" if la == lb else "other"}
                for (a, la), (b, lb) in zip(texts[0:96:2], texts[1:96:2])]
        labels = ["other", "same"]
    for row in rows:
        texts = [row["text"]] + ([row["text_pair"]] if pair else [])
        row |= encode(tok, *texts, max_length=40)
        row["target"] = labels.index(row["label"])
    return rows, labels


def multilabel_examples(tok):
    """A text has the label of its mail, and those of the two mails before it where their texts are longer."""
    texts = [(t, l) for t, l in common.mails() if 5 <= len(t.split()) <= 11][:48]
    rows = []
    for i, (text, label) in enumerate(texts):
        names = {l for t, l in texts[max(i - 2, 0):i] if len(t) > len(text)} | ({label} if i % 7 else set())
        row = {"text": text} | {name: int(name in names) for name in LABELS}
        row |= encode(tok, text, max_length=40)
        row["target"] = [float(name in names) for name in LABELS]
        rows.append(row)
    return rows, LABELS


def regression_examples(tok, pair):
    """A number that follows from the lengths of the texts; a pair where the family has token types."""
    texts = [t for t, _ in common.mails() if 5 <= len(t.split()) <= 11]
    rows = []
    for a, b in zip(texts[0:96:2], texts[1:96:2]):
        row = {"text": a} | ({"text_pair": b} if pair else {})
        row["score"] = round(len(a) % 23 / 5 - (len(b) % 7 / 4 if pair else 0) + 0.15, 2)
        row |= encode(tok, *([a, b] if pair else [a]), max_length=40)
        row["target"] = row["score"]
        rows.append(row)
    return rows, ["score"]


def qa_features(tok, rows, max_length, stride):
    """Windows of every question, labelled as in the SQuAD example script; offsets for the answers."""
    features = []
    for row in rows:
        tok.enable_truncation(max_length, stride=stride, strategy="only_second")
        enc = tok.encode(row["question"], row["context"])
        tok.no_truncation()
        for window in [enc] + enc.overflowing:
            inside = [i for i, s in enumerate(window.sequence_ids) if s == 1]
            start = end = 0
            if row["answers"]:
                a = row["answers"][0]["answer_start"]
                b = a + len(row["answers"][0]["text"])
                offsets = window.offsets
                if inside and offsets[inside[0]][0] <= a and offsets[inside[-1]][1] >= b:
                    start = max(i for i in inside if offsets[i][0] <= a)
                    end = min(i for i in inside if offsets[i][1] >= b)
            features.append({
                "id": row["id"], "ids": window.ids, "types": window.type_ids, "inside": inside,
                "offsets": window.offsets, "start": start, "end": end})
    return features


def tagged_sentences():
    """Words of the mails, two of them joined now and then so that windows are needed; tags are invented."""
    rng = np.random.default_rng(5)
    texts = [t.split() for t, _ in common.mails()[:48]]
    sentences = []
    while texts:
        words = texts.pop(0)
        for _ in range(int(rng.integers(0, 3)) if texts else 0):
            words = words + (texts.pop(0) if texts else [])
        tags, now = [], None
        for _ in words:
            if now and rng.random() < 0.5:
                tags.append("I-" + now)
                continue
            now = str(rng.choice(["PER", "LOC"])) if rng.random() < 0.3 else None
            tags.append("B-" + now if now else "O")
        sentences.append((words, tags))
    return sentences


def tagged_windows(tok, family, sentences, max_length, stride):
    """Windows of each sentence; a word counts in the window where its first piece has more context on its poorer side."""
    single = tok.encode("a", add_special_tokens=True)
    special = len(single.ids) - len(tok.encode("a", add_special_tokens=False).ids)
    front = 0 if family == "gpt2" else 1
    around = tok.encode("", add_special_tokens=True).ids
    out = []
    for number, (words, tags) in enumerate(sentences):
        pieces, of = [], []
        for w, word in enumerate(words):
            text = " " + word if family in ("roberta", "gpt2", "modernbert") else word
            ids = tok.encode(text, add_special_tokens=False).ids
            if family == "roberta":  # its tokenizer puts the blank itself where the text has none
                assert ids == tok.encode(" " + word, add_special_tokens=False).ids
            pieces += ids
            of += [w] * len(ids)
        firsts = [i for i in range(len(of)) if i == 0 or of[i] != of[i - 1]]
        room = max_length - special
        spans, start = [], 0
        while True:
            end = min(start + room, len(pieces))
            spans.append((start, end))
            if end == len(pieces):
                break
            start += room - stride
        best = {i: max(range(len(spans)), key=lambda k: (min(i - spans[k][0], spans[k][1] - 1 - i)
                                                         if spans[k][0] <= i < spans[k][1] else -1, -k))
                for i in firsts}
        for k, (a, b) in enumerate(spans):
            labels = [TAGS.index(tags[of[i]]) if i in best and best[i] == k else -100 for i in range(a, b)]
            word_of = [of[i] if i in best and best[i] == k else -1 for i in range(a, b)]
            ids = around[:front] + pieces[a:b] + around[front:]
            pad = lambda values, none: [none] * front + values + [none] * (len(around) - front)
            out.append({"sentence": number, "ids": ids, "types": [0] * len(ids), "labels": pad(labels, -100),
                        "words": pad(word_of, -1)})
    return out


def tagged_answers(model, family, sentences, windows):
    lines = []
    for number, (words, tags) in enumerate(sentences):
        said, scores = [None] * len(words), [0.0] * len(words)
        for window in (w for w in windows if w["sentence"] == number):
            with torch.no_grad():
                p = torch.softmax(forward(model, family, window).logits[0], -1)
            for i, word in enumerate(window["words"]):
                if word >= 0:
                    said[word], scores[word] = TAGS[int(p[i].argmax())], float(p[i].max())
        assert all(said)
        lines.append({"tokens": words, "ner_tags": tags, "predicted": said, "scores": scores})
    return lines


# Forward and loss.

def has_types(model, family):
    return family in ("bert", "electra", "albert") or family == "deberta-v2" and model.config.type_vocab_size > 1


def forward(model, family, example):
    inputs = {"input_ids": torch.tensor([example["ids"]])}
    if has_types(model, family):
        types = example["types"]
        if model.config.type_vocab_size == 1:
            types = [0] * len(types)
        inputs["token_type_ids"] = torch.tensor([types])
    return model(**inputs, output_hidden_states=True)


def loss_of(task, outs, examples, hyper):
    if task == "multilabel":
        weights = hyper.get("class_weights")
        return F.binary_cross_entropy_with_logits(
            torch.cat([o.logits for o in outs]),
            torch.tensor([e["target"] for e in examples], dtype=torch.float64),
            pos_weight=torch.tensor(weights, dtype=torch.float64) if weights else None)
    if task == "regression":
        return F.mse_loss(torch.cat([o.logits[:, 0] for o in outs]),
                          torch.tensor([e["target"] for e in examples], dtype=torch.float64))
    if task in ("classify", "pair"):
        logits = torch.cat([o.logits for o in outs])
        weights = hyper.get("class_weights")
        return F.cross_entropy(
            logits, torch.tensor([e["target"] for e in examples]),
            weight=torch.tensor(weights, dtype=torch.float64) if weights else None,
            label_smoothing=hyper.get("label_smoothing_factor", 0.0))
    if task == "qa":
        losses = [
            (F.cross_entropy(o.start_logits, torch.tensor([e["start"]])) +
             F.cross_entropy(o.end_logits, torch.tensor([e["end"]]))) / 2
            for o, e in zip(outs, examples)]
        return torch.stack(losses).mean()
    logits = torch.cat([o.logits[0] if task in ("mlm", "ner") else o.logits[0, :-1] for o in outs])
    labels = torch.cat([torch.tensor(e["labels"] if task in ("mlm", "ner") else e["labels"][1:])
                        for e in examples])
    return F.cross_entropy(logits, labels, ignore_index=-100)


def grad_norm(model):
    return torch.sqrt(sum((p.grad ** 2).sum() for p in model.parameters())).item()


def step_file(path, name, model, family, task, batch, hyper):
    outs = [forward(model, family, e) for e in batch]
    loss = loss_of(task, outs, batch, hyper)
    model.zero_grad()
    loss.backward()

    def ints(values):
        return np.array(values, dtype=np.int32)

    def floats(values):
        return np.ascontiguousarray(values.detach().numpy().astype(np.float32))

    tensors = {
        "input_ids": ints([i for e in batch for i in e["ids"]]),
        "offsets": ints([0] + list(itertools.accumulate(len(e["ids"]) for e in batch))),
        "loss": np.array([loss.item()], dtype=np.float32),
        "grad_norm": np.array([grad_norm(model)], dtype=np.float32)}
    if has_types(model, family):
        one = model.config.type_vocab_size == 1
        tensors["token_type_ids"] = ints([0 if one else t for e in batch for t in e["types"]])
    for i in range(len(outs[0].hidden_states)):
        tensors[f"hidden.{i}"] = floats(torch.cat([o.hidden_states[i][0] for o in outs]))
    if task == "qa":
        tensors["start_positions"] = ints([e["start"] for e in batch])
        tensors["end_positions"] = ints([e["end"] for e in batch])
        tensors["start_logits"] = floats(torch.cat([o.start_logits[0] for o in outs]))
        tensors["end_logits"] = floats(torch.cat([o.end_logits[0] for o in outs]))
    elif task in ("multilabel", "regression"):
        tensors["labels"] = np.array([e["target"] for e in batch], dtype=np.float32)
        tensors["logits"] = floats(torch.cat([o.logits for o in outs]))
    elif task in ("classify", "pair"):
        tensors["labels"] = ints([e["target"] for e in batch])
        tensors["logits"] = floats(torch.cat([o.logits for o in outs]))
    else:
        tensors["labels"] = ints([l for e in batch for l in e["labels"]])
        tensors["logits"] = floats(torch.cat([o.logits[0] for o in outs]))
    for key, param in model.named_parameters():
        tensors["grad." + key] = floats(param.grad)
    save_file(tensors, path, metadata={"about": f"{name}: first batch, double precision, stored as float32"})


def optimiser(model, hyper):
    # Trainer leaves out every name with "bias" in it, such as MPNet's relative_attention_bias.weight.
    matrices = {k for k, p in model.named_parameters() if p.dim() > 1 and "bias" not in k}
    decay = [p for k, p in model.named_parameters() if k in matrices]
    rest = [p for k, p in model.named_parameters() if k not in matrices]
    groups = [{"params": decay, "weight_decay": hyper["weight_decay"]},
              {"params": rest, "weight_decay": 0.0}]
    kind = hyper.get("optim", "adamw_torch")
    if kind == "sgd":
        return torch.optim.SGD(groups, lr=hyper["learning_rate"])
    make = torch.optim.Adam if kind == "adam" else torch.optim.AdamW
    return make(groups, lr=hyper["learning_rate"], betas=(hyper["adam_beta1"], hyper["adam_beta2"]),
                eps=hyper["adam_epsilon"])


def train(model, family, task, examples, hyper):
    """(losses, norms, rates) of the updates; with accumulation the mean over all examples of one."""
    opt = optimiser(model, hyper)
    schedule = get_scheduler(hyper["lr_scheduler_type"], opt, hyper["warmup_steps"], hyper["max_steps"])
    take = BATCH * hyper.get("gradient_accumulation_steps", 1)
    # An epoch ends with what is left: the next one starts a new update.
    updates = [examples[i:i + take] for i in range(0, len(examples), take)]
    losses, norms, rates = [], [], []
    for group in itertools.islice(itertools.cycle(updates), hyper["max_steps"]):
        opt.zero_grad()
        loss = loss_of(task, [forward(model, family, e) for e in group], group, hyper)
        loss.backward()
        losses.append(loss.item())
        norms.append(grad_norm(model))
        if hyper["max_grad_norm"] > 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), hyper["max_grad_norm"])
        rates.append(opt.param_groups[0]["lr"])
        opt.step()
        schedule.step()
    return losses, norms, rates


def not_compared(model, family, task):
    names, ranges = [], {}
    for key, param in model.named_parameters():
        if key.endswith(("attention.self.key.bias", "attention.k_lin.bias")) or (
                family in encoders.FAMILIES and encoders.zero_gradient(family, key, model.config)):
            names.append(key)
        if key.endswith("attn.c_attn.bias"):
            ranges[key] = [param.numel() // 3, param.numel() * 2 // 3]
    if task == "qa" and family == "modernbert":
        names += [k for k in ("classifier.bias", "head.norm.bias") if k in dict(model.named_parameters())]
    elif task == "qa":
        names.append("qa_outputs.bias")
        last = [k for k, _ in model.named_parameters()
                if k.endswith(("output.LayerNorm.bias", "output_layer_norm.bias"))
                and ".attention." not in k]
        names.append(last[-1])
    return names, ranges


def answers(model, family, rows, features, max_answer):
    """The best span of each question over all of its windows, tried one by one."""
    lines = []
    for row in rows:
        best, null = None, np.inf
        for feature in (f for f in features if f["id"] == row["id"]):
            with torch.no_grad():
                out = forward(model, family, feature)
            start, end = out.start_logits[0].numpy(), out.end_logits[0].numpy()
            null = min(null, start[0] + end[0])
            for i in feature["inside"]:
                for j in feature["inside"]:
                    if i <= j < i + max_answer and (best is None or start[i] + end[j] > best[0]):
                        best = (start[i] + end[j], feature["offsets"][i][0], feature["offsets"][j][1])
        lines.append({
            "id": row["id"], "question": row["question"], "context": row["context"],
            "best_span": row["context"][best[1]:best[2]], "start": best[1], "end": best[2],
            "best_score": float(best[0]), "null_score": float(null)})
    return lines


def explanations(model, family, rows, labels):
    """Which tokens a prediction rests on: the gradient of the predicted label's logit with respect
    to each token's word embedding, times that embedding."""
    words, lines = model.get_input_embeddings(), []
    for row in rows:
        taken = []

        def keep(module, inputs, output):
            taken.append(output)
            output.retain_grad()

        hook = words.register_forward_hook(keep)
        logits = forward(model, family, row).logits[0]
        hook.remove()
        best = int(logits.argmax())
        model.zero_grad()
        logits[best].backward()
        products = (taken[0].grad * taken[0].detach())[0].sum(-1)
        lines.append({
            "text": row["text"], "label": labels[best], "input_ids": row["ids"],
            "products": products.tolist(),
            "attributions": (products / products.abs().sum()).tolist()})
    model.zero_grad()
    return lines


SPECIAL_TEXTS = {
    "bert": ["the lift [PAD] is broken", "[PAD] the lift[PAD][PAD]", "[PAD]"],
    "distilbert": ["the lift [PAD] is broken", "[PAD] the lift[PAD][PAD]", "[PAD]"],
    "roberta": ["the lift <pad> is broken", "<pad><pad> the lift", "the lift is broken<pad>", "<pad>"],
    "gpt2": ["the lift is broken<|endoftext|>", "the lift<|endoftext|>is<|endoftext|><|endoftext|>",
             "<|endoftext|>the lift", "<|endoftext|><|endoftext|>"],
}


SPECIAL_TEXTS["modernbert"] = SPECIAL_TEXTS["roberta"]


def special_texts(model, family, tok):
    """Texts in which a padding or end token is written out: it is a token like any other, but not
    where the family counts positions or looks for the last token."""
    lines = []
    for text in (SPECIAL_TEXTS | encoders.SPECIAL_TEXTS)[family]:
        row = encode(tok, text)
        with torch.no_grad():
            logits = forward(model, family, row).logits[0]
        lines.append({"text": text, "input_ids": row["ids"], "logits": logits.tolist()})
    return lines


def write_csv(path, rows, columns):
    with open(path, "w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([[row[c] for c in columns] for row in rows])


def mask_examples(tok, family):
    bert = family in ("bert", "electra", "albert", "deberta-v2")
    mask, size = tok.token_to_id("[MASK]" if bert else "<mask>"), tok.get_vocab_size()
    special = range(4 if family in ("roberta", "modernbert", "deberta-v2", "mpnet", "xlm-roberta") else 5)
    rng = np.random.default_rng(21)
    examples = []
    for text, _ in common.mails()[:BATCH]:
        example = encode(tok, text, max_length=40)
        labels = []
        for i, token in enumerate(example["ids"]):
            if token in special or rng.random() > 0.25:
                labels.append(-100)
                continue
            labels.append(token)
            kind = rng.random()
            if kind < 0.9:
                example["ids"][i] = mask if kind < 0.8 else int(rng.integers(5, size))
        example["labels"] = labels
        examples.append(example)
    return examples


def generate(model, tok):
    lines = []
    for prompt in ("The library", "Please", "I would like to", "When does"):
        ids = tok.encode(prompt).ids
        n = len(ids)
        with torch.no_grad():
            while len(ids) < n + 24:
                ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
        lines.append({"prompt": prompt, "greedy_ids": ids, "greedy_text": tok.decode(ids)})
    return lines


def make_case(folder, name, family, task, changes, hyper_changes):
    folder.mkdir()
    hyper = HYPER | hyper_changes
    tok, tok_config = build_tokenizer(family)
    run = {"case": name, "hyperparameters": hyper, "transformers": transformers.__version__,
           "torch": torch.__version__, "tokenizers": tokenizers.__version__,
           "task": "classify" if task in ("pair", "multilabel", "regression") else task, "family": family}
    rows = labels = features = None
    if task in ("classify", "pair"):
        rows, labels = classify_examples(tok, task == "pair")
        columns = ["text"] + (["text_pair"] if task == "pair" else []) + ["label"]
        write_csv(folder / "train.csv", rows[:40], columns)
        write_csv(folder / "eval.csv", rows, columns)
        examples = rows[:40]
        run |= {"max_seq_length": 40, "labels": labels,
                "train": "train.csv", "eval": "eval.csv"}
    elif task == "multilabel":
        rows, labels = multilabel_examples(tok)
        write_csv(folder / "train.csv", rows[:40], ["text"] + LABELS)
        write_csv(folder / "eval.csv", rows, ["text"] + LABELS)
        examples = rows[:40]
        run |= {"problem_type": "multi_label_classification", "max_seq_length": 40, "labels": labels,
                "train": "train.csv", "eval": "eval.csv"}
    elif task == "regression":
        rows, labels = regression_examples(tok, family == "bert")
        columns = ["text"] + (["text_pair"] if family == "bert" else []) + ["score"]
        write_csv(folder / "train.csv", rows[:40], columns)
        write_csv(folder / "eval.csv", rows, columns)
        examples = rows[:40]
        run |= {"problem_type": "regression", "max_seq_length": 40, "labels": labels,
                "train": "train.csv", "eval": "eval.csv"}
    elif task == "qa":
        paragraphs = [{"context": p["context"], "qas": p["qas"][1:3] + p["qas"][-1:]}
                      for a in common.articles() for p in a["paragraphs"]][1:8]
        common.write_json(folder / "train.json", {
            "version": "v2.0", "data": [{"title": "reference", "paragraphs": paragraphs}]})
        rows = [dict(qa, context=p["context"]) for p in paragraphs for qa in p["qas"]]
        features = qa_features(tok, rows, 64, 16)
        examples = features
        run |= {"max_seq_length": 64, "doc_stride": 16, "max_answer_length": 30, "train": "train.json",
                "features": [{"id": f["id"], "start": f["start"], "end": f["end"], "length": len(f["ids"])}
                             for f in features],
                "note": "features in file order; null_score is the minimum over windows; best_span by "
                        "exhaustive search over spans of at most 30 tokens"}
    elif task == "clm":
        block, wanted, ids, lines = 24, 40, [], []
        for text, _ in common.mails():
            lines.append(text)
            ids += tok.encode(text + "\n").ids
            if len(ids) >= block * wanted:
                break
        (folder / "train.txt").write_text("".join(t + "\n" for t in lines), encoding="utf-8")
        examples = [{"ids": ids[i:i + block], "labels": ids[i:i + block]}
                    for i in range(0, block * (len(ids) // block), block)]
        run |= {"block_size": block, "train": "train.txt", "blocks": len(examples),
                "note": "lines are tokenised each with its newline, joined, cut into blocks; the rest "
                        "is dropped; no end-of-text token is added"}
    elif task == "ner":
        sentences, labels = tagged_sentences(), TAGS
        examples = tagged_windows(tok, family, sentences, 24, 6)
        text = "-DOCSTART- -X- O\n\n" + "\n".join(
            "".join(f"{w} NN {t}\n" for w, t in zip(words, tags)) for words, tags in sentences)
        (folder / "train.conll").write_text(text, encoding="utf-8")
        run |= {"max_seq_length": 24, "doc_stride": 6, "labels": labels, "train": "train.conll",
                "windows": [{"sentence": e["sentence"], "input_ids": e["ids"], "labels": e["labels"]} for e in examples]}
    else:
        examples = mask_examples(tok, family)
        run |= {"note": "masks are given in input_ids/labels of step.safetensors"}

    model = build_model(name, family, task, changes, tok, labels)
    model.save_pretrained(folder / "model")
    save = encoders.save_tokenizer if family in encoders.FAMILIES else common.save_tokenizer
    save(folder / "model", tok, tok_config, POSITIONS)
    model = model.double()
    step_file(folder / "step.safetensors", name, model, family, task, examples[:BATCH], hyper)
    stored = set(load_file(folder / "model/model.safetensors"))
    assert stored == {k for k, _ in model.named_parameters()}, "a gradient for each stored tensor"

    names, ranges = not_compared(model, family, task)
    run |= {"not_compared": names, "not_compared_range": ranges,
            "why_not_compared": "their gradient is zero in exact arithmetic (key biases; in QA the "
                                "head's bias and the last norm's bias): what an optimiser makes of "
                                "rounding noise means nothing. not_compared_range: elements [from, to) "
                                "of GPT-2's c_attn.bias, its key part"}
    for key, param in model.named_parameters():
        if key in names:
            assert param.grad.abs().max() < 1e-12, key
        if key in ranges:
            assert param.grad[ranges[key][0]:ranges[key][1]].abs().max() < 1e-12, key

    if task == "multilabel":
        lines = []
        for row in rows:
            with torch.no_grad():
                logits = forward(model, family, row).logits[0]
            lines.append({"text": row["text"], "input_ids": row["ids"], "logits": logits.tolist(),
                          "labels": [l for l, z in zip(labels, logits.tolist()) if z > 0]})
        common.write_jsonl(folder / "predict.jsonl", lines)
    elif task == "regression":
        lines = []
        for row in rows:
            with torch.no_grad():
                value = forward(model, family, row).logits[0, 0].item()
            texts = {k: row[k] for k in ("text", "text_pair") if k in row}
            lines.append(texts | {"input_ids": row["ids"], "value": value})
        common.write_jsonl(folder / "predict.jsonl", lines)
    elif task in ("classify", "pair"):
        lines = []
        for row in rows:
            with torch.no_grad():
                logits = forward(model, family, row).logits[0]
            line = {"text": row["text"]} | ({"text_pair": row["text_pair"]} if task == "pair" else {})
            lines.append(line | {"input_ids": row["ids"], "logits": logits.tolist(),
                                 "label": labels[int(logits.argmax())]})
        common.write_jsonl(folder / "predict.jsonl", lines)
        if task == "classify":
            common.write_jsonl(folder / "explain.jsonl", explanations(model, family, rows[:8], labels))
            common.write_jsonl(folder / "special.jsonl", special_texts(model, family, tok))
    elif task == "qa":
        common.write_jsonl(folder / "predict.jsonl", answers(model, family, rows, features, 30))
    elif task == "ner":
        common.write_jsonl(folder / "predict.jsonl", tagged_answers(model, family, sentences, examples))
    elif task == "clm":
        common.write_jsonl(folder / "generate.jsonl", generate(model, tok))

    if task != "mlm":
        run["loss"], run["grad_norm"], run["learning_rate"] = train(model, family, task, examples, hyper)
        save_file({k: np.ascontiguousarray(p.detach().numpy().astype(np.float32))
                   for k, p in model.named_parameters()}, folder / "final.safetensors",
                  metadata={"format": "pt"})
    common.write_json(folder / "run.json", run, 1)


def make(folder):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    for name, family, task, changes, hyper in CASES:
        make_case(folder / name, name, family, task, changes, hyper)
