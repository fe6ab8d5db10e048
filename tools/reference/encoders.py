"""Encoders beside BERT, DistilBERT and RoBERTa: their cases, tokenizers and configs for nets.py."""
import collections
import json
import math

import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from . import common

# As in nets.CASES. DeBERTa's vary what its attention adds to the scores and how its distances are kept.
CASES = [
    ("electra-classify", "electra", "classify", {}, {}),
    ("electra-mlm", "electra", "mlm", {}, {}),
    ("mpnet-classify", "mpnet", "classify", {}, {}),
    ("mpnet-mlm", "mpnet", "mlm", {}, {}),
    ("xlm-roberta-classify", "xlm-roberta", "classify", {}, {}),
    ("xlm-roberta-ner", "xlm-roberta", "ner", {}, {}),
    ("albert-classify", "albert", "classify", {}, {}),
    ("albert-mlm", "albert", "mlm", {}, {}),
    ("deberta-v2-classify", "deberta-v2", "classify", {}, {}),
    ("deberta-v2-mlm", "deberta-v2", "mlm", {"legacy": False}, {}),
    ("deberta-v2-ner", "deberta-v2", "ner", {"pos_att_type": "p2c"}, {}),
    ("deberta-v2-qa", "deberta-v2", "qa", {"pos_att_type": ["c2p"], "type_vocab_size": 2}, {}),
    ("deberta-v2-old", "deberta-v2", "classify",
     {"share_att_key": False, "position_buckets": -1, "max_relative_positions": 7, "position_biased_input": True,
      "norm_rel_ebd": "none", "embedding_size": 12, "pooler_hidden_act": "tanh"}, {}),
]

BERT_SIZES = {
    "hidden_size": 20, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 36,
    "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
RELATIVE = {
    "relative_attention": True, "position_buckets": 8, "norm_rel_ebd": "layer_norm", "share_att_key": True,
    "pos_att_type": "p2c|c2p", "position_biased_input": False, "layer_norm_eps": 1e-7, "type_vocab_size": 0}
ROBERTA_IDS = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
BERT_TEXTS = ["the lift [PAD] is broken", "[PAD] the lift[PAD][PAD]", "[PAD]"]
ROBERTA_TEXTS = ["the lift <pad> is broken", "<pad><pad> the lift", "the lift is broken<pad>", "<pad>"]

# prefix of the classes, class of the config, what its config has, positions beyond those of a text, special texts
FAMILIES = {
    "electra": ("Electra", "ElectraConfig", BERT_SIZES | {"embedding_size": 12}, 0, BERT_TEXTS),
    "mpnet": ("MPNet", "MPNetConfig", BERT_SIZES | ROBERTA_IDS | {"layer_norm_eps": 1e-5}, 2, ROBERTA_TEXTS),
    "xlm-roberta": ("XLMRoberta", "XLMRobertaConfig",
                    BERT_SIZES | ROBERTA_IDS | {"layer_norm_eps": 1e-5, "type_vocab_size": 1}, 2, ROBERTA_TEXTS),
    "albert": ("Albert", "AlbertConfig",
               BERT_SIZES | {"embedding_size": 12, "classifier_dropout_prob": 0.0, "pad_token_id": 0,
                             "bos_token_id": 2, "eos_token_id": 3}, 0, [t.replace("[PAD]", "<pad>") for t in BERT_TEXTS]),
    "deberta-v2": ("DebertaV2", "DebertaV2Config", BERT_SIZES | RELATIVE, 0, BERT_TEXTS),
}
PREFIXES = {family: row[0] for family, row in FAMILIES.items()}
SPECIAL_TEXTS = {family: row[4] for family, row in FAMILIES.items()}


def config(family, positions, changes, **keys):
    _, name, values, more, _ = FAMILIES[family]
    return getattr(transformers, name)(**(values | {"max_position_embeddings": positions + more} | keys | changes))


def zero_gradient(family, key, config):
    """Whether a bias adds the same to all scores of a query: its gradient is zero in exact arithmetic."""
    if family == "deberta-v2":
        if key.endswith("pos_key_proj.bias"):
            return True
        return key.endswith((".key_proj.bias", "encoder.LayerNorm.bias")) and "p2c" not in config.pos_att_type
    return key.endswith(("attention.attn.k.bias", "attention.key.bias"))


def template(cls, sep, twice=False, typed=True):
    two = 1 if typed else 0
    pair = f"{cls[0]} $A {sep[0]} " + (f"{sep[0]} " if twice else "") + f"$B:{two} {sep[0]}:{two}"
    return processors.TemplateProcessing(single=f"{cls[0]} $A {sep[0]}", pair=pair, special_tokens=[cls, sep])


def wordpiece(family):
    tok, tok_config = common.wordpiece(240)
    if family == "electra":
        return tok, tok_config | {"tokenizer_class": "ElectraTokenizer"}
    special = ["<s>", "<pad>", "</s>", "<unk>", "[UNK]"]
    old = sorted(tok.get_vocab().items(), key=lambda kv: kv[1])
    vocab = special + [t for t, _ in old[5:]] + ["<mask>"]
    ids = {t: i for i, t in enumerate(vocab)}
    made = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer, made.decoder = tok.normalizer, tok.pre_tokenizer, tok.decoder
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    made.add_special_tokens([AddedToken(t, lstrip=t == "<mask>", special=True)
                             for t in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")])
    return made, {
        "bos_token": "<s>", "cls_token": "<s>", "do_lower_case": True, "eos_token": "</s>", "mask_token": "<mask>",
        "pad_token": "<pad>", "sep_token": "</s>", "tokenizer_class": "MPNetTokenizer", "unk_token": "[UNK]"}


def pieces(size, lowercase):
    """[(piece, logarithm of its share)]: letters, then frequent words and word ends."""
    letters, words, tails = collections.Counter({"\u2581": 1}), collections.Counter(), collections.Counter()
    for text in common.corpus():
        for word in (text.lower() if lowercase else text).split():
            letters.update(word)
            letters["\u2581"] += 1
            words["\u2581" + word] += 1
            for i in range(1, len(word) - 1):
                tails[word[i:]] += len(word) - i
    room = size - len(letters)
    chosen = common.most_common(words, room * 2 // 3)
    seen = set(chosen) | set(letters)
    counts = {p: words[p] for p in chosen} | letters
    counts |= {p: tails[p] for p in common.most_common(
        collections.Counter({p: n for p, n in tails.items() if p not in seen}), room - len(chosen))}
    total = sum(counts.values())
    return [(p, round(math.log(counts[p] / total), 4)) for p in common.most_common(counts, len(counts))]


def unigram(family):
    metaspace = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    if family == "xlm-roberta":
        special, unknown, last = ["<s>", "<pad>", "</s>", "<unk>"], 3, "<mask>"
        cls, sep, normal = ("<s>", 0), ("</s>", 2), normalizers.NFKC()
    elif family == "albert":
        special, unknown, last = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"], 1, None
        cls, sep = ("[CLS]", 2), ("[SEP]", 3)
        normal = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
    else:
        special, unknown, last = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"], 3, "[MASK]"
        cls, sep = ("[CLS]", 1), ("[SEP]", 2)
        normal = normalizers.Sequence([normalizers.NFC(), normalizers.Strip(left=False, right=True)])
    vocab = [(t, 0.0) for t in special] + pieces(240, family == "albert")
    tok = Tokenizer(models.Unigram(vocab, unk_id=unknown, byte_fallback=False))
    tok.normalizer = normal
    tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), metaspace])
    tok.decoder = decoders.Metaspace(replacement="\u2581", prepend_scheme="always")
    tok.post_processor = template(cls, sep, family == "xlm-roberta", family != "xlm-roberta")
    tok.add_special_tokens([AddedToken(t, lstrip=t == "<mask>", special=True, normalized=False)
                            for t in special + ([last] if last else [])])
    name = {"xlm-roberta": "XLMRobertaTokenizer", "albert": "AlbertTokenizer", "deberta-v2": "DebertaV2Tokenizer"}[family]
    tok_config = {
        "bos_token": cls[0], "cls_token": cls[0], "eos_token": sep[0], "mask_token": last or special[-1],
        "pad_token": next(t for t in special if "pad" in t.lower()), "sep_token": sep[0], "tokenizer_class": name,
        "unk_token": special[unknown]}
    if family != "xlm-roberta":
        tok_config["do_lower_case"] = family == "albert"
    return tok, tok_config


def tokenizer(family):
    return (wordpiece if family in ("electra", "mpnet") else unigram)(family)


def save_tokenizer(folder, tok, tok_config, positions):
    """A Unigram tokenizer has no other file; its vocabulary is a list."""
    if isinstance(tok.model, models.WordPiece):
        common.save_tokenizer(folder, tok, tok_config, positions)
        return
    tok.save(str(folder / "tokenizer.json"))
    common.write_json(folder / "tokenizer.json", json.loads((folder / "tokenizer.json").read_text(encoding="utf-8")))
    common.write_json(folder / "tokenizer_config.json", dict(tok_config, model_max_length=positions), 1)
