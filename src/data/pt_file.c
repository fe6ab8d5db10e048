/* See pt_file.h. The pickle names the storage of each tensor; a storage is then found by its key:
 * in the zip form it is the member PREFIX/data/KEY, in the legacy form it follows the pickles. */
#include "data/pt_file.h"
#include "data/pt_pickle.h"
#include "data/pt_zip.h"
#include "util/hash.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PICKLE_BYTES_MAX = 64 << 20, NAME_BYTES_MAX = 4096, KEY_BYTES_MAX = 256 };
#define ADVICE "the file is damaged: download or save it again"

struct storage { /* legacy: where each key's bytes lie */
    uint64_t at, bytes;
};

struct reader {
    const struct ft_pt_source *source;
    uint8_t *text; /* the pickles: values point into it */
    size_t text_n;
    const char *name;
    struct ft_arena *arena;
    struct ft_err *err;
    bool legacy;
    struct ft_pt_zip zip;
    const char *prefix; /* of the members, not ended by 0 */
    size_t prefix_len;
    struct storage *storages;
    size_t storages_n, storages_cap;
    struct ft_strmap by_key;
};

static enum ft_status fail(struct reader *r, const char *what)
{
    return ft_fail(r->err, FT_FORMAT, "%s: %s; " ADVICE, r->name, what);
}

/* ---- types ---- */

static const struct {
    const char *storage;
    enum ft_dtype dtype;
} types[] = {
    {"FloatStorage", FT_DTYPE_F32},        {"HalfStorage", FT_DTYPE_F16},
    {"BFloat16Storage", FT_DTYPE_BF16},    {"DoubleStorage", FT_DTYPE_F64},
    {"LongStorage", FT_DTYPE_I64},         {"IntStorage", FT_DTYPE_I32},
    {"ShortStorage", FT_DTYPE_I16},        {"CharStorage", FT_DTYPE_I8},
    {"ByteStorage", FT_DTYPE_U8},          {"BoolStorage", FT_DTYPE_BOOL},
    {"ComplexFloatStorage", FT_DTYPE_C64}, {"UntypedStorage", FT_DTYPE_U8},
    {"_UntypedStorage", FT_DTYPE_U8},
};

static bool find_type(const char *storage, enum ft_dtype *out)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].storage, storage)) continue;
        *out = types[i].dtype;
        return true;
    }
    return false;
}

/* ---- one tensor ---- */

/* The bytes of a storage; `want` of them are needed. */
static enum ft_status storage_bytes(struct reader *r, const struct ft_pt_value *s, uint64_t want,
                                    const char *tensor, uint64_t *out)
{
    struct storage found = {0};
    char key[KEY_BYTES_MAX + 64];
    bool there = s->text_len <= KEY_BYTES_MAX && r->prefix_len <= KEY_BYTES_MAX;
    if (there && r->legacy) {
        const size_t *i = ft_strmap_get(&r->by_key, s->text, s->text_len);
        if ((there = i)) found = r->storages[*i];
    } else if (there) {
        char path[2 * KEY_BYTES_MAX + 8];
        int len = snprintf(path, sizeof path, "%.*s/data/%.*s", (int)r->prefix_len, r->prefix,
                           (int)s->text_len, s->text);
        const struct ft_pt_member *m = len < 0 ? NULL : ft_pt_zip_find(&r->zip, path, (size_t)len);
        if ((there = m)) {
            enum ft_status st = ft_pt_zip_place(&r->zip, m, &found.at, r->err);
            if (st) return st;
            found.bytes = m->size;
        }
    }
    snprintf(key, sizeof key, "%.*s",
             (int)(s->text_len < KEY_BYTES_MAX ? s->text_len : KEY_BYTES_MAX), s->text);
    if (!there)
        return ft_fail(r->err, FT_FORMAT,
                       "%s: tensor %s: its storage %s is not in the file; " ADVICE, r->name, tensor,
                       key);
    if (found.bytes < want)
        return ft_fail(r->err, FT_FORMAT,
                       "%s: tensor %s: its storage %s has %llu bytes, expected %llu; " ADVICE,
                       r->name, tensor, key, (unsigned long long)found.bytes,
                       (unsigned long long)want);
    *out = found.at;
    return FT_OK;
}

static bool read_sizes(const struct ft_pt_value *v, size_t *out, size_t n)
{
    if (v->n != n || (v->kind != FT_PT_TUPLE && v->kind != FT_PT_LIST)) return false;
    for (size_t i = 0; i < n; i++) {
        if (v->items[i]->kind != FT_PT_INT || v->items[i]->number < 0) return false;
        out[i] = (size_t)v->items[i]->number;
    }
    return true;
}

static bool is_row_major(const struct ft_st_tensor *t)
{
    size_t want = 1;
    for (size_t i = t->rank; i-- > 0;) {
        if (t->shape[i] != 1 && t->stride[i] != want) return false;
        want *= t->shape[i];
    }
    return true;
}

/* Elements from the first to the last one that the strides reach; false: too many to count. */
static bool span_of(const struct ft_st_tensor *t, size_t *span)
{
    *span = t->count ? 1 : 0;
    for (size_t i = 0; t->count && i < t->rank; i++) {
        size_t reach;
        if (ft_size_mul(t->shape[i] - 1, t->stride[i], &reach) || ft_size_add(*span, reach, span))
            return false;
    }
    return true;
}

static enum ft_status fill_tensor(struct reader *r, struct ft_st_tensor *t,
                                  const struct ft_pt_value *v)
{
    const struct ft_pt_value *s = v->items[0], *first = v->items[1], *shape = v->items[2];
    size_t rank = shape->n, el, span, end;
    if (!find_type(s->type, &t->dtype))
        return ft_fail(r->err, FT_UNSUPPORTED,
                       "%s: tensor %s: is in a torch.%s%s, expected FloatStorage, HalfStorage, "
                       "BFloat16Storage or DoubleStorage; save the model as float32",
                       r->name, t->name, s->type, s->type[0] == 'Q' ? " (a quantised tensor)" : "");
    if (rank > FT_ST_RANK_MAX)
        return ft_fail(r->err, FT_FORMAT, "%s: tensor %s: has more than %d dimensions", r->name,
                       t->name, FT_ST_RANK_MAX);
    t->rank = rank;
    t->count = 1;
    bool sound = first->kind == FT_PT_INT && first->number >= 0 &&
                 read_sizes(shape, t->shape, rank) && read_sizes(v->items[3], t->stride, rank);
    for (size_t i = 0; sound && i < rank; i++)
        sound = !ft_size_mul(t->count, t->shape[i], &t->count);
    el = ft_dtype_bits(t->dtype) / 8;
    sound = sound && !ft_size_mul(t->count, el, &t->size_bytes) && span_of(t, &span) &&
            !ft_size_add((size_t)first->number, span, &end);
    if (!sound)
        return ft_fail(r->err, FT_FORMAT,
                       "%s: tensor %s: its offset, size or strides are invalid; " ADVICE, r->name,
                       t->name);
    if (end > (uint64_t)s->number)
        return ft_fail(r->err, FT_FORMAT,
                       "%s: tensor %s: needs element %zu of a storage of %lld; " ADVICE, r->name,
                       t->name, end, (long long)s->number);
    uint64_t want;
    uint64_t base;
    if (__builtin_add_overflow((uint64_t)s->first, (uint64_t)s->number, &want) ||
        __builtin_mul_overflow(want, (uint64_t)el, &want))
        return fail(r, "a storage that is too large to count");
    enum ft_status st = storage_bytes(r, s, want, t->name, &base);
    if (st) return st;
    t->offset = base + ((uint64_t)s->first + (uint64_t)first->number) * el;
    t->strided = !is_row_major(t);
    return FT_OK;
}

/* ---- the state dict ---- */

static bool has_tensor(const struct ft_pt_value *dict)
{
    for (size_t i = 1; dict && dict->kind == FT_PT_DICT && i < dict->n; i += 2)
        if (dict->items[i]->kind == FT_PT_TENSOR) return true;
    return false;
}

static const struct ft_pt_value *find_dict(const struct ft_pt_value *top)
{
    static const char *const keys[] = {"state_dict", "model_state_dict", "model"};
    if (has_tensor(top)) return top;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct ft_pt_value *inner = ft_pt_get(top, keys[i]);
        if (has_tensor(inner)) return inner;
    }
    return NULL;
}

static enum ft_status add_tensor(struct reader *r, struct ft_st_header *h, size_t *cap,
                                 struct ft_strmap *names, const struct ft_pt_value *key,
                                 const struct ft_pt_value *v)
{
    if (key->kind != FT_PT_TEXT || !key->text_len || key->text_len > NAME_BYTES_MAX ||
        memchr(key->text, 0, key->text_len) ||
        ft_utf8_prefix(key->text, key->text_len) < key->text_len)
        return fail(r, "a tensor whose name is not a string");
    ft_grow(&h->tensors, cap, h->count + 1, sizeof *h->tensors);
    struct ft_st_tensor *t = &h->tensors[h->count];
    *t = (struct ft_st_tensor){.name = ft_arena_strndup(r->arena, key->text, key->text_len),
                               .name_len = key->text_len};
    if (ft_strmap_get(names, t->name, t->name_len))
        return ft_fail(r->err, FT_FORMAT, "%s: tensor %s: duplicate name; " ADVICE, r->name,
                       t->name);
    ft_strmap_put(names, t->name, t->name_len, h->count);
    enum ft_status st = fill_tensor(r, t, v);
    if (!st) h->count++;
    return st;
}

static enum ft_status add_all(struct reader *r, struct ft_st_header *h,
                              const struct ft_pt_value *top)
{
    const struct ft_pt_value *dict = find_dict(top);
    if (!dict)
        return ft_fail(r->err, FT_UNSUPPORTED,
                       "%s: contains no state dict (tensors by name); expected model weights, not "
                       "an optimiser state or another object",
                       r->name);
    struct ft_strmap names = {0};
    size_t cap = 0;
    enum ft_status st = FT_OK;
    for (size_t i = 0; !st && i + 1 < dict->n; i += 2)
        if (dict->items[i + 1]->kind == FT_PT_TENSOR)
            st = add_tensor(r, h, &cap, &names, dict->items[i], dict->items[i + 1]);
    ft_strmap_release(&names);
    return st;
}

/* ---- the zip form ---- */

/* PREFIX/NAME of the archive; NULL: there is none. */
static const struct ft_pt_member *beside(const struct reader *r, const char *name)
{
    for (size_t i = 0; i < r->zip.count; i++) {
        const struct ft_pt_member *m = &r->zip.members[i];
        if (m->name_len == r->prefix_len + 1 + strlen(name) &&
            ft_ends_with(m->name, m->name_len, name) &&
            !memcmp(m->name, r->prefix, r->prefix_len) && m->name[r->prefix_len] == '/')
            return m;
    }
    return NULL;
}

static enum ft_status fail_order(struct reader *r)
{
    return ft_fail(r->err, FT_UNSUPPORTED,
                   "%s: was written by a big-endian machine, which is not supported; save it "
                   "again on another one",
                   r->name);
}

static enum ft_status check_order(struct reader *r)
{
    static const char little[] = "little";
    const struct ft_pt_member *m = beside(r, "byteorder");
    char text[sizeof little - 1] = "";
    uint64_t at;
    if (!m) return FT_OK; /* written before PyTorch 2.1: always little-endian here */
    if (m->size != sizeof text) return fail_order(r);
    enum ft_status st = ft_pt_zip_place(&r->zip, m, &at, r->err);
    if (!st) st = r->source->read(r->source->arg, at, text, sizeof text, r->err);
    return st || !memcmp(text, little, sizeof text) ? st : fail_order(r);
}

/* n bytes of the file into r->text. */
static enum ft_status read_text(struct reader *r, uint64_t at, size_t n)
{
    if (!(r->text = malloc(n + 1)))
        return ft_fail(r->err, FT_NOMEM, "%s: no memory for %zu bytes of it", r->name, n);
    r->text_n = n;
    return r->source->read(r->source->arg, at, r->text, n, r->err);
}

static enum ft_status find_pickle(struct reader *r, const struct ft_pt_member **out)
{
    *out = NULL;
    for (size_t i = 0; i < r->zip.count && !*out; i++)
        if (ft_ends_with(r->zip.members[i].name, r->zip.members[i].name_len, "/data.pkl"))
            *out = &r->zip.members[i];
    if (!*out)
        return ft_fail(r->err, FT_UNSUPPORTED,
                       "%s: is a zip archive without data.pkl, so it was not written by torch.save",
                       r->name);
    r->prefix = (*out)->name;
    r->prefix_len = (*out)->name_len - strlen("/data.pkl");
    if (beside(r, "constants.pkl"))
        return ft_fail(r->err, FT_UNSUPPORTED,
                       "%s: is a TorchScript program, not weights; save the model's state dict",
                       r->name);
    if ((*out)->size > PICKLE_BYTES_MAX) return fail(r, "its data.pkl is larger than 64 MB");
    return check_order(r);
}

static enum ft_status parse_zip(struct reader *r, struct ft_st_header *h)
{
    const struct ft_pt_member *m;
    struct ft_pt_value *top;
    uint64_t at;
    enum ft_status st = ft_pt_zip_open(&r->zip, r->source, r->err);
    if (!st) st = find_pickle(r, &m);
    if (!st) st = ft_pt_zip_place(&r->zip, m, &at, r->err);
    if (!st) st = read_text(r, at, (size_t)m->size);
    if (!st) st = ft_pt_pickle(r->text, r->text_n, r->name, r->arena, &top, NULL, NULL, r->err);
    return st ? st : add_all(r, h, top);
}

/* ---- the legacy form ---- */

static const uint8_t magic[] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};
enum { PROTOCOL = 1001 };

static enum ft_status next_pickle(struct reader *r, size_t *at, struct ft_pt_value **v,
                                  struct ft_pt_value **storages)
{
    size_t used = 0;
    enum ft_status st =
        ft_pt_pickle(r->text + *at, r->text_n - *at, r->name, r->arena, v, storages, &used, r->err);
    *at += used;
    return st;
}

static enum ft_status read_front(struct reader *r, size_t *at)
{
    struct ft_pt_value *v;
    enum ft_status st = next_pickle(r, at, &v, NULL);
    if (st) return st;
    if (v->kind != FT_PT_BIG || v->text_len != sizeof magic || memcmp(v->text, magic, sizeof magic))
        return ft_fail(r->err, FT_UNSUPPORTED,
                       "%s: is a pickle, but was not written by torch.save; only weights are read",
                       r->name);
    if ((st = next_pickle(r, at, &v, NULL))) return st;
    if (v->kind != FT_PT_INT || v->number != PROTOCOL)
        return fail(r, "the version of the format is not 1001");
    if ((st = next_pickle(r, at, &v, NULL))) return st;
    const struct ft_pt_value *little = ft_pt_get(v, "little_endian");
    if (little && little->kind == FT_PT_BOOL && !little->number) return fail_order(r);
    return FT_OK;
}

/* The size of an element by key: the file gives only how many there are. */
static void note_types(struct ft_strmap *bytes_of, const struct ft_pt_value *storages)
{
    for (const struct ft_pt_value *s = storages; s; s = s->next) {
        enum ft_dtype type;
        if (find_type(s->type, &type))
            ft_strmap_put(bytes_of, s->text, s->text_len, ft_dtype_bits(type) / 8);
    }
}

/* After the list of keys: for each its number of elements, 8 bytes, and its data. */
static enum ft_status read_storages(struct reader *r, uint64_t at, const struct ft_pt_value *keys,
                                    const struct ft_strmap *bytes_of)
{
    uint64_t size = r->source->size;
    if (keys->kind != FT_PT_LIST) return fail(r, "the list of its storages is missing");
    for (size_t i = 0; i < keys->n; i++) {
        const struct ft_pt_value *key = keys->items[i];
        uint8_t count[8];
        uint64_t n = 0, bytes;
        if (key->kind != FT_PT_TEXT) return fail(r, "a storage whose key is not a string");
        const size_t *el = ft_strmap_get(bytes_of, key->text, key->text_len);
        if (!el) return fail(r, "a storage that no tensor has, or of a type that is not supported");
        if (size - at < sizeof count) return fail(r, "is truncated");
        enum ft_status st = r->source->read(r->source->arg, at, count, sizeof count, r->err);
        if (st) return st;
        for (size_t k = sizeof count; k-- > 0;)
            n = n << 8 | count[k];
        at += sizeof count;
        if (__builtin_mul_overflow(n, (uint64_t)*el, &bytes) || bytes > size - at)
            return fail(r, "is truncated, or a storage is longer than the file");
        ft_grow(&r->storages, &r->storages_cap, r->storages_n + 1, sizeof *r->storages);
        ft_strmap_put(&r->by_key, key->text, key->text_len, r->storages_n);
        r->storages[r->storages_n++] = (struct storage){at, bytes};
        at += bytes;
    }
    return FT_OK;
}

static enum ft_status parse_legacy(struct reader *r, struct ft_st_header *h)
{
    size_t at = 0;
    struct ft_pt_value *top, *keys, *storages = NULL;
    struct ft_strmap bytes_of = {0};
    uint64_t size = r->source->size;
    enum ft_status st =
        read_text(r, 0, (size_t)(size < PICKLE_BYTES_MAX ? size : PICKLE_BYTES_MAX));
    if (!st) st = read_front(r, &at);
    if (!st) st = next_pickle(r, &at, &top, &storages);
    if (!st) st = next_pickle(r, &at, &keys, NULL);
    if (!st) {
        note_types(&bytes_of, storages);
        st = read_storages(r, at, keys, &bytes_of);
    }
    ft_strmap_release(&bytes_of);
    return st ? st : add_all(r, h, top);
}

/* ---- both ---- */

bool ft_pt_is_file(const uint8_t *data, size_t n)
{
    if (ft_pt_is_zip(data, n)) return true;
    /* PROTO, LONG1 of 10 bytes, the number with which every legacy file begins */
    return n > 4 + sizeof magic && data[0] == 0x80 && data[2] == 0x8a && data[3] == sizeof magic &&
           !memcmp(data + 4, magic, sizeof magic);
}

/* Shared storages make the sum of sizes larger than the file; the order is that of the data. */
static int by_offset(const void *a, const void *b)
{
    const struct ft_st_tensor *x = a, *y = b;
    if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
    return strcmp(x->name, y->name);
}

enum ft_status ft_pt_parse(struct ft_st_header *h, const struct ft_pt_source *source,
                           struct ft_arena *arena, struct ft_err *err)
{
    struct reader r = {.source = source, .name = source->name, .arena = arena, .err = err};
    uint8_t first[4] = {0};
    memset(h, 0, sizeof *h);
    enum ft_status st = source->size < sizeof first
                            ? fail(&r, "is too short")
                            : source->read(source->arg, 0, first, sizeof first, err);
    r.legacy = !ft_pt_is_zip(first, sizeof first);
    if (!st) st = r.legacy ? parse_legacy(&r, h) : parse_zip(&r, h);
    ft_pt_zip_release(&r.zip);
    ft_strmap_release(&r.by_key);
    free(r.storages);
    free(r.text);
    if (st) {
        free(h->tensors);
        memset(h, 0, sizeof *h);
    } else if (h->count) {
        qsort(h->tensors, h->count, sizeof *h->tensors, by_offset);
    }
    return st;
}
