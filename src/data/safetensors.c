/* Opening weights, files and folders: see safetensors.h. The bytes of one file are checked in
 * st_header.c and pt_file.c, values are read in st_read.c; here are files, shards and look-up by
 * name. */
#include "data/safetensors_in.h"
#include "data/foreign.h"
#include "data/pt_file.h"
#include "data/st_header.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SHARDS_MAX = 4096 };
#define INDEX_BYTES_MAX ((size_t)256 << 20)

void ft_st_close(struct ft_st *st)
{
    if (!st) return;
    for (size_t i = 0; i < st->shard_count; i++) {
        if (st->shards[i].fd >= 0) close(st->shards[i].fd);
        free(st->shards[i].path);
        free(st->shards[i].meta);
    }
    free(st->shards);
    free(st->tensors);
    ft_strmap_release(&st->by_name);
    ft_arena_release(&st->arena);
    free(st);
}

/* Adds the tensors of one file, whose bytes in memory are `data`; NULL: on the disk. */
static enum ft_status add_tensors(struct ft_st *st, struct ft_st_header *h, const uint8_t *data,
                                  size_t i, struct ft_err *err)
{
    struct ft_st_shard *shard = &st->shards[i];
    enum ft_status code = FT_OK;
    shard->meta = h->meta;
    shard->meta_count = h->meta_count;
    ft_grow(&st->tensors, &st->cap, st->count + h->count, sizeof *st->tensors);
    for (size_t k = 0; !code && k < h->count; k++) {
        struct ft_st_tensor *t = &h->tensors[k];
        const size_t *other = ft_strmap_get(&st->by_name, t->name, t->name_len);
        if (other) {
            code = ft_fail(err, FT_FORMAT, "%s: tensor %s: is also in %s; save the model again",
                           shard->path, t->name, st->shards[st->tensors[*other].shard].path);
            break;
        }
        t->shard = i;
        if (data) t->data = data + t->offset;
        st->data_bytes += t->size_bytes;
        ft_strmap_put(&st->by_name, t->name, t->name_len, st->count);
        st->tensors[st->count++] = *t;
    }
    free(h->tensors);
    return code;
}

static size_t add_shard(struct ft_st *st, const char *path)
{
    ft_grow(&st->shards, &st->shard_cap, st->shard_count + 1, sizeof *st->shards);
    st->shards[st->shard_count] = (struct ft_st_shard){.path = ft_xstrdup(path), .fd = -1};
    return st->shard_count++;
}

/* What a file is by its first bytes: one of torch.save, or of another program (FT_UNSUPPORTED). */
static enum ft_status look_at(const uint8_t *first, size_t n, const char *path, bool *pytorch,
                              struct ft_err *err)
{
    bool own = n > 8 && first[8] == '{'; /* whatever its length looks like */
    const char *other = own ? NULL : ft_foreign_file(first, n);
    *pytorch = !own && ft_pt_is_file(first, n);
    return other ? ft_fail(err, FT_UNSUPPORTED, "%s: is %s", path, other) : FT_OK;
}

static enum ft_status read_shard(void *arg, uint64_t at, void *dst, size_t n, struct ft_err *err)
{
    return ft_st_read_at(arg, at, dst, n, err);
}

static enum ft_status read_memory(void *arg, uint64_t at, void *dst, size_t n, struct ft_err *err)
{
    (void)err;
    memcpy(dst, (const uint8_t *)arg + at, n);
    return FT_OK;
}

/* The header of a safetensors file on the disk, whose first bytes were read. */
static enum ft_status read_header(struct ft_st *st, struct ft_st_shard *s, const uint8_t *first,
                                  struct ft_st_header *h, struct ft_err *err)
{
    size_t size = (size_t)s->size_bytes, n = ft_st_header_length(first, size);
    if (n > size) n = size;
    uint8_t *header = malloc(n ? n : 1);
    if (!header)
        return ft_fail(err, FT_NOMEM, "%s: no memory for its header of %zu bytes", s->path, n);
    enum ft_status code = ft_st_read_at(s, 0, header, n, err);
    if (!code) code = ft_st_header_parse(h, header, size, s->path, &st->arena, err);
    free(header);
    return code;
}

static enum ft_status add_file(struct ft_st *st, const char *path, struct ft_err *err)
{
    size_t i = add_shard(st, path), size = 0;
    struct ft_st_shard *s = &st->shards[i];
    struct ft_st_header h;
    uint8_t first[FT_FOREIGN_BYTES] = {0};
    bool pytorch = false;
    enum ft_status code = ft_file_open(path, &s->fd, &size, err);
    s->size_bytes = size;
    size_t n = size < sizeof first ? size : sizeof first;
    if (!code) code = ft_st_read_at(s, 0, first, n, err);
    if (!code) code = look_at(first, n, path, &pytorch, err);
    if (!code && pytorch) {
        struct ft_pt_source source = {.read = read_shard, .arg = s, .size = size, .name = path};
        st->pytorch = true;
        code = ft_pt_parse(&h, &source, &st->arena, err);
    } else if (!code) {
        code = read_header(st, s, first, &h, err);
    }
    return code ? code : add_tensors(st, &h, NULL, i, err);
}

static enum ft_status add_bytes(struct ft_st *st, const uint8_t *data, size_t n, size_t i,
                                struct ft_err *err)
{
    struct ft_st_shard *s = &st->shards[i];
    struct ft_st_header h;
    bool pytorch = false;
    enum ft_status code = look_at(data, n, s->path, &pytorch, err);
    if (!code && pytorch) {
        struct ft_pt_source source = {
            .read = read_memory, .arg = (void *)(uintptr_t)data, .size = n, .name = s->path};
        st->pytorch = true;
        code = ft_pt_parse(&h, &source, &st->arena, err);
    } else if (!code) {
        code = ft_st_header_parse(&h, data, n, s->path, &st->arena, err);
    }
    return code ? code : add_tensors(st, &h, data, i, err);
}

static enum ft_status finish(struct ft_st **out, struct ft_st *st, enum ft_status code)
{
    if (code)
        ft_st_close(st);
    else
        *out = st;
    return code;
}

enum ft_status ft_st_open(struct ft_st **out, const char *path, struct ft_err *err)
{
    struct ft_st *st = ft_xcalloc(1, sizeof *st);
    return finish(out, st, add_file(st, path, err));
}

enum ft_status ft_st_open_mem(struct ft_st **out, const void *data, size_t n, const char *name,
                              struct ft_err *err)
{
    struct ft_st *st = ft_xcalloc(1, sizeof *st);
    size_t i = add_shard(st, name);
    st->shards[i].mem = data;
    st->shards[i].size_bytes = n;
    return finish(out, st, add_bytes(st, data, n, i, err));
}

/* A shard's name must be a plain file name with the right ending: no way out of the folder. */
static bool name_is_plain(const char *name, const char *ending)
{
    return ft_ends_with(name, strlen(name), ending) && !strchr(name, '/') && !strchr(name, '\\') &&
           name[0] != '.';
}

/* Opens each file that weight_map names, once, in the order of first mention. `shard_of` maps file
 * names to shards; its keys point into the tree. */
static enum ft_status open_shards(struct ft_st *st, const char *dir, const char *index,
                                  const char *ending, const cJSON *map, struct ft_strmap *shard_of,
                                  struct ft_err *err)
{
    const cJSON *e;
    cJSON_ArrayForEach(e, map)
    {
        if (!cJSON_IsString(e) || !e->string)
            return ft_fail(err, FT_FORMAT, "%s: weight_map: %s: expected the name of a file", index,
                           e->string ? e->string : "?");
        const char *name = e->valuestring;
        if (ft_strmap_get(shard_of, name, strlen(name))) continue;
        if (!name_is_plain(name, ending))
            return ft_fail(err, FT_FORMAT,
                           "%s: weight_map: %s: \"%s\" is not a plain file name ending in %s",
                           index, e->string, name, ending);
        if (st->shard_count == SHARDS_MAX)
            return ft_fail(err, FT_FORMAT, "%s: weight_map names more than %d files", index,
                           SHARDS_MAX);
        char *path = ft_path_join(dir, name);
        size_t i = st->shard_count;
        enum ft_status code = FT_OK;
        if (!ft_path_exists(path))
            code = ft_fail(err, FT_NOTFOUND,
                           "%s: is missing, but %s lists it for tensor %s; download or copy it",
                           path, ft_path_base(index), e->string);
        else
            code = add_file(st, path, err);
        free(path);
        if (code) return code;
        ft_strmap_put(shard_of, name, strlen(name), i);
    }
    return FT_OK;
}

/* Index and shards must say the same: each named tensor in its file, and no other tensor. */
static enum ft_status check_index(const struct ft_st *st, const char *index, const cJSON *map,
                                  const struct ft_strmap *shard_of, struct ft_err *err)
{
    struct ft_strmap named = {0};
    enum ft_status code = FT_OK;
    const cJSON *e;
    cJSON_ArrayForEach(e, map)
    {
        const size_t *shard = ft_strmap_get(shard_of, e->valuestring, strlen(e->valuestring));
        const struct ft_st_tensor *t = ft_st_find(st, e->string);
        if (ft_strmap_get(&named, e->string, strlen(e->string)))
            code = ft_fail(err, FT_FORMAT, "%s: weight_map: duplicate entry %s", index, e->string);
        else if (!t || t->shard != *shard)
            code =
                ft_fail(err, FT_FORMAT,
                        "%s: weight_map: tensor %s is not in %s; download or save the model again",
                        index, e->string, e->valuestring);
        if (code) goto out;
        ft_strmap_put(&named, e->string, strlen(e->string), 0);
    }
    for (size_t i = 0; i < st->count; i++) {
        const struct ft_st_tensor *t = &st->tensors[i];
        if (ft_strmap_get(&named, t->name, t->name_len)) continue;
        code = ft_fail(err, FT_FORMAT,
                       "%s: tensor %s of %s is not in weight_map; download or save the model again",
                       index, t->name, st->shards[t->shard].path);
        break;
    }
out:
    ft_strmap_release(&named);
    return code;
}

static enum ft_status add_index(struct ft_st *st, const char *dir, const char *index,
                                const char *ending, struct ft_err *err)
{
    cJSON *tree;
    enum ft_status code = ft_json_read(index, INDEX_BYTES_MAX, &tree, err);
    if (code) return code;
    struct ft_strmap shard_of = {0};
    const cJSON *map = ft_json_get(tree, "weight_map");
    if (!cJSON_IsObject(map) || !map->child)
        code = ft_fail(err, FT_FORMAT, "%s: weight_map: expected {tensor: file, ..}", index);
    if (!code) code = open_shards(st, dir, index, ending, map, &shard_of, err);
    if (!code) code = check_index(st, index, map, &shard_of, err);
    ft_strmap_release(&shard_of);
    cJSON_Delete(tree);
    return code;
}

/* Nothing readable in the folder: the error describes what it has instead. */
static enum ft_status fail_none(const char *dir, struct ft_err *err)
{
    struct ft_str what = {0};
    enum ft_status code =
        ft_foreign_folder(dir, &what)
            ? ft_fail(err, FT_UNSUPPORTED, "%s: %s", dir, ft_str_text(&what))
            : ft_fail(err, FT_NOTFOUND,
                      "%s: contains no %s, no %s and no index of these; check the folder", dir,
                      FT_ST_FILE, FT_PT_FILE);
    ft_str_release(&what);
    return code;
}

/* The names of weights, in the order in which they are looked for. */
static const struct {
    const char *file;
    const char *shards; /* ending of the files that an index names; NULL: it is no index */
} names[] = {
    {FT_ST_FILE, NULL},
    {FT_ST_INDEX, ".safetensors"},
    {FT_PT_FILE, NULL},
    {FT_PT_INDEX, ".bin"},
};
enum { NAMES = sizeof names / sizeof *names };

static size_t find_name(const char *dir)
{
    size_t i = 0;
    for (bool there = false; i < NAMES; i++) {
        char *path = ft_path_join(dir, names[i].file);
        there = ft_path_exists(path);
        free(path);
        if (there) break;
    }
    return i;
}

bool ft_st_is_there(const char *dir)
{
    return find_name(dir) < NAMES;
}

enum ft_status ft_st_open_dir(struct ft_st **out, const char *dir, struct ft_err *err)
{
    size_t i = find_name(dir);
    if (!ft_path_is_dir(dir))
        return ft_fail(err, FT_NOTFOUND, "%s: no such folder; check the path", dir);
    if (i == NAMES) return fail_none(dir, err);
    struct ft_st *st = ft_xcalloc(1, sizeof *st);
    char *path = ft_path_join(dir, names[i].file);
    enum ft_status code =
        names[i].shards ? add_index(st, dir, path, names[i].shards, err) : add_file(st, path, err);
    free(path);
    return finish(out, st, code);
}

size_t ft_st_count(const struct ft_st *st)
{
    return st->count;
}

const struct ft_st_tensor *ft_st_at(const struct ft_st *st, size_t i)
{
    assert(i < st->count);
    return &st->tensors[i];
}

const struct ft_st_tensor *ft_st_find(const struct ft_st *st, const char *name)
{
    const size_t *i = ft_strmap_get(&st->by_name, name, strlen(name));
    return i ? &st->tensors[*i] : NULL;
}

const char *ft_st_meta(const struct ft_st *st, const char *key)
{
    for (size_t i = 0; i < st->shard_count; i++) {
        const struct ft_st_shard *s = &st->shards[i];
        for (size_t k = 0; k < s->meta_count; k++) {
            if (!strcmp(s->meta[2 * k], key)) return s->meta[2 * k + 1];
        }
    }
    return NULL;
}

bool ft_st_is_pytorch(const struct ft_st *st)
{
    return st->pytorch;
}

size_t ft_st_files(const struct ft_st *st)
{
    return st->shard_count;
}

const char *ft_st_file(const struct ft_st *st, size_t shard)
{
    assert(shard < st->shard_count);
    return st->shards[shard].path;
}

uint64_t ft_st_data_bytes(const struct ft_st *st)
{
    return st->data_bytes;
}
