/* The files of an audit's folder as items: see doubts_in.h. They may come from anywhere: every field is
 * checked. */
#include "engine/present/doubts_in.h"

#include "util/fs.h"
#include "util/json_lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS_MAX = 1000000 };
static const int64_t bytes_max = (int64_t)1 << 30;

static const char *copy(struct doubts_list *l, const char *text)
{
    return text ? ft_arena_strndup(&l->arena, text, strlen(text)) : NULL;
}

enum ft_status doubts_add(struct doubts_list *l, const struct ft_doubt *x, const char *path,
                          struct ft_err *err)
{
    if (l->n == ITEMS_MAX)
        return ft_fail(err, FT_FORMAT, "%s: more than %d rows: not a list to go through by hand",
                       path, (int)ITEMS_MAX);
    ft_grow(&l->items, &l->cap, l->n + 1, sizeof *l->items);
    struct ft_doubt *to = &l->items[l->n++];
    *to = *x;
    to->text = copy(l, x->text);
    to->given = copy(l, x->given);
    to->suggested = copy(l, x->suggested);
    return FT_OK;
}

void doubts_list_release(struct doubts_list *l)
{
    free(l->items);
    ft_arena_release(&l->arena);
    *l = (struct doubts_list){0};
}

/* --- labels.jsonl --- */

struct reading {
    struct doubts_list *l;
    const char *path;
    struct ft_job *work;
};

static const char *text_of(const cJSON *tree, const char *key)
{
    const cJSON *x = ft_json_get(tree, key);
    return cJSON_IsString(x) ? x->valuestring : NULL;
}

static enum ft_status take_label(void *arg, const cJSON *tree, size_t line, struct ft_err *err)
{
    struct reading *r = arg;
    if (ft_job_cancelled(r->work)) return ft_fail(err, FT_CANCELLED, "cancelled");
    if (!tree) return err->code;
    const struct ft_doubt x = {.kind = FT_DOUBT_LABEL,
                               .row = {0, ft_json_count(tree, "row")},
                               .text = text_of(tree, "text"),
                               .given = text_of(tree, "given"),
                               .suggested = text_of(tree, "suggested"),
                               .value = ft_json_number(tree, "margin")};
    bool labels =
        x.given && x.suggested && *x.given && *x.suggested && strcmp(x.given, x.suggested);
    if (!x.row.row || !labels || !isfinite(x.value) || x.value < 0 || x.value > 1)
        return ft_fail(err, FT_FORMAT,
                       "%s, line %zu: expected row, given, suggested (another label) and margin "
                       "(0 to 1), as `fettle audit` writes them",
                       r->path, line);
    return doubts_add(r->l, &x, r->path, err);
}

/* --- duplicates.jsonl --- */

/* Row, and the option that names its file; false: they are not right. */
static bool take_place(const cJSON *tree, const char *source, const char *row,
                       struct ft_dataset_pick *to)
{
    static const char *const sources[] = {"data", "validation", "test"};
    const char *text = text_of(tree, source);
    to->row = ft_json_count(tree, row);
    for (int i = 0; i < 3 && text; i++) {
        to->file = i;
        if (!strcmp(text, sources[i])) return to->row > 0;
    }
    return false;
}

static enum ft_status take_duplicate(void *arg, const cJSON *tree, size_t line, struct ft_err *err)
{
    struct reading *r = arg;
    if (ft_job_cancelled(r->work)) return ft_fail(err, FT_CANCELLED, "cancelled");
    if (!tree) return err->code;
    const char *kind = text_of(tree, "kind");
    struct ft_doubt x = {.kind = FT_DOUBT_KINDS,
                         .text = text_of(tree, "text"),
                         .given = text_of(tree, "label"),
                         .value = ft_json_number(tree, "similarity")};
    for (int k = FT_DOUBT_LABEL + 1; k < FT_DOUBT_KINDS && kind; k++)
        if (!strcmp(kind, ft_doubt_kind_name((enum ft_doubt_kind)k)))
            x.kind = (enum ft_doubt_kind)k;
    if (x.kind == FT_DOUBT_CONFLICT) x.suggested = text_of(tree, "other_label");
    bool labels = x.kind != FT_DOUBT_CONFLICT || (x.given && x.suggested && *x.given &&
                                                  *x.suggested && strcmp(x.given, x.suggested));
    if (x.kind == FT_DOUBT_KINDS || !labels || !take_place(tree, "source", "row", &x.row) ||
        !take_place(tree, "other_source", "other_row", &x.other) || !isfinite(x.value) ||
        x.value <= 0 || x.value > 1)
        return ft_fail(
            err, FT_FORMAT,
            "%s, line %zu: expected kind, source, row, other_source, other_row and "
            "similarity (above 0, at most 1), as `fettle audit --duplicates` writes them",
            r->path, line);
    return doubts_add(r->l, &x, r->path, err);
}

/* --- all --- */

static const struct {
    const char *name;
    ft_json_line_fn *take;
} files[] = {{"labels.jsonl", take_label}, {"duplicates.jsonl", take_duplicate}};
enum { FILES = sizeof files / sizeof *files };

static enum ft_status read_file(struct doubts_list *l, size_t file, const char *path,
                                struct ft_job *work, struct ft_err *err)
{
    struct reading r = {l, path, work};
    if (ft_file_size(path) > bytes_max)
        return ft_fail(err, FT_FORMAT, "%s: %lld bytes, expected at most %lld", path,
                       (long long)ft_file_size(path), (long long)bytes_max);
    return ft_json_lines(path, files[file].take, &r, err);
}

enum ft_status doubts_read(struct doubts_list *l, const char *dir, struct ft_job *work,
                           struct ft_err *err)
{
    enum ft_status st = FT_OK;
    bool any = false;
    for (size_t i = 0; i < FILES && !st; i++) {
        bool is_file = ft_path_is_file(dir) && !strcmp(ft_path_base(dir), files[i].name);
        char *path = is_file ? ft_xstrdup(dir) : ft_path_join(dir, files[i].name);
        if (ft_path_is_file(path)) {
            any = true;
            st = read_file(l, i, path, work, err);
        }
        free(path);
    }
    if (!st && !any)
        st = ft_fail(err, FT_FORMAT,
                     "%s: has no labels.jsonl or duplicates.jsonl; `:audit run`, or fettle audit, "
                     "writes one",
                     dir);
    return st;
}
