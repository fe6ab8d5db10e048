/* See export.h. The model is opened and checked before a byte is written, so that a broken one is
 * not handed on; then its files are copied into a hidden folder that is renamed into place. Weights
 * of torch.save (pytorch_model.bin) are written as safetensors instead: the same tensors under the
 * same names, in their own types. */
#include "engine/runs/export.h"

#include "data/hf_config.h"
#include "data/hf_dir.h"
#include "data/hub.h"
#include "data/safetensors.h"
#include "data/st_write.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

/* What a model consists of beside its weights; those that are there are copied. */
static const char *const model_files[] = {
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "added_tokens.json",
    "README.md",
    "LICENSE",
    "special_tokens_map.json",
};
enum { MODEL_FILES = sizeof model_files / sizeof *model_files };

static enum ft_status check_format(const char *format, const char *output, struct ft_err *err)
{
    size_t n = strlen(output);
    if (!format)
        format = ft_ends_with(output, n, ".onnx")   ? "onnx"
                 : ft_ends_with(output, n, ".gguf") ? "gguf"
                                                    : "hf";
    if (!strcmp(format, "hf")) return FT_OK;
    if (!strcmp(format, "onnx") || !strcmp(format, "gguf"))
        return ft_fail(err, FT_UNSUPPORTED,
                       "format %s is not supported in this version of fettle (%s); use format hf, "
                       "which transformers loads and other tools convert",
                       format, FETTLE_VERSION);
    return ft_fail(err, FT_USAGE, "format is %s, expected hf, onnx or gguf", format);
}

/* A converted model larger than this is written in shards, as save_pretrained does. */
#define SHARD_BYTES 5000000000ull

/* The names to copy, the weights to convert, and the bytes of both. */
struct list {
    char **names;
    size_t n, cap;
    struct ft_st *convert; /* NULL: the weights are among the names */
    int64_t bytes;
};

static void list_release(struct list *l)
{
    ft_names_free(l->names, l->n);
    ft_st_close(l->convert);
}

static void add(struct list *l, const char *dir, const char *name)
{
    char *path = ft_path_join(dir, name);
    if (ft_path_is_file(path)) {
        ft_grow(&l->names, &l->cap, l->n + 1, sizeof *l->names);
        l->names[l->n++] = ft_xstrdup(name);
        l->bytes += ft_file_size(path);
    }
    free(path);
}

/* Checks configuration and weights, and lists all files. */
static enum ft_status look(struct list *l, const char *dir, struct ft_err *err)
{
    struct ft_hf_config config = {0};
    struct ft_st *weights = NULL;
    char *path = ft_path_join(dir, "config.json");
    enum ft_status st = ft_hf_config_load(&config, path, err);
    if (!st) ft_hf_config_release(&config);
    free(path);
    if (!st) st = ft_st_open_dir(&weights, dir, err);
    if (!st && (st = ft_st_verify(weights, err))) ft_st_close(weights);
    if (st) return st;
    for (size_t i = 0; i < MODEL_FILES; i++)
        add(l, dir, model_files[i]);
    if (ft_st_is_pytorch(weights)) {
        l->convert = weights;
        for (size_t i = 0; i < ft_st_count(weights); i++)
            l->bytes += (int64_t)ft_st_at(weights, i)->size_bytes;
        return FT_OK;
    }
    bool sharded = false;
    for (size_t i = 0; i < ft_st_files(weights); i++) {
        const char *name = ft_path_base(ft_st_file(weights, i));
        sharded = sharded || (strcmp(name, FT_ST_FILE) != 0);
        add(l, dir, name);
    }
    if (sharded) add(l, dir, FT_ST_INDEX);
    ft_st_close(weights);
    return FT_OK;
}

/* The tensor that is being written, read as a whole. */
struct conversion {
    const struct list *l;
    struct ft_job *work;
    int64_t done; /* bytes of the model written before it */
    char *data;
    size_t id; /* of the tensor; SIZE_MAX: none */
};

static enum ft_status fill(void *arg, const struct ft_st_item *item, size_t first, size_t n,
                           void *buf, struct ft_err *err)
{
    struct conversion *c = arg;
    const struct ft_st_tensor *t = ft_st_at(c->l->convert, item->id);
    ft_job_report(c->work, (double)c->done, (double)c->l->bytes, "bytes");
    if (ft_job_cancelled(c->work)) return ft_fail(err, FT_CANCELLED, "cancelled");
    if (c->id != item->id) {
        free(c->data);
        c->id = SIZE_MAX;
        if (!(c->data = malloc(t->size_bytes)))
            return ft_fail(err, FT_NOMEM, "no memory for tensor %s (%zu bytes)", t->name,
                           t->size_bytes);
        enum ft_status st = ft_st_read_raw(c->l->convert, t, c->data, err);
        if (st) return st;
        c->id = item->id;
    }
    memcpy(buf, c->data + first, n);
    c->done += (int64_t)n;
    return FT_OK;
}

/* Writes the weights as safetensors; *files counts what was written. */
static enum ft_status convert(const struct list *l, int64_t done, const char *dir,
                              struct ft_job *work, size_t *files, struct ft_err *err)
{
    struct conversion c = {.l = l, .work = work, .done = done, .id = SIZE_MAX};
    size_t n = ft_st_count(l->convert);
    struct ft_st_item *items = ft_xcalloc(n, sizeof *items);
    for (size_t i = 0; i < n; i++) {
        const struct ft_st_tensor *t = ft_st_at(l->convert, i);
        items[i] =
            (struct ft_st_item){.name = t->name, .dtype = t->dtype, .rank = t->rank, .id = i};
        memcpy(items[i].shape, t->shape, sizeof items[i].shape);
    }
    struct ft_st_source source = {.fill = fill, .arg = &c};
    enum ft_status st = ft_st_save_dir(dir, items, n, SHARD_BYTES, NULL, &source, err);
    free(c.data);
    free(items);
    struct ft_st *made = NULL;
    if (!st) st = ft_st_open_dir(&made, dir, err);
    if (!st) *files = ft_st_files(made) + (ft_st_files(made) > 1); /* and their index */
    ft_st_close(made);
    return st;
}

static enum ft_status copy_all(const struct list *l, const char *dir, struct ft_hf_dir *out,
                               struct ft_job *work, size_t *made, struct ft_err *err)
{
    int64_t done = 0, weights = 0;
    *made = 0;
    for (size_t i = 0; i < l->n; i++) {
        ft_job_report(work, (double)done, (double)l->bytes, "bytes");
        if (ft_job_cancelled(work)) return ft_fail(err, FT_CANCELLED, "cancelled");
        enum ft_status st = ft_hf_dir_put_copy(out, dir, l->names[i], err);
        if (st) return st;
        char *path = ft_path_join(out->tmp, l->names[i]);
        done += ft_file_size(path);
        free(path);
    }
    for (size_t i = 0; l->convert && i < ft_st_count(l->convert); i++)
        weights += (int64_t)ft_st_at(l->convert, i)->size_bytes;
    if (done + weights == l->bytes)
        return l->convert ? convert(l, done, out->tmp, work, made, err) : FT_OK;
    return ft_fail(err, FT_IO, "%s: its files changed while they were copied; try again", dir);
}

enum ft_status ft_export(const char *model, const char *format, const char *output,
                         struct ft_job *work, struct ft_exported *done, struct ft_err *err)
{
    struct ft_hub_model found;
    struct ft_hf_dir out = {0};
    struct list l = {0};
    size_t made = 0;
    enum ft_status st = check_format(format, output, err);
    if (!st && !*output) st = ft_fail(err, FT_USAGE, "the name of the new folder is missing");
    if (!st && ft_path_exists(output))
        st = ft_fail(err, FT_EXISTS, "%s: already exists; choose another name", output);
    if (!st) st = ft_hub_resolve(&found, model, err);
    if (st) return st;
    st = ft_hub_check_complete(&found, err);
    if (!st) st = look(&l, found.path, err);
    if (!st) st = ft_hf_dir_begin(&out, output, (uint64_t)l.bytes, err);
    if (!st) {
        out.fresh = true;
        st = copy_all(&l, found.path, &out, work, &made, err);
        st = ft_hf_dir_end(&out, st, err);
    }
    if (!st && done) *done = (struct ft_exported){l.n + made, l.bytes};
    list_release(&l);
    ft_hub_model_release(&found);
    return st;
}
