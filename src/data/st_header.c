/* The header of a safetensors file: see st_header.h. A strict JSON scanner of its own, because the
 * form is fixed (an object of small objects), offsets go beyond what a double holds, names must be
 * unique, and an error should say at which byte it is. Keys of a tensor that we do not know are
 * skipped, as the official library does; the depth of such a value is limited. */
#include "data/st_header.h"
#include "util/hash.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 32 };
#define ADVICE "the file is damaged: download or convert it again"

struct scan {
    const uint8_t *text; /* the JSON */
    size_t n, at;
    const char *name; /* of the file */
    size_t key_at;    /* where the key that next_key read last begins */
    struct ft_arena *arena;
    struct ft_str buf; /* the string that was read last */
    struct ft_err *err;
};

/* `at` counts from the start of the file, as a hex viewer shows it. */
static enum ft_status fail_at(struct scan *s, size_t at, const char *what)
{
    return ft_fail(s->err, FT_FORMAT, "%s: header, byte %zu: %s; " ADVICE, s->name, at + 8, what);
}

static void skip_blanks(struct scan *s)
{
    while (s->at < s->n && (s->text[s->at] == ' ' || s->text[s->at] == '\n' ||
                            s->text[s->at] == '\r' || s->text[s->at] == '\t'))
        s->at++;
}

static int peek(struct scan *s)
{
    skip_blanks(s);
    return s->at < s->n ? s->text[s->at] : -1;
}

static enum ft_status expect(struct scan *s, char c)
{
    int found = peek(s);
    if (found == (unsigned char)c) {
        s->at++;
        return FT_OK;
    }
    char text[64];
    if (found < 0)
        snprintf(text, sizeof text, "the JSON ends where '%c' was expected", c);
    else if (found > 0x20 && found < 0x7f)
        snprintf(text, sizeof text, "found '%c', expected '%c'", found, c);
    else
        snprintf(text, sizeof text, "found byte 0x%02x, expected '%c'", (unsigned)found, c);
    return fail_at(s, s->at, text);
}

static bool read_hex4(struct scan *s, uint32_t *out)
{
    if (s->n - s->at < 4) return false;
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t c = s->text[s->at + (size_t)i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16u;
        if (digit > 15) return false;
        v = v << 4 | digit;
    }
    s->at += 4;
    *out = v;
    return true;
}

static void add_utf8(struct ft_str *out, uint32_t c)
{
    if (c < 0x80) {
        ft_str_addc(out, (char)c);
        return;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    ft_str_addc(out, (char)(lead[more] | c >> (6 * more)));
    while (more--)
        ft_str_addc(out, (char)(0x80 | (c >> (6 * more) & 0x3f)));
}

static enum ft_status read_escape(struct scan *s)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    size_t start = s->at - 1;
    uint32_t c, low;
    if (s->at >= s->n) return fail_at(s, start, "the JSON ends inside a string");
    char kind = (char)s->text[s->at++];
    if (kind != 'u') {
        const char *p = kind ? strchr(from, kind) : NULL;
        if (!p) return fail_at(s, start, "an unknown escape in a string");
        ft_str_addc(&s->buf, to[p - from]);
        return FT_OK;
    }
    if (!read_hex4(s, &c)) return fail_at(s, start, "an invalid \\u escape in a string");
    if (c >= 0xd800 && c < 0xdc00) {
        bool pair = s->n - s->at >= 6 && s->text[s->at] == '\\' && s->text[s->at + 1] == 'u';
        if (pair) s->at += 2;
        if (!pair || !read_hex4(s, &low) || low < 0xdc00 || low > 0xdfff)
            return fail_at(s, start, "half of a surrogate pair in a string");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c >= 0xdc00 && c < 0xe000) {
        return fail_at(s, start, "half of a surrogate pair in a string");
    }
    add_utf8(&s->buf, c);
    return FT_OK;
}

/* Leaves the text of a string in s->buf. */
static enum ft_status read_string(struct scan *s)
{
    enum ft_status st = expect(s, '"');
    if (st) return st;
    size_t start = s->at - 1;
    ft_str_clear(&s->buf);
    for (;;) {
        size_t from = s->at;
        while (s->at < s->n && s->text[s->at] >= 0x20 && s->text[s->at] != '"' &&
               s->text[s->at] != '\\')
            s->at++;
        ft_str_add(&s->buf, (const char *)s->text + from, s->at - from);
        if (s->at >= s->n) return fail_at(s, start, "an unterminated string");
        uint8_t c = s->text[s->at++];
        if (c == '"') return FT_OK;
        if (c != '\\') return fail_at(s, s->at - 1, "a control character in a string");
        if ((st = read_escape(s))) return st;
    }
}

/* The string read last, copied; no NUL may be in it, because names are handled as C strings. */
static enum ft_status keep_string(struct scan *s, size_t start, const char **out)
{
    const char *text = ft_str_text(&s->buf);
    if (memchr(text, 0, s->buf.len)) return fail_at(s, start, "a NUL character in a name or value");
    *out = ft_arena_strndup(s->arena, text, s->buf.len);
    return FT_OK;
}

/* A whole number without sign, point or exponent, as sizes and offsets are written. */
static enum ft_status read_u64(struct scan *s, uint64_t *out)
{
    int c = peek(s);
    size_t start = s->at;
    uint64_t v = 0;
    if (c < '0' || c > '9') return fail_at(s, start, "expected a whole number of 0 or more");
    while (s->at < s->n && s->text[s->at] >= '0' && s->text[s->at] <= '9') {
        unsigned digit = s->text[s->at++] - (unsigned)'0';
        if (v > (UINT64_MAX - digit) / 10)
            return fail_at(s, start, "a number above 18446744073709551615");
        v = v * 10 + digit;
    }
    if (c == '0' && s->at - start > 1) return fail_at(s, start, "a number with leading zeros");
    if (s->at < s->n && strchr(".eE", s->text[s->at]) && s->text[s->at])
        return fail_at(s, start, "expected a whole number, found a fraction or exponent");
    *out = v;
    return FT_OK;
}

static bool skip_digits(struct scan *s)
{
    size_t start = s->at;
    while (s->at < s->n && s->text[s->at] >= '0' && s->text[s->at] <= '9')
        s->at++;
    return s->at > start;
}

static enum ft_status skip_number(struct scan *s)
{
    size_t start = s->at;
    if (s->text[s->at] == '-') s->at++;
    size_t whole = s->at;
    bool ok = skip_digits(s) && (s->text[whole] != '0' || s->at - whole == 1);
    if (ok && s->at < s->n && s->text[s->at] == '.') {
        s->at++;
        ok = skip_digits(s);
    }
    if (ok && s->at < s->n && (s->text[s->at] | 32) == 'e') {
        s->at++;
        if (s->at < s->n && (s->text[s->at] == '+' || s->text[s->at] == '-')) s->at++;
        ok = skip_digits(s);
    }
    return ok ? FT_OK : fail_at(s, start, "an invalid number");
}

static enum ft_status skip_value(struct scan *s, int depth)
{
    enum ft_status st = FT_OK;
    int c = peek(s);
    if (depth > DEPTH_MAX) return fail_at(s, s->at, "values nested too deeply");
    if (c == '"') return read_string(s);
    if (c == '-' || (c >= '0' && c <= '9')) return skip_number(s);
    if (c == '{' || c == '[') {
        char end = c == '{' ? '}' : ']';
        s->at++;
        if (peek(s) == end) {
            s->at++;
            return FT_OK;
        }
        for (;;) {
            if (c == '{' && ((st = read_string(s)) || (st = expect(s, ':')))) return st;
            if ((st = skip_value(s, depth + 1))) return st;
            if (peek(s) != ',') return expect(s, end);
            s->at++;
        }
    }
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if (s->n - s->at >= n && !memcmp(s->text + s->at, words[i], n)) {
            s->at += n;
            return FT_OK;
        }
    }
    return fail_at(s, s->at,
                   c < 0 ? "the JSON ends where a value was expected"
                         : "found no JSON value where one was expected");
}

/* Steps through `{` key `:` value `,` .. `}`: true while there is a key, which is in s->buf then.
 */
static bool next_key(struct scan *s, bool *first, enum ft_status *st)
{
    if (*first) {
        if ((*st = expect(s, '{'))) return false;
        if (peek(s) == '}') {
            s->at++;
            return false;
        }
        *first = false;
    } else if (peek(s) != ',') {
        *st = expect(s, '}');
        return false;
    } else {
        s->at++;
    }
    peek(s);
    s->key_at = s->at;
    return !(*st = read_string(s));
}

static enum ft_status read_shape(struct scan *s, struct ft_st_tensor *t)
{
    enum ft_status st = expect(s, '[');
    uint64_t v;
    if (st) return st;
    if (peek(s) == ']') {
        s->at++;
        return FT_OK;
    }
    for (;;) {
        if (t->rank == FT_ST_RANK_MAX)
            return ft_fail(s->err, FT_FORMAT, "%s: tensor %s, byte %zu: more than %d dimensions",
                           s->name, t->name, s->at + 8, FT_ST_RANK_MAX);
        size_t start = s->at;
        if ((st = read_u64(s, &v))) return st;
        if (v > SIZE_MAX) return fail_at(s, start, "a dimension too large for this machine");
        t->shape[t->rank++] = (size_t)v;
        if (peek(s) != ',') return expect(s, ']');
        s->at++;
    }
}

static enum ft_status read_offsets(struct scan *s, uint64_t offsets[2])
{
    enum ft_status st;
    if ((st = expect(s, '[')) || (st = read_u64(s, &offsets[0])) || (st = expect(s, ',')) ||
        (st = read_u64(s, &offsets[1])))
        return st;
    return expect(s, ']');
}

/* The object of one tensor; t->name is set. Leaves begin in t->offset and the length in size_bytes.
 */
static enum ft_status read_tensor(struct scan *s, struct ft_st_tensor *t)
{
    enum { DTYPE = 1, SHAPE = 2, OFFSETS = 4 };
    static const char *const keys[] = {"dtype", "shape", "data_offsets"};
    unsigned seen = 0;
    bool first = true;
    enum ft_status st = FT_OK;
    uint64_t offsets[2] = {0, 0};
    size_t start = s->at;
    while (next_key(s, &first, &st)) {
        size_t k = 0, key_at = s->key_at;
        while (k < 3 && (strlen(keys[k]) != s->buf.len || memcmp(keys[k], s->buf.data, s->buf.len)))
            k++;
        if (k < 3 && seen & 1u << k) return fail_at(s, key_at, "a duplicate key");
        if ((st = expect(s, ':'))) return st;
        if (k == 3) {
            if ((st = skip_value(s, 0))) return st;
            continue;
        }
        seen |= 1u << k;
        if (k == 0) {
            if ((st = read_string(s))) return st;
            if (!ft_dtype_parse(ft_str_text(&s->buf), s->buf.len, &t->dtype))
                return ft_fail(
                    s->err, FT_FORMAT,
                    "%s: tensor %s, byte %zu: unknown dtype \"%.40s\", expected F32, F16, "
                    "BF16 or another type of the format; convert the file to F32",
                    s->name, t->name, key_at + 8, ft_str_text(&s->buf));
        } else if ((st = k == 1 ? read_shape(s, t) : read_offsets(s, offsets))) {
            return st;
        }
    }
    if (st) return st;
    for (size_t k = 0; k < 3; k++) {
        if (!(seen & 1u << k))
            return ft_fail(s->err, FT_FORMAT, "%s: tensor %s, byte %zu: has no %s; " ADVICE,
                           s->name, t->name, start + 8, keys[k]);
    }
    if (offsets[1] < offsets[0])
        return ft_fail(s->err, FT_FORMAT,
                       "%s: tensor %s: data_offsets end (%llu) before they begin (%llu); " ADVICE,
                       s->name, t->name, (unsigned long long)offsets[1],
                       (unsigned long long)offsets[0]);
    if (offsets[1] - offsets[0] > SIZE_MAX)
        return ft_fail(s->err, FT_FORMAT, "%s: tensor %s: is larger than this machine can address",
                       s->name, t->name);
    t->offset = offsets[0];
    t->size_bytes = (size_t)(offsets[1] - offsets[0]);
    return FT_OK;
}

/* Size by shape and type against the size by offsets. */
static enum ft_status check_size(struct scan *s, struct ft_st_tensor *t)
{
    size_t bits, want;
    char shape[192];
    t->count = 1;
    for (size_t i = 0; i < t->rank; i++) {
        if (ft_size_mul(t->count, t->shape[i], &t->count))
            return ft_fail(s->err, FT_FORMAT,
                           "%s: tensor %s: shape %s has too many elements to count", s->name,
                           t->name, ft_st_shape_text(t, shape, sizeof shape));
    }
    if (ft_size_mul(t->count, ft_dtype_bits(t->dtype), &bits))
        return ft_fail(s->err, FT_FORMAT, "%s: tensor %s: shape %s of %s is too large to count",
                       s->name, t->name, ft_st_shape_text(t, shape, sizeof shape),
                       ft_dtype_name(t->dtype));
    want = bits / 8;
    if (bits % 8)
        return ft_fail(s->err, FT_FORMAT,
                       "%s: tensor %s: %zu elements of %s do not fill whole bytes", s->name,
                       t->name, t->count, ft_dtype_name(t->dtype));
    if (want != t->size_bytes)
        return ft_fail(
            s->err, FT_FORMAT,
            "%s: tensor %s: shape %s of %s takes %zu bytes, but data_offsets give %zu; " ADVICE,
            s->name, t->name, ft_st_shape_text(t, shape, sizeof shape), ft_dtype_name(t->dtype),
            want, t->size_bytes);
    return FT_OK;
}

static int by_offset(const void *a, const void *b)
{
    const struct ft_st_tensor *x = a, *y = b;
    if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
    if (x->size_bytes != y->size_bytes) return x->size_bytes < y->size_bytes ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The tensors must tile the data area: no overlap, no hole, nothing before, between or after. */
static enum ft_status check_layout(struct scan *s, struct ft_st_header *h, size_t n)
{
    size_t start = 8 + s->n;
    uint64_t area = n - start, end = 0;
    if (h->count) qsort(h->tensors, h->count, sizeof *h->tensors, by_offset);
    for (size_t i = 0; i < h->count; i++) {
        struct ft_st_tensor *t = &h->tensors[i];
        if (t->offset != end)
            return ft_fail(
                s->err, FT_FORMAT,
                "%s: tensor %s: begins at byte %llu of the data, expected %llu (%s); " ADVICE,
                s->name, t->name, (unsigned long long)t->offset, (unsigned long long)end,
                t->offset < end ? "it overlaps the tensor before it" : "there is a gap before it");
        if (t->size_bytes > area - end)
            return ft_fail(s->err, FT_FORMAT,
                           "%s: tensor %s: ends at byte %llu of the data, but the file holds only "
                           "%llu bytes of data; the file is truncated: download or copy it again",
                           s->name, t->name, (unsigned long long)t->offset + t->size_bytes,
                           (unsigned long long)area);
        end += t->size_bytes;
        t->offset += start;
    }
    if (end != area)
        return ft_fail(s->err, FT_FORMAT,
                       "%s: %llu extra bytes after the last tensor (byte %llu); " ADVICE, s->name,
                       (unsigned long long)(area - end), (unsigned long long)(start + end));
    return FT_OK;
}

static enum ft_status read_meta(struct scan *s, struct ft_st_header *h)
{
    size_t cap = 0;
    bool first = true;
    enum ft_status st = FT_OK;
    if (peek(s) == 'n') return skip_value(s, 0); /* null: the official library takes it */
    while (next_key(s, &first, &st)) {
        ft_grow(&h->meta, &cap, 2 * h->meta_count + 2, sizeof *h->meta);
        if ((st = keep_string(s, s->key_at, &h->meta[2 * h->meta_count])) || (st = expect(s, ':')))
            return st;
        if (peek(s) != '"')
            return fail_at(s, s->at, "a value of __metadata__ that is not a string");
        if ((st = read_string(s)) ||
            (st = keep_string(s, s->key_at, &h->meta[2 * h->meta_count + 1])))
            return st;
        h->meta_count++;
    }
    return st;
}

static enum ft_status read_all(struct scan *s, struct ft_st_header *h, struct ft_strmap *names)
{
    size_t cap = 0;
    bool first = true, meta = false;
    enum ft_status st = FT_OK;
    while (next_key(s, &first, &st)) {
        size_t key_at = s->key_at;
        const char *key = "";
        if ((st = keep_string(s, key_at, &key)) || (st = expect(s, ':'))) return st;
        if (!strcmp(key, "__metadata__")) {
            if (meta) return fail_at(s, key_at, "duplicate __metadata__");
            meta = true;
            if ((st = read_meta(s, h))) return st;
            continue;
        }
        size_t len = strlen(key);
        if (!len) return fail_at(s, key_at, "a tensor without a name");
        if (ft_strmap_get(names, key, len))
            return ft_fail(s->err, FT_FORMAT, "%s: tensor %s, byte %zu: duplicate name; " ADVICE,
                           s->name, key, key_at + 8);
        ft_grow(&h->tensors, &cap, h->count + 1, sizeof *h->tensors);
        struct ft_st_tensor *t = &h->tensors[h->count];
        *t = (struct ft_st_tensor){.name = key, .name_len = len};
        if ((st = read_tensor(s, t)) || (st = check_size(s, t))) return st;
        ft_strmap_put(names, key, len, h->count++);
    }
    if (st) return st;
    if (peek(s) >= 0) return fail_at(s, s->at, "text after the JSON object");
    return FT_OK;
}

static uint64_t length_of(const uint8_t first[8])
{
    uint64_t len = 0;
    for (size_t i = 8; i-- > 0;)
        len = len << 8 | first[i];
    return len;
}

size_t ft_st_header_length(const uint8_t first[8], size_t n)
{
    uint64_t len = length_of(first);
    return n < 8 || len > FT_ST_HEADER_MAX || len > n - 8 ? 8 : 8 + (size_t)len;
}

enum ft_status ft_st_header_parse(struct ft_st_header *h, const uint8_t *file, size_t n,
                                  const char *name, struct ft_arena *arena, struct ft_err *err)
{
    memset(h, 0, sizeof *h);
    if (n < 8)
        return ft_fail(err, FT_FORMAT,
                       "%s: is %zu bytes long, a safetensors file begins with 8 bytes of header "
                       "length; " ADVICE,
                       name, n);
    uint64_t len = length_of(file);
    if (len > FT_ST_HEADER_MAX)
        return ft_fail(
            err, FT_FORMAT,
            "%s: byte 0: header length %llu is above the limit of %llu; is it a safetensors "
            "file? If so, " ADVICE,
            name, (unsigned long long)len, FT_ST_HEADER_MAX);
    if (len > n - 8)
        return ft_fail(err, FT_FORMAT,
                       "%s: byte 0: header length %llu, but only %zu bytes follow; the file is "
                       "truncated: download or copy it again",
                       name, (unsigned long long)len, n - 8);
    struct scan s = {.text = file + 8, .n = (size_t)len, .name = name, .arena = arena, .err = err};
    struct ft_strmap names = {0};
    size_t bad = ft_utf8_prefix((const char *)s.text, s.n);
    enum ft_status st = bad < s.n ? fail_at(&s, bad, "is not UTF-8") : read_all(&s, h, &names);
    if (!st) st = check_layout(&s, h, n);
    ft_strmap_release(&names);
    ft_str_release(&s.buf);
    if (st) {
        free(h->tensors);
        free(h->meta);
        memset(h, 0, sizeof *h);
    }
    return st;
}
