"""tests/reference/tokens: ids, types and offsets of the tokenizers library on hard texts."""
from . import common

TRICKY = [
    "", " ", "\n", "\t \r\n", "a", "A", "Hello", "hello world", "  two  blanks  ", "tab\there",
    "Is it possible to renew the book?", "I'd've thought they're, we'll, you're, he's, isn't, I'm",
    "I'D SHE'S DON'T", "don’t ‘quote’ “me”", "state-of-the-art", "wait... what?!", "(a)[b]{c}<d>",
    "a/b\\c|d", "e-mail: jo.doe+x@example.org, https://example.org/a?b=c&d=%20#e", "$1,234.56 100% #7",
    "3.14159 1e-9 007 2026-11-23T10:20:30Z", "x²+y³=z½ №5 ①②③ Ⅷ", "١٢٣ ४५६ 一二三",
    "café Café CAFÉ", "cafe\u0301", "naïve façade Ærø Zoë Ångström", "Ä Ö Ü ä ö ü ß ẞ",
    "İstanbul ıI", "Ελληνικά ΣΊΣΥΦΟΣ", "Привет, мир! Ёлка", "שלום עולם", "مَرحَبًا بالعالم",
    "नमस्ते दुनिया", "สวัสดีชาวโลก", "你好，世界。", "日本語テスト カタカナ ひらがな", "한국어 텍스트",
    "\u1112\u1161\u11ab\u1100\u1173\u11af", "mixed中文and英文text", "𠀀𠀁 ideographs beyond the plane",
    "😀", "😀😃😄 smile", "👩‍👩‍👧‍👦 family", "👍🏽 tone", "🇩🇰 flag", "❤️ heart", "a😀b",
    "z\u0300\u0301\u0302\u0303\u0304\u0305", "\u0301leading mark", "zero\u200bwidth\u200djoin\ufeffbom",
    "soft\u00adhyphen", "non\u00a0breaking\u202fspace\u3000wide\u2003em", "line\u2028sep\u2029par",
    "control \x00 \x01 \x07 \x1b[31mred\x1b[0m \x7f \x85 end", "bell\x07", "replacement \ufffd char",
    "private \ue000 use, noncharacter \uffff", "[CLS] text [SEP] more [MASK] [PAD] [UNK]",
    "[MASK]", "[mask] [Mask]", "a[MASK]b", "[CLS][SEP]", "<s> text </s> more <mask> <pad> <unk>",
    "<mask>", "  <mask>  ", "a<mask>b", "one <mask>.", "<s></s>", "<|endoftext|>", "a <|endoftext|> b",
    "##ing ##", "#", "Ġ Ċ", "-", "--", "---", "_", "__init__", "snake_case_name", "CamelCaseName",
    "w" * 99, "w" * 100, "w" * 101, "w" * 300, "é" * 100, "word" * 60 + " end",
    "aaaaaaaaaaaaaaaaaaaaaaaa", "!!!!!!!!!!", "。。。", "a\nb\n\nc\n", "\n\n\nstart", "end   \n  ",
    "ﬁ ﬂ ligatures", "ｆｕｌｌｗｉｄｔｈ １２３", "ǅ ǆ titlecase", "ŉ ŀ", "Å Å", "Ω Ω", "K K",
    "½ ¼ ‰ € £ ¥ ₿ © ® ™", "→ ⇒ ∀ ∃ ∅ ∞ ≠", "♠ ♥ ♦ ♣", "“ ” „ ‚ ‘ ’ « » … – —", "¿qué? ¡sí!",
    "The reading room is freezing.", "Loan, account, event or building?",
    "Renew everything please. Thanks!", "café Ærø’s crème brûlée costs 45 kr.",
]

PAIRS = [
    ("", ""), ("", "second"), ("first", ""), ("How many books?", "four thousand books"),
    ("When did the harbour freeze?", "In the winter of 1954 the harbour froze."),
    ("a b c d e f g h i j", "k l m"), ("a b c", "d e f g h i j k l m n o"),
    ("one two three four five six", "one two three four five six"),
    ("[SEP] inside", "and [CLS] here"), ("emoji 😀", "和中文"),
]

KINDS = {
    "wordpiece-uncased": lambda: common.wordpiece(600),
    "wordpiece-cased": lambda: common.wordpiece(600, lowercase=False),
    "bytes-roberta": lambda: common.byte_level("roberta", 300),
    "bytes-gpt2": lambda: common.byte_level("gpt2", 300, trim_offsets=False),
}


def singles(tok):
    rows = []
    for i, text in enumerate(TRICKY + [t for t, _ in common.mails()[:40]]):
        bare = tok.encode(text, add_special_tokens=False)
        full = tok.encode(text)
        rows.append({
            "src": f"own[{i}]", "text": text, "ids": bare.ids,
            "char_offsets": [list(o) for o in bare.offsets], "tokens": full.tokens,
            "full_ids": full.ids, "full_type_ids": full.type_ids,
            "full_offsets": [list(o) for o in full.offsets]})
    return rows


def pairs(tok):
    """Pairs whole and cut to max_length, longest first as the library does it."""
    rows = []
    for a, b in PAIRS:
        for max_length in (None, 7, 8, 9, 12, 16):
            if max_length:
                tok.enable_truncation(max_length, strategy="longest_first")
            enc = tok.encode(a, b)
            tok.no_truncation()
            rows.append({
                "text": a, "text_pair": b, "max_length": max_length, "ids": enc.ids,
                "type_ids": enc.type_ids, "offsets": [list(o) for o in enc.offsets]})
    for text, _ in common.mails()[:6]:
        for max_length in (6, 16):
            tok.enable_truncation(max_length)
            enc = tok.encode(text)
            tok.no_truncation()
            rows.append({
                "text": text, "text_pair": None, "max_length": max_length, "ids": enc.ids,
                "type_ids": enc.type_ids, "offsets": [list(o) for o in enc.offsets]})
    return rows


def windows(tok, name):
    """Question and context, the context cut into windows that overlap by `stride` tokens."""
    rows = []
    for article in common.articles():
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"][:2]:
                for max_length, stride in ((48, 12), (64, 0), (384, 128)):
                    tok.enable_truncation(max_length, stride=stride, strategy="only_second")
                    enc = tok.encode(qa["question"], paragraph["context"])
                    tok.no_truncation()
                    parts = [enc] + enc.overflowing
                    rows.append({
                        "model": name, "max_length": max_length, "stride": stride,
                        "strategy": "only_second", "question": qa["question"],
                        "context": paragraph["context"], "error": None,
                        "windows": [{
                            "ids": w.ids, "type_ids": w.type_ids,
                            "context_char_offsets": [
                                list(o) for o, s in zip(w.offsets, w.sequence_ids) if s == 1],
                        } for w in parts]})
    return rows


def make(folder):
    for name, build in KINDS.items():
        tok, config = build()
        common.save_tokenizer(folder / name, tok, config, 512)
        common.write_jsonl(folder / f"{name}.jsonl", singles(tok))
        common.write_jsonl(folder / f"{name}-pairs.jsonl", pairs(tok))
        if name in ("wordpiece-uncased", "bytes-roberta"):
            common.write_jsonl(folder / f"{name}-windows.jsonl", windows(tok, name)[::3][:20])
