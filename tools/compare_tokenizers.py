#!/usr/bin/env python3
"""Compares `fettle tokenize` with the `tokenizers` library: ids, tokens, type ids, offsets.

Texts are random Unicode (all planes, combining marks, emoji, special tokens written out, odd blanks),
invalid UTF-8 (the library gets it with U+FFFD in its place), the lines of files given with --text and
the texts of ../shared/ref/tokens; every third one goes in as a pair. A difference is printed and makes
the exit status 1. Needs `pip install tokenizers`.

    tools/compare_tokenizers.py --program build/release/fettle FOLDER_WITH_TOKENIZER_JSON..
"""
import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

from tokenizers import Tokenizer

RANGES = [(0x20, 0x7F)] * 6 + [
    (0, 0x20), (0x7F, 0x250), (0x300, 0x370), (0x370, 0x600), (0x900, 0xE00), (0x1100, 0x1200),
    (0x1E00, 0x2100), (0x2000, 0x2070), (0x3000, 0x3200), (0x4E00, 0x5000), (0xAC00, 0xAD00),
    (0xF900, 0xFB00), (0xFE00, 0xFE10), (0x1F300, 0x1F700), (0, 0x11000), (0x10000, 0x20000)]
BITS = ["", "", " ", "  ", "\t", "'s", "'ll", "[SEP]", "[MASK]", "<mask>", " <mask> ", "</s>",
        "<|endoftext|>", "ing", "the", " a", "123", "e\u0301", "\u00e9", "\u0130"]


def random_text(rng):
    parts = []
    for _ in range(rng.randint(1, 20)):
        low, high = rng.choice(RANGES)
        points = (rng.randrange(low, high) for _ in range(rng.randint(1, 5)))
        parts += [chr(p) for p in points if p and not 0xD800 <= p < 0xE000]
        parts.append(rng.choice(BITS))
    return "".join(parts)


def random_bytes(rng):
    """One line that is not all UTF-8."""
    data = bytearray(random_text(rng).encode())
    for _ in range(rng.randint(1, 5)):
        data.insert(rng.randrange(len(data) + 1), rng.randrange(0x80, 0x100))
    return bytes(b for b in data if b not in (0x0A, 0x0D)) or b"\xff"


def fettle(program, folder, lines, *options):
    command = [program, "tokenize", "--model", folder, "--format", "json", *options]
    done = subprocess.run(command, input=b"\n".join(lines) + b"\n", capture_output=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def wanted(tokenizer, text, pair, special):
    e = tokenizer.encode(text, pair, add_special_tokens=special)
    return {"ids": e.ids, "type_ids": e.type_ids, "offsets": [list(o) for o in e.offsets]}


def compare(name, cases, answers):
    if len(cases) != len(answers):
        print(f"{name}: {len(cases)} texts, {len(answers)} answers")
        return 1
    wrong = 0
    for (text, pair, want), got in zip(cases, answers):
        for key, value in want.items():
            if got.get(key) != value:
                wrong += 1
                if wrong <= 5:
                    print(f"{name}: {key} of {text!r} {pair!r}\n  want {value}\n  got  {got.get(key)}")
                break
    print(f"{name}: {len(cases)} texts, {wrong} differ")
    return wrong


def check(args, folder):
    rng = random.Random(args.seed)
    tokenizer = Tokenizer.from_file(str(Path(folder) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    texts = [random_text(rng) for _ in range(args.count)]
    shared = Path(__file__).resolve().parent.parent / "../shared/ref/tokens"
    for path in sorted(shared.glob("[!q]*.jsonl")):
        rows = path.read_text(encoding="utf-8").split("\n")
        texts += [json.loads(row)["text"] for row in rows if row and "\\u0000" not in row]
    for path in args.text:
        texts += Path(path).read_text(encoding="utf-8", errors="replace").splitlines()[: args.lines]
    wrong = 0
    for special in (True, False):
        option = [] if special else ["--no_special"]
        pairs = [texts[i * 7 % len(texts)] if i % 3 == 0 else None for i in range(len(texts))]
        lines = [json.dumps(t if p is None else {"text": t, "text_pair": p}).encode()
                 for t, p in zip(texts, pairs)]
        cases = [(t, p, wanted(tokenizer, t, p, special)) for t, p in zip(texts, pairs)]
        answers = fettle(args.program, folder, lines, "--input_format", "jsonl", *option)
        wrong += compare(f"{folder} special={special}", cases, answers)
    raw = [random_bytes(rng) for _ in range(args.count)]
    cases = [(b, None, wanted(tokenizer, b.decode(errors="replace"), None, True)) for b in raw]
    return wrong + compare(f"{folder} invalid UTF-8", cases, fettle(args.program, folder, raw))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--program", default="build/release/fettle")
    parser.add_argument("--count", type=int, default=1000, help="random texts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--text", action="append", default=[], help="a file of one text a line")
    parser.add_argument("--lines", type=int, default=2000, help="of each such file")
    args = parser.parse_args()
    sys.exit(1 if sum(check(args, folder) for folder in args.folders) else 0)


if __name__ == "__main__":
    main()
