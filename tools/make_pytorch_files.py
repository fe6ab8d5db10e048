#!/usr/bin/env python3
"""Writes tests/reference/pytorch: small files of torch.save for tests/data/test_pytorch.c.

usage: tools/make_pytorch_files.py [FOLDER]     (needs torch 2; the files were made with 2.15)

The values are formulas of the index, so that the test can compute them: element i of a tensor (in
row-major order) is i / 4 + 1, exact in every type.
"""
import collections, os, sys
import torch

out = sys.argv[1] if len(sys.argv) > 1 else "tests/reference/pytorch"


def count(*shape, dtype=torch.float32):
    n = 1
    for s in shape:
        n *= s
    return (torch.arange(n, dtype=torch.float64) / 4 + 1).reshape(shape).to(dtype)


def state():
    s = collections.OrderedDict()
    s["f32"] = count(3, 4)
    s["f16"] = count(2, 5, dtype=torch.float16)
    s["bf16"] = count(2, 5, dtype=torch.bfloat16)
    s["f64"] = count(7, dtype=torch.float64)
    s["number"] = torch.tensor(1.0)
    s["empty"] = torch.zeros(0, 3)
    s["transposed"] = count(3, 4).t().contiguous().t()      # strides (1, 3)
    s["permuted"] = count(2, 3, 4).permute(2, 0, 1).contiguous().permute(1, 2, 0)
    s["view"] = torch.cat([torch.zeros(1, 4), count(3, 4)])[1:]  # a storage offset
    s["columns"] = torch.cat([count(3, 4), torch.zeros(3, 2)], 1)[:, :4]  # strides (6, 1)
    s["expanded"] = torch.ones(1, 4).expand(3, 4)            # strides (0, 1): every element 1
    s["tied"] = s["f32"]
    s["parameter"] = torch.nn.Parameter(count(2, 2))
    s["i64"] = torch.arange(5)
    s["u8"] = torch.arange(5, dtype=torch.uint8)
    s["flag"] = torch.tensor([True, False])
    return s


def save(obj, name, **how):
    torch.save(obj, os.path.join(out, name), **how)


os.makedirs(out, exist_ok=True)
save(state(), "zip.bin")
save(state(), "legacy.bin", _use_new_zipfile_serialization=False)
save(dict(state()), "plain-dict.bin", pickle_protocol=4)
save({"epoch": 3, "loss": 0.25, "state_dict": state(), "optimizer": {"state": {0: {"step": torch.tensor(2.0)}}}},
     "checkpoint.bin")
save({"model": state(), "step": 7, "betas": (0.9, 0.999), "name": "adam", "none": None, "on": True},
     "checkpoint-legacy.bin", _use_new_zipfile_serialization=False)
save(torch.quantize_per_tensor(count(2, 2), 0.25, 0, torch.qint8), "quantised.bin")
save(torch.nn.Linear(2, 2), "module.bin")
save([1, 2, 3], "list.bin")


# A tiny BERT classifier with random weights, as safetensors (written here), as one file of torch.save
# and as two with their index; float16 in the second, so that the test can tell that it was read.
import json, struct

V, H, F, P, L = 24, 8, 16, 32, 2
torch.manual_seed(7)


def rand(*shape):
    return (torch.randn(*shape) * 0.3).half().float()


def tiny():
    s = collections.OrderedDict()
    e = "bert.embeddings."
    for name, rows in (("word", V), ("position", P), ("token_type", 2)):
        s[f"{e}{name}_embeddings.weight"] = rand(rows, H)
    norm = lambda name: s.update({f"{name}.weight": (1 + rand(H)).half().float(), f"{name}.bias": rand(H)})
    linear = lambda name, o, i: s.update({f"{name}.weight": rand(o, i), f"{name}.bias": rand(o)})
    norm(e + "LayerNorm")
    for n in range(L):
        b = f"bert.encoder.layer.{n}."
        for part in ("query", "key", "value"):
            linear(b + "attention.self." + part, H, H)
        linear(b + "attention.output.dense", H, H)
        norm(b + "attention.output.LayerNorm")
        linear(b + "intermediate.dense", F, H)
        linear(b + "output.dense", H, F)
        norm(b + "output.LayerNorm")
    linear("bert.pooler.dense", H, H)
    linear("classifier", 2, H)
    return s


def write_safetensors(s, path):
    header, at, data = {}, 0, b""
    for k, t in s.items():
        b = struct.pack(f"<{t.numel()}f", *t.flatten().tolist())
        header[k] = {"dtype": "F32", "shape": list(t.shape), "data_offsets": [at, at + len(b)]}
        at += len(b)
        data += b
    text = json.dumps(header).encode()
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + data)


folder = os.path.join(out, "tiny")
os.makedirs(folder, exist_ok=True)
s = tiny()
write_safetensors(s, os.path.join(folder, "model.safetensors"))
half = collections.OrderedDict((k, t.half()) for k, t in s.items())
save(half, "tiny/pytorch_model.bin")
keys = list(half)
parts = {"pytorch_model-00001-of-00002.bin": keys[:9], "pytorch_model-00002-of-00002.bin": keys[9:]}
for name, ks in parts.items():
    save(collections.OrderedDict((k, half[k]) for k in ks), "tiny/" + name)
index = {"metadata": {"total_size": sum(t.numel() * 2 for t in half.values())},
         "weight_map": {k: name for name, ks in parts.items() for k in ks}}
json.dump(index, open(os.path.join(folder, "pytorch_model.bin.index.json"), "w"), indent=1)
json.dump({"architectures": ["BertForSequenceClassification"], "model_type": "bert", "vocab_size": V,
           "hidden_size": H, "intermediate_size": F, "num_hidden_layers": L, "num_attention_heads": 2,
           "max_position_embeddings": P, "type_vocab_size": 2, "hidden_act": "gelu",
           "id2label": {"0": "no", "1": "yes"}, "label2id": {"no": 0, "yes": 1}},
          open(os.path.join(folder, "config.json"), "w"), indent=1)
words = "[PAD] [UNK] [CLS] [SEP] [MASK] the a rain sun wind was is cold warm and or tree field over under . , ! ?".split()
assert len(words) == V
open(os.path.join(folder, "vocab.txt"), "w").write("\n".join(words) + "\n")
json.dump({"tokenizer_class": "BertTokenizer", "do_lower_case": True}, open(os.path.join(folder, "tokenizer_config.json"), "w"))
