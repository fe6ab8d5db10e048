/* Writing safetensors: see st_write.h. The header is made from the items alone, so sizes are known
 * before the first byte; data is streamed after it through ft_out, which renames at the end. */
#include "data/st_write.h"
#include "data/st_sum.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_BYTES = 1 << 20, SHARDS_MAX = 4096 };

static enum ft_status item_bytes(const struct ft_st_item *it, size_t *bytes, struct ft_err *err)
{
    size_t n = 1;
    assert(it->rank <= FT_ST_RANK_MAX);
    for (size_t i = 0; i < it->rank; i++) {
        if (ft_size_mul(n, it->shape[i], &n)) goto overflow;
    }
    if (ft_size_mul(n, ft_dtype_bits(it->dtype), &n)) goto overflow;
    if (n % 8)
        return ft_fail(err, FT_FORMAT, "tensor %s: its elements do not fill whole bytes", it->name);
    *bytes = n / 8;
    return FT_OK;
overflow:
    return ft_fail(err, FT_FORMAT, "tensor %s: its size is too large", it->name);
}

enum ft_status ft_st_items_bytes(const struct ft_st_item *items, size_t n, uint64_t *bytes,
                                 struct ft_err *err)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        size_t one = 0;
        enum ft_status st = item_bytes(&items[i], &one, err);
        if (st) return st;
        if (sum + one < sum)
            return ft_fail(err, FT_FORMAT, "tensor %s: the total size is too large", items[i].name);
        sum += one;
    }
    *bytes = sum;
    return FT_OK;
}

/* The official order: wide types first, so that each tensor is aligned; then by name. */
static int by_layout(const void *a, const void *b)
{
    const struct ft_st_item *x = *(const struct ft_st_item *const *)a;
    const struct ft_st_item *y = *(const struct ft_st_item *const *)b;
    if (x->dtype != y->dtype) return x->dtype > y->dtype ? -1 : 1;
    return strcmp(x->name, y->name);
}

static enum ft_status check_names(const struct ft_st_item *const *order, size_t n, const char *path,
                                  struct ft_err *err)
{
    struct ft_strmap names = {0};
    enum ft_status st = FT_OK;
    for (size_t i = 0; !st && i < n; i++) {
        const char *name = order[i]->name;
        if (!*name || !strcmp(name, "__metadata__"))
            st = ft_fail(err, FT_FORMAT, "%s: \"%s\" is not a valid tensor name", path, name);
        else if (ft_strmap_get(&names, name, strlen(name)))
            st = ft_fail(err, FT_FORMAT, "%s: tensor %s: duplicate name", path, name);
        else
            ft_strmap_put(&names, name, strlen(name), i);
    }
    ft_strmap_release(&names);
    return st;
}

/* The JSON, without blanks between its parts, as the official library writes it. The checksum's
 * digits are 0 until the data is written. */
static enum ft_status make_header(struct ft_str *s, const struct ft_st_item *const *order, size_t n,
                                  const char *const *meta, struct ft_err *err)
{
    uint64_t at = 0;
    ft_str_addz(s, FT_ST_SUM_HEAD);
    for (int i = 0; i < FT_CHECKSUM_DIGITS; i++)
        ft_str_addc(s, '0');
    ft_str_addc(s, '"');
    for (; meta && meta[0]; meta += 2) {
        ft_str_addc(s, ',');
        ft_json_add_str(s, meta[0], strlen(meta[0]));
        ft_str_addc(s, ':');
        ft_json_add_str(s, meta[1], strlen(meta[1]));
    }
    ft_str_addc(s, '}');
    for (size_t i = 0; i < n; i++) {
        const struct ft_st_item *it = order[i];
        size_t bytes = 0;
        enum ft_status st = item_bytes(it, &bytes, err);
        if (st) return st;
        ft_str_addc(s, ',');
        ft_json_add_str(s, it->name, strlen(it->name));
        ft_str_addf(s, ":{\"dtype\":\"%s\",\"shape\":[", ft_dtype_name(it->dtype));
        for (size_t k = 0; k < it->rank; k++)
            ft_str_addf(s, "%s%zu", k ? "," : "", it->shape[k]);
        ft_str_addf(s, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)at,
                    (unsigned long long)(at + bytes));
        at += bytes;
    }
    ft_str_addc(s, '}');
    while (s->len % 8)
        ft_str_addc(s, ' ');
    return FT_OK;
}

static enum ft_status fail_write(const char *path, struct ft_err *err)
{
    return ft_fail(err, FT_IO, "%s: write failed: %s; %s", path, strerror(errno),
                   errno == ENOSPC || errno == EDQUOT ? "free some disk space and try again"
                                                      : "the old file, if any, is unchanged");
}

/* A file in the making, and the sum of what was written. */
struct sink {
    FILE *f;
    struct ft_checksum sum;
    const char *path;
};

static enum ft_status put(struct sink *to, const void *data, size_t n, struct ft_err *err)
{
    ft_checksum_add(&to->sum, data, n);
    if (!n || fwrite(data, 1, n, to->f) == n) return FT_OK;
    return fail_write(to->path, err);
}

static enum ft_status put_item(struct sink *to, const struct ft_st_item *it,
                               const struct ft_st_source *src, struct ft_err *err)
{
    size_t bytes = 0;
    enum ft_status st = item_bytes(it, &bytes, err);
    if (st || !bytes) return st;
    if (it->data) return put(to, it->data, bytes, err);
    assert(src && src->fill);
    void *buf = ft_xmalloc(PIECE_BYTES);
    for (size_t at = 0, n; !st && at < bytes; at += n) {
        n = bytes - at < PIECE_BYTES ? bytes - at : PIECE_BYTES;
        st = src->fill(src->arg, it, at, n, buf, err);
        if (!st) st = put(to, buf, n, err);
    }
    free(buf);
    return st;
}

/* The digits of the checksum in the place that the header has for them. */
static enum ft_status put_sum(struct sink *to, struct ft_err *err)
{
    char text[FT_CHECKSUM_DIGITS + 1];
    ft_checksum_text(ft_checksum_end(&to->sum), text);
    if (!fseeko(to->f, (off_t)FT_ST_SUM_AT, SEEK_SET) &&
        fwrite(text, 1, FT_CHECKSUM_DIGITS, to->f) == FT_CHECKSUM_DIGITS)
        return FT_OK;
    return fail_write(to->path, err);
}

/* One file from pointers to items; sorts them. */
static enum ft_status save_order(const char *path, const struct ft_st_item **order, size_t n,
                                 const char *const *meta, const struct ft_st_source *src,
                                 struct ft_err *err)
{
    struct ft_str header = {0};
    struct ft_out out = {0};
    if (n) qsort(order, n, sizeof *order, by_layout);
    enum ft_status st = check_names(order, n, path, err);
    if (!st) st = make_header(&header, order, n, meta, err);
    if (!st && header.len > FT_ST_HEADER_MAX)
        st = ft_fail(err, FT_FORMAT, "%s: its header would be %zu bytes, the format allows %llu",
                     path, header.len, FT_ST_HEADER_MAX);
    if (!st) st = ft_out_open(&out, path, err);
    if (st) goto out;
    struct sink to = {.f = out.f, .path = path};
    ft_checksum_init(&to.sum);
    uint8_t len[8];
    for (size_t i = 0; i < 8; i++)
        len[i] = (uint8_t)((uint64_t)header.len >> (8 * i));
    st = put(&to, len, sizeof len, err);
    if (!st) st = put(&to, header.data, header.len, err);
    for (size_t i = 0; !st && i < n; i++)
        st = put_item(&to, order[i], src, err);
    if (!st) st = put_sum(&to, err);
    if (st)
        ft_out_abort(&out);
    else
        st = ft_out_commit(&out, err);
out:
    ft_str_release(&header);
    return st;
}

static const struct ft_st_item **pointers(const struct ft_st_item *items, size_t n)
{
    const struct ft_st_item **order = ft_xcalloc(n + 1, sizeof *order);
    for (size_t i = 0; i < n; i++)
        order[i] = &items[i];
    return order;
}

enum ft_status ft_st_save(const char *path, const struct ft_st_item *items, size_t n,
                          const char *const *meta, const struct ft_st_source *src,
                          struct ft_err *err)
{
    const struct ft_st_item **order = pointers(items, n);
    enum ft_status st = save_order(path, order, n, meta, src, err);
    free(order);
    return st;
}

/* shard_of[i] for each item: filled in order, a new file when the next tensor would go over. */
static size_t assign_shards(const struct ft_st_item *items, size_t n, uint64_t limit,
                            size_t *shard_of)
{
    size_t shard = 0;
    uint64_t used = 0;
    for (size_t i = 0; i < n; i++) {
        size_t bytes = 0;
        item_bytes(&items[i], &bytes, NULL); /* counted before: cannot fail */
        if (used && bytes > limit - (used < limit ? used : limit)) {
            shard++;
            used = 0;
        }
        used += bytes;
        shard_of[i] = shard;
    }
    return shard + 1;
}

static char *shard_name(size_t i, size_t n)
{
    return ft_xprintf("model-%05zu-of-%05zu.safetensors", i + 1, n);
}

static enum ft_status save_index(const char *dir, const struct ft_st_item *items, size_t n,
                                 const size_t *shard_of, size_t shards, uint64_t total,
                                 struct ft_err *err)
{
    cJSON *tree = cJSON_CreateObject();
    cJSON *metadata = cJSON_AddObjectToObject(tree, "metadata");
    cJSON *map = cJSON_AddObjectToObject(tree, "weight_map");
    cJSON_AddNumberToObject(metadata, "total_size", (double)total);
    for (size_t i = 0; i < n; i++) {
        char *name = shard_name(shard_of[i], shards);
        cJSON_AddStringToObject(map, items[i].name, name);
        free(name);
    }
    struct ft_str text = {0};
    ft_json_pretty(&text, tree);
    char *path = ft_path_join(dir, FT_ST_INDEX);
    enum ft_status st = ft_file_write(path, text.data, text.len, err);
    free(path);
    ft_str_release(&text);
    cJSON_Delete(tree);
    return st;
}

enum ft_status ft_st_save_dir(const char *dir, const struct ft_st_item *items, size_t n,
                              uint64_t shard_bytes, const char *const *meta,
                              const struct ft_st_source *src, struct ft_err *err)
{
    uint64_t total = 0;
    enum ft_status st = ft_st_items_bytes(items, n, &total, err);
    if (st) return st;
    const struct ft_st_item **order = pointers(items, n);
    size_t *shard_of = ft_xcalloc(n + 1, sizeof *shard_of);
    size_t shards = shard_bytes ? assign_shards(items, n, shard_bytes, shard_of) : 1;
    if (shards == 1) {
        char *path = ft_path_join(dir, FT_ST_FILE);
        st = save_order(path, order, n, meta, src, err);
        free(path);
        goto out;
    }
    if (shards > SHARDS_MAX)
        st = ft_fail(err, FT_USAGE, "%s: a limit of %llu bytes makes %zu files; use a higher limit",
                     dir, (unsigned long long)shard_bytes, shards);
    if (!st) st = check_names(order, n, dir, err);
    for (size_t s = 0; !st && s < shards; s++) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++) {
            if (shard_of[i] == s) order[count++] = &items[i];
        }
        char *name = shard_name(s, shards), *path = ft_path_join(dir, name);
        st = save_order(path, order, count, meta, src, err);
        free(path);
        free(name);
    }
    if (!st) st = save_index(dir, items, n, shard_of, shards, total, err);
out:
    free(shard_of);
    free(order);
    return st;
}
