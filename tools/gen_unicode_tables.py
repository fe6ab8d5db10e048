#!/usr/bin/env python3
"""Writes src/data/unicode_tables.c: the character classes that the `tokenizers` library uses.

Each class is asked from the library itself, code point by code point, because its parts carry
tables of different Unicode versions (its punctuation and control classes are years older than its
letters). Needs `pip install tokenizers`; run it again only when the library changes.

    tools/gen_unicode_tables.py > src/data/unicode_tables.c
"""
import tokenizers
from tokenizers import normalizers, pre_tokenizers


def bert(**on):
    flags = dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False)
    return normalizers.BertNormalizer(**{**flags, **on}).normalize_str


clean, cjk, accents = bert(clean_text=True), bert(handle_chinese_chars=True), bert(strip_accents=True)
marks = normalizers.StripAccents().normalize_str
lower = normalizers.Lowercase().normalize_str
words = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str
CLASSES = {
    "SPACE": lambda c: len(words("a" + c + "b")) == 2,
    "PUNCT": lambda c: len(words("a" + c + "b")) == 3,
    "CONTROL": lambda c: clean("a" + c + "b") == "ab",
    "NONSPACING": lambda c: accents("a" + c) == "a",
    "MARK": lambda c: marks("a" + c) == "a",
    "LETTER": lambda c: len(byte_level("a" + c + "a")) == 1,
    "NUMBER": lambda c: len(byte_level("1" + c + "1")) == 1,
    "CJK": lambda c: cjk(c) != c,
}
POINTS = [p for p in range(0x110000) if not 0xD800 <= p < 0xE000]


def ranges(points):
    out = []
    for p in points:
        if out and out[-1][1] == p - 1:
            out[-1][1] = p
        else:
            out.append([p, p])
    return out


def rows(cells, width=100):
    line = "   "
    for cell in cells:
        if len(line) + 1 + len(cell) > width:
            print(line)
            line = "   "
        line += " " + cell
    print(line)


print(f"""/* Character classes as tokenizers {tokenizers.__version__} has them; see unicode.h for their meaning.
 * Made by tools/gen_unicode_tables.py; do not edit. Each class is a list of first and last code
 * points. */
#include "data/unicode_in.h"

/* clang-format off */
static const struct ft_uni_range ranges[] = {{""")
for name, test in CLASSES.items():
    print(f"    /* {name} */")
    rows(f"{{{a:#x}, {b:#x}, FT_UNI_{name}}}," for a, b in ranges(p for p in POINTS if test(chr(p))))
print("};\n\nstatic const struct ft_uni_pair lowers[] = {")
pairs = [(p, lower(chr(p))) for p in POINTS]
rows(f"{{{p:#x}, {ord(s):#x}}}," for p, s in pairs if s != chr(p) and len(s) == 1)
print("""};
/* clang-format on */

const struct ft_uni_range *const ft_uni_ranges = ranges;
const size_t ft_uni_ranges_n = sizeof ranges / sizeof ranges[0];
const struct ft_uni_pair *const ft_uni_lowers = lowers;
const size_t ft_uni_lowers_n = sizeof lowers / sizeof lowers[0];""")
