"""Sentence vectors as sentence-transformers gives them, for the tiny models of tests/reference/nets.

A case is what sentence-transformers puts around a model: modules.json, the folders of its modules,
sentence_bert_config.json, config_sentence_transformers.json. The model itself is not repeated:
case.json names it, and where it goes ("" or "0_Transformer")."""
import json
import os
import shutil
import tempfile

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Dense, Normalize, Pooling, Transformer

from reference.common import ROOT, mails

OURS = ["", "Wo ist die Bibliothek? Ça va – 図書館 \U0001F600", "  Two  blanks, THEN CAPITALS. ",
        "book " * 100, "x"]
KEYS = ["cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens",
        "lasttoken"]
LIBRARY = "sentence_transformers.models."


def put(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def legacy(*modes):
    """1_Pooling/config.json with a switch for each mode, as most models on the hub have it."""
    config = {"word_embedding_dimension": 20}
    config.update({"pooling_mode_" + k: k in modes for k in KEYS})
    return config


def dense(size_in, size_out, activation):
    torch.manual_seed(size_out)
    return Dense(size_in, size_out, activation_function=activation)


def case(folder, name, model, pooling, steps=("Normalize",), below="", length=None, lower=False,
         prompt=None):
    """Lays the files, asks the library, writes its answer."""
    out = folder / name
    out.mkdir()
    types = ["Transformer", "Pooling"] + [s if isinstance(s, str) else "Dense" for s in steps]
    paths = [below, "1_Pooling"] + [f"{i + 2}_{t}" for i, t in enumerate(types[2:])]
    put(out / "modules.json", [{"idx": i, "name": str(i), "path": p, "type": LIBRARY + t}
                               for i, (p, t) in enumerate(zip(paths, types))])
    put(out / "1_Pooling" / "config.json", pooling)
    for path, step in zip(paths[2:], steps):
        if not isinstance(step, str):
            (out / path).mkdir()
            step.save(str(out / path))
    if length or lower:
        put(out / below / "sentence_bert_config.json",
            {"max_seq_length": length, "do_lower_case": lower})
    if prompt:
        put(out / "config_sentence_transformers.json",
            {"prompts": {"query": prompt, "other": "no: "}, "default_prompt_name": "query"})
    put(out / "case.json", {"model": model, "below": below})
    with tempfile.TemporaryDirectory() as whole:
        shutil.copytree(out, whole, dirs_exist_ok=True)
        shutil.copytree(ROOT / "tests/reference/nets" / model / "model", os.path.join(whole, below),
                        dirs_exist_ok=True)
        write(out / "vectors.jsonl", SentenceTransformer(whole, device="cpu"), texts_of(model))


def texts_of(model):
    texts = [text for text, _ in mails()[:6]] + OURS
    return [t for t in texts if t] if model.startswith("gpt2") else texts


def write(path, library, texts):
    if library.tokenizer.pad_token is None:
        library.tokenizer.pad_token = library.tokenizer.eos_token
    with open(path, "w", encoding="utf-8") as f:
        for text in texts:  # one at a time: no padding is added
            v = library.double().encode([text], convert_to_tensor=True)[0].double()
            f.write(json.dumps({"text": text, "embedding": [round(x, 9) for x in v.tolist()]},
                               ensure_ascii=False) + "\n")


def plain(folder, name, model):
    """Without modules.json: the mean of all tokens, normalised."""
    source = ROOT / "tests/reference/nets" / model / "model"
    out = folder / name
    out.mkdir()
    put(out / "case.json", {"model": model, "below": ""})
    body = Transformer(str(source))
    library = SentenceTransformer(modules=[body, Pooling(20, "mean"), Normalize()], device="cpu")
    write(out / "vectors.jsonl", library, texts_of(model))


def make(folder):
    tanh, none = torch.nn.Tanh(), torch.nn.Identity()
    case(folder, "bert-mean", "bert-mlm", legacy("mean_tokens"), length=16)
    case(folder, "bert-all-modes", "bert-mlm", legacy(*KEYS), steps=())
    case(folder, "bert-below", "bert-classify", legacy("mean_tokens"), below="0_Transformer",
         length=24)
    case(folder, "bert-prompt", "bert-qa",
         {"embedding_dimension": 20, "pooling_mode": ["mean", "cls"], "include_prompt": True},
         prompt="query: ")
    case(folder, "roberta-cls-dense", "roberta-classify", legacy("cls_token"),
         steps=(dense(20, 12, tanh), dense(12, 30, none), "Normalize"))
    case(folder, "distilbert-max-lower", "distilbert-classify", legacy("max_tokens"), steps=(),
         lower=True)
    case(folder, "gpt2-last", "gpt2-clm", {"embedding_dimension": 20, "pooling_mode": "lasttoken"})
    case(folder, "gpt2-weighted", "gpt2-clm", legacy("weightedmean_tokens"), steps=())
    for model in ("bert-pair", "roberta-mlm", "distilbert-qa", "gpt2-clm"):
        plain(folder, "plain-" + model, model)
    shared = ROOT.parent / "shared" / "models" / "minilm-l6"
    if shared.is_dir():  # its weights are not in the repository: the test skips without them
        library = SentenceTransformer(modules=[
            Transformer(str(shared)), Pooling(384, "mean"), Normalize()], device="cpu")
        write(folder / "minilm-l6.jsonl", library, [text for text, _ in mails()[:3]] + OURS[1:4])
