"""Texts and tokenizers that the reference cases share.

The vocabularies are learned here in a few plain lines, not by the library's trainers, whose order of
equals depends on a hash seed: the same texts must give the same files. The tokenizers themselves
are the library's.
"""
import collections
import csv
import json
import pathlib

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def mails():
    """[(text, label)] of the sample, in file order."""
    with open(ROOT / "assets/data/library-mail.csv", encoding="utf-8", newline="") as f:
        return [(row["text"], row["label"]) for row in csv.DictReader(f)]


def articles():
    with open(ROOT / "assets/data/harbour-qa.json", encoding="utf-8") as f:
        return json.load(f)["data"]


def corpus():
    """All of our own texts, one string each."""
    texts = [text for text, _ in mails()]
    for article in articles():
        for paragraph in article["paragraphs"]:
            texts.append(paragraph["context"])
            texts += [qa["question"] for qa in paragraph["qas"]]
    return texts


def most_common(counter, n):
    """The n most frequent keys; equals in the order of their text."""
    return [k for k, _ in sorted(counter.items(), key=lambda kv: (-kv[1], kv[0]))[:n]]


def wordpiece(size, lowercase=True, extra=()):
    """A WordPiece tokenizer: letters, ##letters, then frequent words and word ends."""
    normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=lowercase)
    splitter = pre_tokenizers.BertPreTokenizer()
    words, tails, letters = collections.Counter(), collections.Counter(), set()
    for text in list(corpus()) + list(extra):
        for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text)):
            words[word] += 1
            letters.update(word)
            for i in range(1, len(word) - 1):
                tails["##" + word[i:]] += 1
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocab += sorted(letters) + ["##" + c for c in sorted(letters) if c.isalnum()]
    room = size - len(vocab)
    assert room > 20, "vocabulary too small for the letters of the texts"
    seen = set(vocab)
    long_words = collections.Counter({w: n for w, n in words.items() if w not in seen})
    vocab += most_common(long_words, room * 2 // 3)
    seen = set(vocab)
    vocab += most_common(
        collections.Counter({t: n * len(t) for t, n in tails.items() if t not in seen}),
        size - len(vocab))
    tok = Tokenizer(models.WordPiece({t: i for i, t in enumerate(vocab)}, unk_token="[UNK]"))
    tok.normalizer = normalizer
    tok.pre_tokenizer = splitter
    tok.decoder = decoders.WordPiece()
    tok.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tok.add_special_tokens(vocab[:5])
    config = {
        "cls_token": "[CLS]", "do_lower_case": lowercase, "mask_token": "[MASK]",
        "pad_token": "[PAD]", "sep_token": "[SEP]", "tokenizer_class": "BertTokenizer",
        "unk_token": "[UNK]"}
    return tok, config


def learn_merges(texts, n):
    """Byte-pair merges: the most frequent pair, equals in the order of their text."""
    splitter = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words = collections.Counter()
    for text in texts:
        for word, _ in splitter.pre_tokenize_str(text):
            words[tuple(word)] += 1
    merges = []
    while len(merges) < n:
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        best = most_common(pairs, 1)[0]
        merges.append(best)
        joined = collections.Counter()
        for word, count in words.items():
            out, i = [], 0
            while i < len(word):
                if word[i:i + 2] == best:
                    out.append(word[i] + word[i + 1])
                    i += 2
                else:
                    out.append(word[i])
                    i += 1
            joined[tuple(out)] += count
        words = joined
    return merges


def byte_level(kind, merges_count, trim_offsets=True):
    """A byte-level BPE tokenizer; kind: "roberta" (with <s>..) or "gpt2" (<|endoftext|> only)."""
    special = ["<s>", "<pad>", "</s>", "<unk>"] if kind == "roberta" else ["<|endoftext|>"]
    merges = learn_merges(corpus(), merges_count)
    vocab = special + sorted(pre_tokenizers.ByteLevel.alphabet()) + [a + b for a, b in merges]
    if kind == "roberta":
        vocab.append("<mask>")
        special.append("<mask>")
    ids = {t: i for i, t in enumerate(vocab)}
    tok = Tokenizer(models.BPE(ids, merges))
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    if kind == "roberta":
        tok.post_processor = processors.RobertaProcessing(
            ("</s>", ids["</s>"]), ("<s>", ids["<s>"]), trim_offsets=trim_offsets,
            add_prefix_space=False)
        config = {
            "add_prefix_space": False, "bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>",
            "mask_token": "<mask>", "pad_token": "<pad>", "sep_token": "</s>",
            "tokenizer_class": "RobertaTokenizer", "unk_token": "<unk>"}
    else:
        tok.post_processor = processors.ByteLevel(trim_offsets=trim_offsets)
        config = {
            "add_prefix_space": False, "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>",
            "tokenizer_class": "GPT2Tokenizer", "unk_token": "<|endoftext|>"}
    # As the published models have it: the blank before <mask> belongs to it.
    tok.add_special_tokens([AddedToken(t, lstrip=t == "<mask>", special=True) for t in special])
    return tok, config


def save_tokenizer(folder, tok, config, positions):
    """tokenizer.json, the vocabulary in its older form, tokenizer_config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    tok.save(str(folder / "tokenizer.json"))
    data = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    # A vocabulary in the order of its ids, whatever order the library writes it in.
    data["model"]["vocab"] = dict(sorted(data["model"]["vocab"].items(), key=lambda kv: kv[1]))
    write_json(folder / "tokenizer.json", data)
    vocab = data["model"]["vocab"]
    if data["model"]["type"] == "WordPiece":
        (folder / "vocab.txt").write_text("".join(t + "\n" for t in vocab), encoding="utf-8")
    else:
        write_json(folder / "vocab.json", vocab)
        lines = [m if isinstance(m, str) else " ".join(m) for m in data["model"]["merges"]]
        (folder / "merges.txt").write_text(
            "#version: 0.2\n" + "".join(m + "\n" for m in lines), encoding="utf-8")
    write_json(folder / "tokenizer_config.json", dict(config, model_max_length=positions), 1)


def write_json(path, value, indent=None):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=indent) + "\n", encoding="utf-8")


def write_jsonl(path, rows):
    path.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
