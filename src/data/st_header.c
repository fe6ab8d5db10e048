/* The header of a safetensors file: see st_header.h. Read by the strict scanner: offsets go beyond
 * what a double holds, names must be unique, and an error should say at which byte it is. Keys of a
 * tensor that we do not know are skipped, as the official library does. */
#include "data/st_header.h"
#include "data/jscan.h"
#include "util/hash.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADVICE "the file is damaged: download or convert it again"

struct scan {
    struct ft_jscan json;
    const char *text; /* the JSON */
    size_t n;
    const char *name; /* of the file */
    struct ft_arena *arena;
    struct ft_err *err;
};

/* The byte of the file that p is, as a hex viewer shows it. */
static size_t byte_of(const struct scan *s, const char *p)
{
    return (size_t)(p - s->text) + 8;
}

static enum ft_status fail_at(struct scan *s, const char *p, const char *what)
{
    return ft_fail(s->err, FT_FORMAT, "%s: header, byte %zu: %s; " ADVICE, s->name, byte_of(s, p),
                   what);
}

/* What the scanner found wrong. */
static enum ft_status fail_scan(struct scan *s)
{
    const struct ft_jscan *json = &s->json;
    unsigned char found = json->p < json->end ? (unsigned char)*json->p : 0;
    char text[64];
    if (!json->wanted)
        snprintf(text, sizeof text, "%s", json->why);
    else if (json->p == json->end)
        snprintf(text, sizeof text, "the JSON ends where '%c' was expected", json->wanted);
    else if (found > 0x20 && found < 0x7f)
        snprintf(text, sizeof text, "found '%c', expected '%c'", found, json->wanted);
    else
        snprintf(text, sizeof text, "found byte 0x%02x, expected '%c'", found, json->wanted);
    return fail_at(s, json->p, text);
}

/* A string, copied; no NUL may be in it, because names are handled as C strings. */
static enum ft_status keep_string(struct scan *s, struct ft_text text, const char **out)
{
    if (text.n && memchr(text.data, 0, text.n))
        return fail_at(s, s->json.start, "a NUL character in a name or value");
    *out = ft_arena_strndup(s->arena, text.data, text.n);
    return FT_OK;
}

static enum ft_status read_shape(struct scan *s, struct ft_st_tensor *t)
{
    struct ft_jscan *json = &s->json;
    uint64_t v;
    if (!ft_jscan_enter(json, '[')) return fail_scan(s);
    while (ft_jscan_item(json)) {
        const char *start = json->p;
        if (t->rank == FT_ST_RANK_MAX)
            return ft_fail(s->err, FT_FORMAT, "%s: tensor %s, byte %zu: more than %d dimensions",
                           s->name, t->name, byte_of(s, start), FT_ST_RANK_MAX);
        if (!ft_jscan_u64(json, &v)) return fail_scan(s);
        if (v > SIZE_MAX) return fail_at(s, start, "a dimension too large for this machine");
        t->shape[t->rank++] = (size_t)v;
    }
    return json->why ? fail_scan(s) : FT_OK;
}

static enum ft_status read_offsets(struct scan *s, uint64_t offsets[2])
{
    struct ft_jscan *json = &s->json;
    bool ok = ft_jscan_expect(json, '[') && ft_jscan_u64(json, &offsets[0]) &&
              ft_jscan_expect(json, ',') && ft_jscan_u64(json, &offsets[1]) &&
              ft_jscan_expect(json, ']');
    return ok ? FT_OK : fail_scan(s);
}

static enum ft_status read_dtype(struct scan *s, struct ft_st_tensor *t, const char *key_at)
{
    struct ft_text name;
    if (!ft_jscan_string(&s->json, &name)) return fail_scan(s);
    if (ft_dtype_parse(name.data, name.n, &t->dtype)) return FT_OK;
    return ft_fail(s->err, FT_FORMAT,
                   "%s: tensor %s, byte %zu: unknown dtype \"%.*s\", expected F32, F16, "
                   "BF16 or another type of the format; convert the file to F32",
                   s->name, t->name, byte_of(s, key_at), name.n < 40 ? (int)name.n : 40, name.data);
}

/* Begin and end of the bytes of a tensor go to t->offset and size_bytes. */
static enum ft_status set_bytes(struct scan *s, struct ft_st_tensor *t, const uint64_t offsets[2])
{
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

/* The object of one tensor; t->name is set. Leaves begin in t->offset and the length in size_bytes.
 */
static enum ft_status read_tensor(struct scan *s, struct ft_st_tensor *t)
{
    enum { DTYPE, SHAPE, OFFSETS, KEYS };
    static const char *const keys[] = {"dtype", "shape", "data_offsets"};
    struct ft_jscan *json = &s->json;
    unsigned seen = 0;
    uint64_t offsets[2] = {0, 0};
    const char *start = json->p;
    struct ft_text key;
    if (!ft_jscan_enter(json, '{')) return fail_scan(s);
    while (ft_jscan_key(json, &key)) {
        size_t k = 0;
        enum ft_status st = FT_OK;
        while (k < KEYS && !ft_jscan_is(key, keys[k]))
            k++;
        if (k < KEYS && seen & 1u << k) return fail_at(s, json->start, "a duplicate key");
        seen |= 1u << k;
        if (k == DTYPE)
            st = read_dtype(s, t, json->start);
        else if (k == SHAPE)
            st = read_shape(s, t);
        else if (k == OFFSETS)
            st = read_offsets(s, offsets);
        else
            ft_jscan_skip(json, NULL);
        if (st) return st;
    }
    if (json->why) return fail_scan(s);
    for (size_t k = 0; k < KEYS; k++) {
        if (!(seen & 1u << k))
            return ft_fail(s->err, FT_FORMAT, "%s: tensor %s, byte %zu: has no %s; " ADVICE,
                           s->name, t->name, byte_of(s, start), keys[k]);
    }
    return set_bytes(s, t, offsets);
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
    struct ft_jscan *json = &s->json;
    struct ft_text key, value;
    size_t cap = 0;
    if (ft_jscan_peek(json) == 'n') /* null: the official library takes it */
        return ft_jscan_skip(json, NULL) ? FT_OK : fail_scan(s);
    if (!ft_jscan_enter(json, '{')) return fail_scan(s);
    while (ft_jscan_key(json, &key)) {
        ft_grow(&h->meta, &cap, 2 * h->meta_count + 2, sizeof *h->meta);
        enum ft_status st = keep_string(s, key, &h->meta[2 * h->meta_count]);
        if (st) return st;
        if (ft_jscan_peek(json) != '"')
            return fail_at(s, json->p, "a value of __metadata__ that is not a string");
        if (!ft_jscan_string(json, &value)) return fail_scan(s);
        if ((st = keep_string(s, value, &h->meta[2 * h->meta_count + 1]))) return st;
        h->meta_count++;
    }
    return json->why ? fail_scan(s) : FT_OK;
}

static enum ft_status read_all(struct scan *s, struct ft_st_header *h, struct ft_strmap *names)
{
    struct ft_jscan *json = &s->json;
    struct ft_text text;
    size_t cap = 0;
    bool meta = false;
    enum ft_status st = FT_OK;
    if (!ft_jscan_enter(json, '{')) return fail_scan(s);
    while (ft_jscan_key(json, &text)) {
        const char *key_at = json->start, *key = "";
        if ((st = keep_string(s, text, &key))) return st;
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
                           s->name, key, byte_of(s, key_at));
        ft_grow(&h->tensors, &cap, h->count + 1, sizeof *h->tensors);
        struct ft_st_tensor *t = &h->tensors[h->count];
        *t = (struct ft_st_tensor){.name = key, .name_len = len};
        if ((st = read_tensor(s, t)) || (st = check_size(s, t))) return st;
        ft_strmap_put(names, key, len, h->count++);
    }
    if (json->why) return fail_scan(s);
    return ft_jscan_at_end(json) ? FT_OK : fail_at(s, json->p, "text after the JSON object");
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
    const char *text = (const char *)file + 8;
    struct scan s = {.json = {.p = text, .end = text + len, .arena = arena, .strict = true},
                     .text = text,
                     .n = (size_t)len,
                     .name = name,
                     .arena = arena,
                     .err = err};
    struct ft_strmap names = {0};
    size_t bad = ft_utf8_prefix(text, s.n);
    enum ft_status st =
        bad < s.n ? fail_at(&s, text + bad, "is not UTF-8") : read_all(&s, h, &names);
    if (!st) st = check_layout(&s, h, n);
    ft_strmap_release(&names);
    if (st) {
        free(h->tensors);
        free(h->meta);
        memset(h, 0, sizeof *h);
    }
    return st;
}
