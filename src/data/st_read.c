/* Reading the values of open weights: see safetensors.h. Bytes of a shard, whole tensors converted to
 * float or integer, and the checksum of a file that fettle wrote. */
#include "data/pt_zip.h"
#include "data/safetensors_in.h"
#include "data/st_sum.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_FLOATS = FT_ST_PIECE_BYTES / sizeof(float) };

enum ft_status ft_st_read_at(const struct ft_st_shard *s, uint64_t at, void *dst, size_t n,
                             struct ft_err *err)
{
    size_t got = 0;
    if (s->fd < 0) {
        memcpy(dst, s->mem + at, n);
        return FT_OK;
    }
    while (got < n) {
        ssize_t r = pread(s->fd, (uint8_t *)dst + got, n - got, (off_t)(at + got));
        if (r < 0 && errno == EINTR) continue;
        if (r < 0)
            return ft_fail(err, FT_IO, "%s: reading failed at byte %llu: %s", s->path,
                           (unsigned long long)(at + got), strerror(errno));
        if (!r) {
            struct stat now; /* it may end far before what was asked for */
            uint64_t end = at + got;
            if (!fstat(s->fd, &now) && (uint64_t)now.st_size < end) end = (uint64_t)now.st_size;
            return ft_fail(err, FT_IO,
                           "%s: ends at byte %llu, but had %llu bytes when it was opened: another "
                           "program changed it; try again",
                           s->path, (unsigned long long)end, (unsigned long long)s->size_bytes);
        }
        got += (size_t)r;
    }
    return FT_OK;
}

/* The bytes of a tensor, piece by piece: `take` is given n elements from element `first` on. */
typedef bool take_fn(const struct ft_st_tensor *t, const uint8_t *bytes, size_t first, size_t n,
                     void *arg);

/* The same for a tensor that is not row-major, whose elements are read in one piece: one by one. */
static enum ft_status each_strided(const struct ft_st *st, const struct ft_st_tensor *t,
                                   take_fn *take, void *arg, bool *whole, struct ft_err *err)
{
    const struct ft_st_shard *s = &st->shards[t->shard];
    size_t at[FT_ST_RANK_MAX] = {0}, span = t->count ? 1 : 0, element = 0;
    size_t bytes = ft_dtype_bits(t->dtype) / 8;
    uint8_t *copy = NULL;
    for (size_t d = 0; t->count && d < t->rank; d++)
        span += (t->shape[d] - 1) * t->stride[d]; /* inside the storage: checked by the parser */
    if (!t->data) {
        if (!(copy = malloc(span * bytes + 1)))
            return ft_fail(err, FT_NOMEM, "%s: tensor %s: no memory for its %zu bytes", s->path,
                           t->name, span * bytes);
        enum ft_status code = ft_st_read_at(s, t->offset, copy, span * bytes, err);
        if (code) {
            free(copy);
            return code;
        }
    }
    const uint8_t *base = copy ? copy : t->data;
    for (size_t i = 0; i < t->count && *whole; i++) {
        *whole = take(t, base + element * bytes, i, 1, arg);
        for (size_t d = t->rank; d-- > 0;) {
            element += t->stride[d];
            if (++at[d] < t->shape[d]) break;
            element -= at[d] * t->stride[d];
            at[d] = 0;
        }
    }
    free(copy);
    return FT_OK;
}

static enum ft_status each_piece(const struct ft_st *st, const struct ft_st_tensor *t,
                                 take_fn *take, void *arg, bool *whole, struct ft_err *err)
{
    enum { ELEMENTS = 32768 }; /* a whole number of bytes of any type */
    const struct ft_st_shard *s = &st->shards[t->shard];
    enum ft_status code = FT_OK;
    *whole = true;
    if (t->strided) return each_strided(st, t, take, arg, whole, err);
    if (t->data) {
        *whole = take(t, t->data, 0, t->count, arg);
        return FT_OK;
    }
    size_t bits = ft_dtype_bits(t->dtype);
    uint8_t *piece = ft_xmalloc(ELEMENTS * bits / 8);
    for (size_t i = 0; i < t->count && *whole && !code; i += ELEMENTS) {
        size_t n = t->count - i < ELEMENTS ? t->count - i : ELEMENTS;
        code = ft_st_read_at(s, t->offset + (uint64_t)i * bits / 8, piece, (n * bits + 7) / 8, err);
        if (!code) *whole = take(t, piece, i, n, arg);
    }
    free(piece);
    return code;
}

struct floats {
    float *dst;
    size_t bad;
};

static bool take_floats(const struct ft_st_tensor *t, const uint8_t *bytes, size_t first, size_t n,
                        void *arg)
{
    struct floats *f = arg;
    f->bad += ft_dtype_to_f32(t->dtype, bytes, f->dst + first, n);
    return true;
}

/* Floats as they are in the file go where they belong at once. */
static enum ft_status read_floats(const struct ft_st *st, const struct ft_st_tensor *t,
                                  struct floats *f, struct ft_err *err)
{
    enum ft_status code = FT_OK;
    for (size_t i = 0; i < t->count && !code; i += PIECE_FLOATS) {
        size_t n = t->count - i < PIECE_FLOATS ? t->count - i : PIECE_FLOATS;
        code = ft_st_read_at(&st->shards[t->shard], t->offset + (uint64_t)i * sizeof(float),
                             f->dst + i, n * sizeof(float), err);
        if (!code) f->bad += ft_f32_bad(f->dst + i, n);
    }
    return code;
}

static bool take_integers(const struct ft_st_tensor *t, const uint8_t *bytes, size_t first,
                          size_t n, void *arg)
{
    return ft_dtype_to_i64(t->dtype, bytes, (int64_t *)arg + first, n);
}

enum ft_status ft_st_fail_bad(const struct ft_st *st, const struct ft_st_tensor *t,
                              const float *values, size_t bad, struct ft_err *err)
{
    size_t first = 0;
    while (isfinite(values[first]))
        first++;
    return ft_fail(err, FT_NUMERIC,
                   "%s: tensor %s: %zu of %zu values are NaN or infinite, the first at index %zu; "
                   "the weights are damaged: use another copy or checkpoint",
                   ft_st_file(st, t->shard), t->name, bad, t->count, first);
}

enum ft_status ft_st_read_f32(const struct ft_st *st, const struct ft_st_tensor *t, float *dst,
                              struct ft_err *err)
{
    const char *path = ft_st_file(st, t->shard);
    struct floats f = {.dst = dst};
    bool whole, direct = t->dtype == FT_DTYPE_F32 && !t->strided && !t->data;
    if (!ft_dtype_is_float(t->dtype))
        return ft_fail(err, FT_UNSUPPORTED,
                       "%s: tensor %s: is %s (quantised?), expected F32, F16, BF16 or F64; use the "
                       "original model",
                       path, t->name, ft_dtype_name(t->dtype));
    enum ft_status code =
        direct ? read_floats(st, t, &f, err) : each_piece(st, t, take_floats, &f, &whole, err);
    return code || !f.bad ? code : ft_st_fail_bad(st, t, dst, f.bad, err);
}

enum ft_status ft_st_read_i64(const struct ft_st *st, const struct ft_st_tensor *t, int64_t *dst,
                              struct ft_err *err)
{
    bool whole;
    enum ft_status code = each_piece(st, t, take_integers, dst, &whole, err);
    if (code || (whole && t->count)) return code;
    if (whole && ft_dtype_to_i64(t->dtype, "", dst, 0)) return FT_OK;
    return ft_fail(err, FT_UNSUPPORTED,
                   "%s: tensor %s: is %s, expected an integer type of at most 64 bits",
                   ft_st_file(st, t->shard), t->name, ft_dtype_name(t->dtype));
}

static bool take_bytes(const struct ft_st_tensor *t, const uint8_t *bytes, size_t first, size_t n,
                       void *arg)
{
    size_t each = ft_dtype_bits(t->dtype) / 8;
    memcpy((uint8_t *)arg + first * each, bytes, n * each);
    return true;
}

enum ft_status ft_st_read_raw(const struct ft_st *st, const struct ft_st_tensor *t, void *dst,
                              struct ft_err *err)
{
    bool whole = true;
    if (t->strided) return each_strided(st, t, take_bytes, dst, &whole, err);
    if (!t->data) return ft_st_read_at(&st->shards[t->shard], t->offset, dst, t->size_bytes, err);
    memcpy(dst, t->data, t->size_bytes);
    return FT_OK;
}

static enum ft_status read_source(void *arg, uint64_t at, void *dst, size_t n, struct ft_err *err)
{
    return ft_st_read_at(arg, at, dst, n, err);
}

/* A file of torch.save has a checksum of each storage. */
static enum ft_status verify_zip(const struct ft_st_shard *s, uint8_t *piece, struct ft_err *err)
{
    struct ft_st_shard shard = *s;
    struct ft_pt_source source = {read_source, &shard, s->size_bytes, s->path};
    struct ft_pt_zip zip;
    enum ft_status code = ft_pt_zip_open(&zip, &source, err);
    if (code) return code;
    code = ft_pt_zip_verify(&zip, piece, FT_ST_PIECE_BYTES, err);
    ft_pt_zip_release(&zip);
    return code;
}

enum ft_status ft_st_has_sum(const struct ft_st_shard *s, bool *has, struct ft_err *err)
{
    const size_t head = sizeof FT_ST_SUM_HEAD - 1, after = FT_ST_SUM_AT + FT_CHECKSUM_DIGITS;
    char first[FT_ST_SUM_AT + FT_CHECKSUM_DIGITS];
    *has = false;
    if (s->size_bytes < after) return FT_OK;
    enum ft_status code = ft_st_read_at(s, 0, first, after, err);
    *has = !code && !memcmp(first + 8, FT_ST_SUM_HEAD, head);
    return code;
}

void ft_st_sum_take(void *first, char want[FT_CHECKSUM_DIGITS + 1])
{
    memcpy(want, (char *)first + FT_ST_SUM_AT, FT_CHECKSUM_DIGITS);
    memset((char *)first + FT_ST_SUM_AT, '0', FT_CHECKSUM_DIGITS);
    want[FT_CHECKSUM_DIGITS] = 0;
}

enum ft_status ft_st_fail_sum(const struct ft_st_shard *s, const char *is, const char *want,
                              struct ft_err *err)
{
    return ft_fail(err, FT_FORMAT,
                   "%s: is damaged: its checksum is %s, expected %s; use another copy or "
                   "checkpoint",
                   s->path, is, want);
}

static enum ft_status verify_shard(const struct ft_st_shard *s, uint8_t *piece, struct ft_err *err)
{
    char is[FT_CHECKSUM_DIGITS + 1], want[FT_CHECKSUM_DIGITS + 1] = "";
    struct ft_checksum sum;
    bool summed;
    enum ft_status code = ft_st_has_sum(s, &summed, err);
    ft_checksum_init(&sum);
    for (uint64_t at = 0; at < s->size_bytes && !code;) {
        uint64_t left = s->size_bytes - at;
        size_t n = left < FT_ST_PIECE_BYTES ? (size_t)left : FT_ST_PIECE_BYTES;
        if ((code = ft_st_read_at(s, at, piece, n, err))) break;
        if (!at && !summed) return ft_pt_is_zip(piece, n) ? verify_zip(s, piece, err) : FT_OK;
        if (!at) ft_st_sum_take(piece, want);
        ft_checksum_add(&sum, piece, n);
        at += n;
    }
    if (code) return code;
    ft_checksum_text(ft_checksum_end(&sum), is);
    return strcmp(is, want) ? ft_st_fail_sum(s, is, want, err) : FT_OK;
}

enum ft_status ft_st_verify(const struct ft_st *st, struct ft_err *err)
{
    enum ft_status code = FT_OK;
    uint8_t *piece = ft_xmalloc(FT_ST_PIECE_BYTES);
    for (size_t i = 0; i < st->shard_count && !code; i++)
        code = verify_shard(&st->shards[i], piece, err);
    free(piece);
    return code;
}
