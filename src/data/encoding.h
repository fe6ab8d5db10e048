/* Encodings of text: their names, telling one from the bytes, converting to UTF-8. UTF-8, UTF-16,
 * windows-1252 and ISO-8859-1 are built in; the C library's iconv does the others. */
#ifndef FT_DATA_ENCODING_H
#define FT_DATA_ENCODING_H

#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* id, name, other spellings (letter case, '-', '_' and blanks do not count), blank-separated */
#define FT_ENCODING_LIST(X)                                                                        \
    X(AUTO, "auto", "")                                                                            \
    X(UTF8, "utf-8", "utf8")                                                                       \
    X(UTF8_BOM, "utf-8-bom", "utf8sig")                                                            \
    X(UTF16, "utf-16", "unicode ucs2")                                                             \
    X(UTF16LE, "utf-16le", "")                                                                     \
    X(UTF16BE, "utf-16be", "")                                                                     \
    X(CP1252, "windows-1252", "cp1252 ansi western")                                               \
    X(LATIN1, "latin-1", "iso88591 l1 iso8859")                                                    \
    X(CP1250, "windows-1250", "cp1250")                                                            \
    X(CP1251, "windows-1251", "cp1251")                                                            \
    X(CP1253, "windows-1253", "cp1253")                                                            \
    X(CP1254, "windows-1254", "cp1254")                                                            \
    X(CP1255, "windows-1255", "cp1255")                                                            \
    X(CP1256, "windows-1256", "cp1256")                                                            \
    X(CP1257, "windows-1257", "cp1257")                                                            \
    X(CP1258, "windows-1258", "cp1258")                                                            \
    X(LATIN2, "iso-8859-2", "latin2 l2")                                                           \
    X(ISO5, "iso-8859-5", "cyrillic")                                                              \
    X(ISO6, "iso-8859-6", "arabic")                                                                \
    X(ISO7, "iso-8859-7", "greek")                                                                 \
    X(ISO8, "iso-8859-8", "hebrew")                                                                \
    X(ISO9, "iso-8859-9", "latin5 l5")                                                             \
    X(ISO15, "iso-8859-15", "latin9 l9")                                                           \
    X(KOI8R, "koi8-r", "koi8")                                                                     \
    X(KOI8U, "koi8-u", "")                                                                         \
    X(IBM437, "cp437", "ibm437")                                                                   \
    X(IBM850, "cp850", "ibm850")                                                                   \
    X(IBM866, "cp866", "ibm866")                                                                   \
    X(MACINTOSH, "macintosh", "macroman mac")                                                      \
    X(SHIFT_JIS, "shift_jis", "sjis shiftjis cp932 windows31j ms932")                              \
    X(EUC_JP, "euc-jp", "ujis")                                                                    \
    X(ISO2022JP, "iso-2022-jp", "jis")                                                             \
    X(GB18030, "gb18030", "gbk gb2312 cp936 windows936")                                           \
    X(BIG5, "big5", "cp950 big5hkscs windows950")                                                  \
    X(EUC_KR, "euc-kr", "cp949 uhc ksc5601 windows949")                                            \
    X(TIS620, "tis-620", "cp874 windows874 iso885911")                                             \
    X(UTF32LE, "utf-32le", "utf32 ucs4")                                                           \
    X(UTF32BE, "utf-32be", "")
/* AUTO: a byte order mark decides; else UTF-8; else windows-1252 where the bytes fit it. */
enum ft_encoding {
#define X(id, name, other) FT_ENCODING_##id,
    FT_ENCODING_LIST(X)
#undef X
        FT_ENCODING_COUNT
};
const char *ft_encoding_name(enum ft_encoding e);
/* Errors: FT_USAGE, with what is known. */
enum ft_status ft_encoding_parse(const char *name, enum ft_encoding *out, struct ft_err *err);
/* Are its bytes those of the text: nothing to convert? */
bool ft_encoding_is_utf8(enum ft_encoding e);

/* Bytes of a byte order mark at the start of the first n bytes, and what it says; 0: there is none
 * that fits `asked`. */
size_t ft_encoding_mark(const void *first, size_t n, enum ft_encoding asked, enum ft_encoding *out);

/* What the bytes of a text that is not UTF-8 look like. Zero it, add all bytes piece by piece. */
struct ft_encoding_survey {
    uint64_t high;          /* bytes above 127 */
    uint64_t utf8, broken;  /* whole UTF-8 sequences above 127; bytes that belong to none */
    uint64_t fits, misfits; /* characters of windows-1252 where they may and may not stand */
    /* private */
    uint8_t tail[4]; /* the last bytes, not looked at yet */
    size_t tail_n;
    uint8_t before, run_before;
    unsigned run; /* letters above 127 that end with `before`, after run_before */
    bool run_odd; /* one of them does not belong there */
};
void ft_encoding_survey_add(struct ft_encoding_survey *s, const uint8_t *p, size_t n, bool last);
/* windows-1252, or UTF8 when it is not likely that. */
enum ft_encoding ft_encoding_survey_end(const struct ft_encoding_survey *s);
/* The bytes of p[0..n) before the first that cannot be of UTF-8; n when all can (a sequence may be
 * cut off at the end). *whole: the bytes up to where a sequence is cut off; *sequences: whole ones
 * above 127 before that. */
size_t ft_encoding_utf8_prefix(const uint8_t *p, size_t n, size_t *whole, size_t *sequences);

/* Converting to UTF-8, piece by piece. What cannot be converted becomes the byte 0xFF. */
struct ft_encoding_coder;
enum ft_status ft_encoding_coder_new(struct ft_encoding_coder **out, enum ft_encoding e,
                                     struct ft_err *err);
void ft_encoding_coder_free(struct ft_encoding_coder *c);
/* At most this many bytes come of n. */
size_t ft_encoding_room(size_t n);
/* Writes to `out` and returns how many bytes. */
size_t ft_encoding_convert(struct ft_encoding_coder *c, const uint8_t *p, size_t n, bool last,
                           char *out);

#endif
