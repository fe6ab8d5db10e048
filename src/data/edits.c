/* Label edits as JSONL: see edits.h. */
#include "data/edits.h"

#include "data/label_sets.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { EDITS_BYTES_MAX = 1 << 30 };

static void free_one(struct ft_edit *e)
{
    free(e->old_label);
    free(e->new_label);
}

void ft_edits_release(struct ft_edits *e)
{
    for (size_t i = 0; i < e->n; i++)
        free_one(&e->items[i]);
    free(e->items);
    memset(e, 0, sizeof *e);
}

/* Where the row's edit is, or would be. */
static size_t place(const struct ft_edits *e, size_t row)
{
    size_t lo = 0, hi = e->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (e->items[mid].row < row)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct ft_edit *ft_edits_find(const struct ft_edits *e, size_t row)
{
    size_t i = place(e, row);
    return i < e->n && e->items[i].row == row ? &e->items[i] : NULL;
}

/* Takes what `edit` owns. */
static void put(struct ft_edits *e, struct ft_edit edit)
{
    size_t i = place(e, edit.row);
    if (i < e->n && e->items[i].row == edit.row) {
        free_one(&e->items[i]);
    } else {
        ft_grow(&e->items, &e->cap, e->n + 1, sizeof *e->items);
        memmove(e->items + i + 1, e->items + i, (e->n - i) * sizeof *e->items);
        e->n++;
    }
    e->items[i] = edit;
}

bool ft_edits_unset(struct ft_edits *e, size_t row)
{
    size_t i = place(e, row);
    if (i == e->n || e->items[i].row != row) return false;
    free_one(&e->items[i]);
    memmove(e->items + i, e->items + i + 1, (e->n - i - 1) * sizeof *e->items);
    e->n--;
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    const struct ft_text *x = a, *y = b;
    int c = memcmp(x->data, y->data, x->n < y->n ? x->n : y->n);
    return c ? c : (x->n > y->n) - (x->n < y->n);
}

/* The different labels of a list, sorted; in the arena. */
static size_t set_of(struct ft_text list, struct ft_arena *arena, struct ft_text **names)
{
    size_t n = ft_label_list(list, "", arena, names), kept = 0;
    if (n) qsort(*names, n, sizeof **names, by_bytes);
    for (size_t i = 0; i < n; i++)
        if (!i || by_bytes(&(*names)[i], &(*names)[kept - 1])) (*names)[kept++] = (*names)[i];
    return kept;
}

static bool same_set(struct ft_text a, struct ft_text b)
{
    struct ft_arena arena = {0};
    struct ft_text *x, *y;
    size_t n = set_of(a, &arena, &x), m = set_of(b, &arena, &y);
    bool same = n == m;
    for (size_t i = 0; i < n && same; i++)
        same = !by_bytes(&x[i], &y[i]);
    ft_arena_release(&arena);
    return same;
}

bool ft_edit_fits(const struct ft_edit *e, struct ft_text text, struct ft_text label, bool sets)
{
    char hex[65];
    struct ft_text old = {e->old_label ? e->old_label : "",
                          e->old_label ? strlen(e->old_label) : 0};
    bool same = label.n == old.n && (!label.n || !memcmp(label.data, old.data, label.n));
    if (!same && sets && ft_label_list_is(label) && ft_label_list_is(old))
        same = same_set(label, old);
    if (!same) return false;
    ft_sha256_hex(text.data ? text.data : "", text.n, hex);
    return !strcmp(hex, e->sha256);
}

static void set(struct ft_edits *e, size_t row, struct ft_text text, const char *old_label,
                const char *new_label, bool list)
{
    const struct ft_edit *before = ft_edits_find(e, row);
    const char *old = before ? before->old_label : old_label;
    if (new_label && old && !strcmp(new_label, old)) {
        ft_edits_unset(e, row);
        return;
    }
    struct ft_edit edit = {
        .row = row, .old_label = ft_xstrdup(old), .new_label = ft_xstrdup(new_label), .list = list};
    ft_sha256_hex(text.data, text.n, edit.sha256);
    put(e, edit);
}

void ft_edits_set(struct ft_edits *e, size_t row, struct ft_text text, const char *old_label,
                  const char *new_label)
{
    set(e, row, text, old_label, new_label, false);
}

void ft_edits_set_list(struct ft_edits *e, size_t row, struct ft_text text, const char *old_label,
                       const char *new_label)
{
    set(e, row, text, old_label, new_label, true);
}

void ft_edits_keep(struct ft_edits *kept, size_t row, struct ft_text text, const char *old_label,
                   const char *label, bool list)
{
    struct ft_edit mark = {.row = row,
                           .old_label = ft_xstrdup(old_label),
                           .new_label = ft_xstrdup(label),
                           .list = list};
    ft_sha256_hex(text.data ? text.data : "", text.n, mark.sha256);
    put(kept, mark);
}

/* A label, or a list of tags as its JSON text; *out NULL for null. Not free'd by the tree. */
static enum ft_status take_label(const cJSON *o, const char *key, char **out, bool *list,
                                 const char *where, struct ft_err *err)
{
    const cJSON *v = ft_json_get(o, key), *item;
    const char *text = NULL;
    *list = cJSON_IsArray(v);
    if (!*list) {
        enum ft_status st = ft_json_str(o, key, &text, where, err);
        *out = st ? NULL : ft_xstrdup(text);
        return st;
    }
    cJSON_ArrayForEach(item, v) if (!cJSON_IsString(item)) return ft_fail(
        err, FT_FORMAT, "%s: \"%s\" is not a list of tags", where, key);
    struct ft_str s = {0};
    ft_json_compact(&s, v);
    *out = ft_str_take(&s);
    return FT_OK;
}

/* Is the line one of those that are wanted: an edit, or a mark of a label that was kept? */
static bool is_wanted(bool marks, bool kept, const char *old, const char *label)
{
    bool same = old && label && !strcmp(old, label);
    return marks ? kept && label : !(kept && same);
}

static enum ft_status take_line(struct ft_edits *e, bool marks, const char *p, size_t n,
                                const char *where, struct ft_err *err)
{
    cJSON *o = NULL;
    int64_t row = 0;
    size_t good = ft_utf8_prefix(p, n);
    if (good < n) return ft_fail(err, FT_FORMAT, "%s: byte %zu is not UTF-8", where, good + 1);
    enum ft_status st = ft_json_parse(p, n, where, &o, err);
    const char *sha = NULL;
    char *old = NULL, *label = NULL;
    bool old_list = false, new_list = false, kept = false;
    if (!st) st = ft_json_i64(o, "row", 1, (int64_t)1 << 50, &row, where, err);
    if (!st) st = ft_json_str(o, "sha256", &sha, where, err);
    if (!st) st = take_label(o, "old", &old, &old_list, where, err);
    if (!st) st = take_label(o, "new", &label, &new_list, where, err);
    if (!st) st = ft_json_bool(o, "kept", &kept, where, err);
    if (!st && (!row || !sha || strlen(sha) != 64 || strspn(sha, "0123456789abcdefABCDEF") != 64 ||
                !ft_json_get(o, "new")))
        st = ft_fail(
            err, FT_FORMAT,
            "%s: expected {\"row\":N,\"sha256\":64 hex digits,\"old\":label,\"new\":label or null}",
            where);
    if (!st && is_wanted(marks, kept, old, label)) {
        struct ft_edit edit = {
            .row = (size_t)row, .old_label = old, .new_label = label, .list = old_list || new_list};
        for (size_t i = 0; i < 64; i++)
            edit.sha256[i] = (char)tolower((unsigned char)sha[i]);
        put(e, edit);
    } else {
        free(old);
        free(label);
    }
    cJSON_Delete(o);
    return st;
}

static enum ft_status parse(struct ft_edits *e, bool marks, const char *text, size_t n,
                            const char *name, struct ft_err *err)
{
    size_t line = 0;
    for (size_t i = 0; i < n;) {
        const char *nl = memchr(text + i, '\n', n - i);
        size_t len = nl ? (size_t)(nl - text) - i : n - i;
        line++;
        bool blank = true;
        for (size_t k = 0; k < len && blank; k++)
            blank = isspace((unsigned char)text[i + k]);
        if (!blank) {
            char *where = ft_xprintf("%s: line %zu", name, line);
            enum ft_status st = take_line(e, marks, text + i, len, where, err);
            free(where);
            if (st) return st;
        }
        i += len + 1;
    }
    return FT_OK;
}

enum ft_status ft_edits_parse(struct ft_edits *e, const char *text, size_t n, const char *name,
                              struct ft_err *err)
{
    return parse(e, false, text, n, name, err);
}

static enum ft_status read_file(struct ft_edits *e, bool marks, const char *path,
                                struct ft_err *err)
{
    char *data = NULL;
    size_t n = 0;
    enum ft_status st = ft_file_read(path, EDITS_BYTES_MAX, &data, &n, err);
    if (!st) st = parse(e, marks, data, n, path, err);
    free(data);
    return st;
}

enum ft_status ft_edits_read(struct ft_edits *e, const char *path, struct ft_err *err)
{
    return read_file(e, false, path, err);
}

enum ft_status ft_edits_read_kept(struct ft_edits *kept, const char *path, struct ft_err *err)
{
    return read_file(kept, true, path, err);
}

static void add_label(struct ft_str *s, const char *key, const char *label, bool list)
{
    ft_json_add_key(s, key);
    if (label && list)
        ft_str_addz(s, label);
    else if (label)
        ft_json_add_str(s, label, strlen(label));
    else
        ft_str_addz(s, "null");
}

static void add_line(struct ft_str *s, const struct ft_edit *x, bool kept)
{
    ft_str_addf(s, "{\"row\":%zu,\"sha256\":\"%s\"", x->row, x->sha256);
    add_label(s, "old", x->old_label, x->list);
    add_label(s, "new", x->new_label, x->list);
    if (kept) ft_str_addz(s, ",\"kept\":true");
    ft_str_addz(s, "}\n");
}

/* One line for each row: a mark of an edited row stands in the edit's line. */
static void add_lines(struct ft_str *s, const struct ft_edits *e, const struct ft_edits *kept)
{
    for (size_t i = 0, k = 0; i < e->n || k < kept->n;) {
        const struct ft_edit *x = i < e->n ? &e->items[i] : NULL;
        const struct ft_edit *m = k < kept->n ? &kept->items[k] : NULL;
        if (x && m && x->row == m->row) {
            add_line(s, x, x->new_label && !strcmp(x->new_label, m->new_label));
            i++, k++;
        } else if (!m || (x && x->row < m->row)) {
            add_line(s, x, false);
            i++;
        } else {
            bool same = m->old_label && m->new_label && !strcmp(m->old_label, m->new_label);
            if (same) add_line(s, m, true); /* else its edit is gone */
            k++;
        }
    }
}

enum ft_status ft_edits_write_kept(const struct ft_edits *e, const struct ft_edits *kept,
                                   const char *path, struct ft_err *err)
{
    struct ft_str s = {0};
    add_lines(&s, e, kept);
    enum ft_status st = ft_file_write(path, ft_str_text(&s), s.len, err);
    ft_str_release(&s);
    return st;
}

enum ft_status ft_edits_write(const struct ft_edits *e, const char *path, struct ft_err *err)
{
    return ft_edits_write_kept(e, &(struct ft_edits){0}, path, err);
}
