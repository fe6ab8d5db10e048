/* Which checkpoint a run resumes from: the newest that is whole. The metadata of its
 * optimizer.safetensors lists the folder's files with sizes and checksums; the two files of tensors
 * carry their own. What cannot be used is set aside only when another one can be used. See
 * checkpoint_verify.h. */
#include "engine/train/checkpoint_verify.h"

#include "data/safetensors.h"
#include "engine/train/checkpoint_list.h"
#include "engine/train/train_state.h"
#include "util/checksum.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX ((size_t)4 << 30)
static const char optimizer_name[] = "optimizer.safetensors";
static const char aside[] = "damaged-";

static bool has_own_sum(const char *name)
{
    return ft_ends_with(name, strlen(name), ".safetensors");
}

/* "" for a file that carries its own. */
static enum ft_status sum_of(const char *path, char text[FT_CHECKSUM_DIGITS + 1],
                             struct ft_err *err)
{
    char *data = NULL;
    size_t n = 0;
    struct ft_checksum sum;
    *text = 0;
    if (has_own_sum(path)) return FT_OK;
    enum ft_status st = ft_file_read(path, FILE_BYTES_MAX, &data, &n, err);
    if (st) return st;
    ft_checksum_init(&sum);
    ft_checksum_add(&sum, data, n);
    ft_checksum_text(ft_checksum_end(&sum), text);
    free(data);
    return FT_OK;
}

enum ft_status ft_checkpoint_manifest(const char *dir, struct ft_str *out, struct ft_err *err)
{
    char **names = NULL;
    size_t n = 0;
    enum ft_status st = ft_dir_list(dir, &names, &n, err);
    ft_str_addc(out, '{');
    for (size_t i = 0; i < n && !st; i++) {
        char *path = ft_path_join(dir, names[i]), text[FT_CHECKSUM_DIGITS + 1];
        st = sum_of(path, text, err);
        if (!st) {
            ft_json_add_key(out, names[i]);
            ft_str_addf(out, "{\"bytes\":%lld,\"checksum\":\"%s\"}", (long long)ft_file_size(path),
                        text);
        }
        free(path);
    }
    ft_str_addc(out, '}');
    ft_names_free(names, n);
    return st;
}

/* FT_NOTFOUND only where it is certain: a disk that cannot tell is FT_IO. */
static enum ft_status check_there(const char *path, struct ft_err *err)
{
    struct stat sb;
    if (stat(path, &sb))
        return errno == ENOENT ? ft_fail(err, FT_NOTFOUND, "%s: is missing", path)
                               : ft_fail(err, FT_IO, "%s: %s", path, strerror(errno));
    return S_ISREG(sb.st_mode) ? FT_OK : ft_fail(err, FT_FORMAT, "%s: is not a file", path);
}

static enum ft_status verify_file(const char *dir, const cJSON *entry, bool thorough,
                                  struct ft_err *err)
{
    char *path = ft_path_join(dir, ft_path_base(entry->string)), is[FT_CHECKSUM_DIGITS + 1] = "";
    const cJSON *sum = ft_json_get(entry, "checksum");
    const char *want = cJSON_IsString(sum) ? sum->valuestring : "";
    double bytes = ft_json_number(entry, "bytes");
    enum ft_status st = check_there(path, err);
    if (!st && thorough && (double)ft_file_size(path) != bytes)
        st = ft_fail(err, FT_FORMAT, "%s: is damaged: it has %lld bytes, expected %.0f", path,
                     (long long)ft_file_size(path), bytes);
    if (!st && thorough && *want) st = sum_of(path, is, err);
    if (!st && thorough && strcmp(is, want))
        st = ft_fail(err, FT_FORMAT, "%s: is damaged: its checksum is %s, expected %s", path, is,
                     want);
    free(path);
    return st;
}

/* The files that the metadata lists; checkpoints of older versions have no list. */
static enum ft_status verify_files(const char *dir, const struct ft_st *optimizer, bool thorough,
                                   struct ft_err *err)
{
    const char *list = ft_st_meta(optimizer, FT_CHECKPOINT_FILES);
    cJSON *tree = NULL;
    const cJSON *entry;
    if (!list) return FT_OK;
    enum ft_status st = ft_json_parse(list, strlen(list), dir, &tree, err);
    cJSON_ArrayForEach(entry, tree)
    {
        if (!st && entry->string) st = verify_file(dir, entry, thorough, err);
    }
    cJSON_Delete(tree);
    return st;
}

/* Not thorough: whether all files are there. */
static enum ft_status verify(const char *dir, bool thorough, struct ft_err *err)
{
    char *path = ft_path_join(dir, optimizer_name), *config = ft_path_join(dir, "config.json");
    struct ft_st *weights = NULL, *optimizer = NULL;
    enum ft_status st = check_there(path, err);
    if (!st) st = check_there(config, err);
    if (!st) st = ft_st_open_dir(&weights, dir, err);
    if (!st) st = ft_st_open(&optimizer, path, err);
    if (!st) st = verify_files(dir, optimizer, thorough, err);
    if (!st && thorough) st = ft_st_verify(optimizer, err);
    if (!st && thorough) st = ft_st_verify(weights, err);
    ft_st_close(weights);
    ft_st_close(optimizer);
    free(config);
    free(path);
    return st;
}

enum ft_status ft_checkpoint_verify(const char *dir, struct ft_err *err)
{
    return verify(dir, true, err);
}

/* Whether the weights are certainly not there, so that nothing can be done with the rest. */
static bool is_empty(const char *dir)
{
    static const char *const names[] = {FT_ST_FILE, FT_ST_INDEX};
    bool gone = true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = ft_path_join(dir, names[i]);
        gone = gone && check_there(path, NULL) == FT_NOTFOUND;
        free(path);
    }
    return gone;
}

/* A checkpoint that cannot be used: one without weights is removed, another is renamed, so that its
 * step can be saved again. */
static void set_aside(const struct ft_train *t, uint64_t step, const char *text)
{
    char *path = ft_checkpoint_path(t->dir, step);
    char *to = ft_xprintf("%s/%s%s", t->dir, aside, ft_path_base(path));
    struct ft_err err = {0};
    enum ft_status st;
    if (is_empty(path)) {
        ft_log(FT_LOG_WARN, "%s is incomplete (%s): removed", path, text);
        st = ft_checkpoint_remove(t->dir, step, &err);
    } else {
        ft_log(FT_LOG_WARN, "%s cannot be used (%s): renamed to %s", path, text, ft_path_base(to));
        st = ft_remove_tree(to, &err);
        if (!st) st = ft_rename(path, to, &err);
    }
    if (st) ft_log(FT_LOG_WARN, "%s", err.msg);
    free(to);
    free(path);
}

/* Checkpoints before the one that is used. */
static void set_aside_incomplete(const struct ft_train *t, const uint64_t *steps, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct ft_err err = {0};
        char *path = ft_checkpoint_path(t->dir, steps[i]);
        if (verify(path, false, &err) == FT_NOTFOUND) set_aside(t, steps[i], err.msg);
        free(path);
    }
}

enum ft_status ft_checkpoint_choose(struct ft_train *t, struct ft_err *err)
{
    uint64_t *steps = NULL;
    size_t n = 0, at;
    enum ft_status st = ft_checkpoint_list(t->dir, &steps, &n, err);
    if (st || !n) {
        free(steps);
        return st;
    }
    struct ft_err *why = ft_xcalloc(n, sizeof *why);
    for (at = n; at > 0; at--) {
        char *path = ft_checkpoint_path(t->dir, steps[at - 1]);
        st = verify(path, true, &why[at - 1]);
        if (!st) {
            t->from = path;
            break;
        }
        free(path);
        if (st == FT_NOMEM) break;
    }
    if (st == FT_NOMEM) {
        ft_fail(err, st, "%s", why[at - 1].msg);
    } else if (st) {
        st = ft_fail(err, why[n - 1].code,
                     "%s; no checkpoint of %s can be used: restore one from a copy, or start again "
                     "with --overwrite_output_dir",
                     why[n - 1].msg, t->dir);
    } else {
        for (size_t i = n; i > at; i--)
            set_aside(t, steps[i - 1], why[i - 1].msg);
        if (at < n) ft_log(FT_LOG_WARN, "resuming from %s", t->from);
        set_aside_incomplete(t, steps, at - 1);
    }
    free(why);
    free(steps);
    return st;
}

enum ft_status ft_checkpoint_remove_aside(const char *dir, struct ft_err *err)
{
    char **names = NULL;
    size_t n = 0;
    enum ft_status st = ft_dir_list(dir, &names, &n, err);
    for (size_t i = 0; i < n && !st; i++) {
        if (strncmp(names[i], aside, sizeof aside - 1) ||
            !ft_checkpoint_step(names[i] + sizeof aside - 1, NULL))
            continue;
        char *path = ft_path_join(dir, names[i]);
        st = ft_remove_tree(path, err);
        free(path);
    }
    ft_names_free(names, n);
    return st;
}
