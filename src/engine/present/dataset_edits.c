/* Label edits of a data set: made by hand, taken back, written beside the data; the user's file is
 * never touched. */
#include "engine/present/dataset_in.h"

#include "data/label_form.h"
#include "data/label_sets.h"
#include "data/number.h"
#include "util/fs.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNDO_MOST = 1000 };

static void step_release(struct dataset_step *s)
{
    free(s->before);
    free(s->after);
}

void dataset_edits_release(struct ft_dataset *d)
{
    for (size_t i = 0; i < d->steps_n; i++)
        step_release(&d->steps[i]);
    free(d->steps);
    d->steps = NULL;
    d->steps_n = d->steps_cap = d->steps_at = 0;
    ft_edits_release(&d->edits);
    ft_edits_release(&d->kept);
    free(d->edits_path);
    d->edits_path = NULL;
}

void dataset_edits_option(struct ft_dataset *d, const char *path)
{
    if (!*path || (d->edits_path && !strcmp(d->edits_path, path))) return;
    struct ft_edits read = {0}, kept = {0};
    struct ft_err err = {0};
    free(d->edits_path);
    d->edits_path = ft_xstrdup(path);
    if (ft_edits_read(&read, path, &err) || ft_edits_read_kept(&kept, path, &err)) {
        d->failed = err;
        ft_edits_release(&read);
        ft_edits_release(&kept);
        return;
    }
    ft_edits_release(&d->edits);
    ft_edits_release(&d->kept);
    d->edits = read;
    d->kept = kept;
    d->edits_written = ++d->edits_version;
    d->kept_written = ++d->kept_version;
}

/* Row `row` of --data as the file has it. */
static bool file_row(const struct ft_dataset *d, size_t row, struct ft_text *text, char **label)
{
    const struct dataset_build *b = d->build;
    if (b && !*b->note && dataset_tagged(b)) return dataset_tags_row(b, row, text, label);
    if (!b || b->source->is_squad || *b->note || b->columns.text < 0 || b->columns.label < 0)
        return false;
    const struct ft_table *t = &b->source->tables[FT_PART_TRAIN];
    if (!row || row > ft_table_rows(t)) return false;
    *text = ft_table_cell(t, row - 1, (size_t)b->columns.text);
    if (b->x.several) {
        struct ft_str list = {0};
        bool there = ft_label_form_set(t, &b->columns, row, t, &b->columns, &list, NULL);
        *label = there ? ft_str_take(&list) : NULL;
        ft_str_release(&list);
        return true;
    }
    struct ft_text l = ft_table_cell(t, row - 1, (size_t)b->columns.label);
    *label = l.data ? ft_xstrndup(l.data, l.n) : NULL;
    return true;
}

static int by_text(const void *a, const void *b)
{
    const struct ft_text *x = a, *y = b;
    size_t n = x->n < y->n ? x->n : y->n;
    int c = n ? memcmp(x->data, y->data, n) : 0;
    return c ? c : (x->n > y->n) - (x->n < y->n);
}

/* A set as a sorted JSON list, from such a list or from "a, b"; without the label `toggled` if it is in
 * it, else with it. free() it. */
static char *set_list(const char *set, const char *toggled)
{
    struct ft_arena arena = {0};
    struct ft_text *names;
    struct ft_str list = {0};
    size_t n = ft_label_list((struct ft_text){set, strlen(set)}, ",", &arena, &names), kept = 0;
    struct ft_text *all = ft_xcalloc(n + 1, sizeof *all);
    bool had = false, none = n == 1 && names[0].n == 4 && !memcmp(names[0].data, "none", 4);
    for (size_t i = 0; i < n && !none; i++) {
        bool is =
            toggled && names[i].n == strlen(toggled) && !memcmp(names[i].data, toggled, names[i].n);
        had |= is;
        if (!is) all[kept++] = names[i];
    }
    if (toggled && !had) all[kept++] = (struct ft_text){toggled, strlen(toggled)};
    if (kept) qsort(all, kept, sizeof *all, by_text);
    ft_label_list_json(all, kept, &list);
    free(all);
    ft_arena_release(&arena);
    return ft_str_take(&list);
}

const char *dataset_set_text(const char *list)
{
    static _Thread_local char text[256];
    struct ft_arena arena = {0};
    struct ft_text *names;
    struct ft_str s = {0};
    size_t n = ft_label_list((struct ft_text){list, strlen(list)}, ",", &arena, &names);
    for (size_t i = 0; i < n; i++) {
        if (i) ft_str_addz(&s, ", ");
        ft_str_add(&s, names[i].data, names[i].n);
    }
    if (!n) ft_str_addz(&s, "none");
    size_t shown = s.len < sizeof text ? s.len : ft_utf8_prefix(s.data, sizeof text - 1);
    snprintf(text, sizeof text, "%.*s", (int)shown, ft_str_text(&s));
    ft_str_release(&s);
    ft_arena_release(&arena);
    return text;
}

bool dataset_same_label(const struct ft_dataset *d, const char *a, const char *b)
{
    if (!a || !b) return false;
    if (!strcmp(a, b) || !d->build || !d->build->x.several) return !strcmp(a, b);
    char *x = set_list(a, NULL), *y = set_list(b, NULL);
    bool same = !strcmp(x, y);
    free(x);
    free(y);
    return same;
}

/* The set of a row of --data as it is now; NULL: no such row, or not of several labels. free() it. */
static char *set_now(const struct ft_dataset *d, size_t row)
{
    struct ft_text text;
    char *old = NULL;
    if (!d->build || !d->build->x.several || !file_row(d, row, &text, &old)) return NULL;
    const struct ft_edit *e = dataset_edit_of(d, row);
    char *now = ft_xstrdup(e && e->new_label ? e->new_label : old ? old : "[]");
    free(old);
    return now;
}

bool ft_dataset_row_has(const struct ft_dataset *d, size_t row, const char *label)
{
    char *now = set_now(d, row);
    struct ft_arena arena = {0};
    struct ft_text *names;
    bool has = false;
    size_t n = now ? ft_label_list((struct ft_text){now, strlen(now)}, "", &arena, &names) : 0;
    for (size_t i = 0; i < n && !has; i++)
        has = names[i].n == strlen(label) && !memcmp(names[i].data, label, names[i].n);
    ft_arena_release(&arena);
    free(now);
    return has;
}

enum ft_status ft_dataset_toggle(struct ft_dataset *d, size_t row, const char *label,
                                 struct ft_err *err)
{
    char *now = set_now(d, row), *then = now ? set_list(now, label) : NULL;
    enum ft_status st = ft_dataset_relabel(d, row, then ? then : label, err);
    free(now);
    free(then);
    return st;
}

const struct ft_edit *dataset_edit_of(const struct ft_dataset *d, size_t row)
{
    struct ft_text text;
    char *old = NULL;
    const struct ft_edit *e = ft_edits_find(&d->edits, row);
    if (e && file_row(d, row, &text, &old) &&
        !ft_edit_fits(e, text, (struct ft_text){old, old ? strlen(old) : 0},
                      d->build && d->build->x.several))
        e = NULL;
    free(old);
    return e;
}

/* Makes the row's mark what it should be. */
static void put_kept(struct ft_dataset *d, size_t row, bool kept)
{
    struct ft_text text;
    char *old = NULL;
    const struct ft_edit *e = dataset_edit_of(d, row);
    bool had = ft_edits_unset(&d->kept, row);
    if (kept && file_row(d, row, &text, &old) && old) {
        bool list = d->build && (d->build->x.several || dataset_tagged(d->build));
        ft_edits_keep(&d->kept, row, text, old, e ? e->new_label : old, list);
    }
    free(old);
    if (had || kept) d->kept_version++;
    d->facts.version++;
}

/* Makes the row's edit what it should be: none, a label, or dropped. */
static void put_edit(struct ft_dataset *d, size_t row, bool has, const char *label)
{
    struct ft_text text;
    char *old = NULL;
    if (!has || !dataset_edit_of(d, row)) ft_edits_unset(&d->edits, row);
    bool several = d->build && (d->build->x.several || dataset_tagged(d->build));
    if (has && file_row(d, row, &text, &old))
        (several ? ft_edits_set_list : ft_edits_set)(&d->edits, row, text, old, label);
    free(old);
    d->edits_version++;
    d->facts.version++;
    dataset_rebuild(d);
}

static bool same_label(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

/* Makes the row what it is after the step, or before it. A mark alone needs no new build. */
static void put(struct ft_dataset *d, const struct dataset_step *s, bool after)
{
    if (s->had != s->has || !same_label(s->before, s->after))
        put_edit(d, s->row, after ? s->has : s->had, after ? s->after : s->before);
    if (s->kept_before || s->kept_after)
        put_kept(d, s->row, after ? s->kept_after : s->kept_before);
}

static void push(struct ft_dataset *d, const struct dataset_step *step)
{
    for (size_t i = d->steps_at; i < d->steps_n; i++)
        step_release(&d->steps[i]);
    d->steps_n = d->steps_at;
    if (d->steps_n == UNDO_MOST) {
        step_release(&d->steps[0]);
        memmove(d->steps, d->steps + 1, --d->steps_n * sizeof *d->steps);
    }
    ft_grow(&d->steps, &d->steps_cap, d->steps_n + 1, sizeof *d->steps);
    d->steps[d->steps_n++] = *step;
    d->steps_at = d->steps_n;
}

static enum ft_status fail_row(const struct ft_dataset *d, size_t row, struct ft_err *err)
{
    return ft_fail(err, FT_USAGE, "row %zu cannot be relabelled: it is not a labelled row of %s",
                   row, ft_path_base(ft_options_text(&d->wanted, FT_OPT_data)));
}

static enum ft_status relabel(struct ft_dataset *d, size_t row, const char *label, bool keep,
                              struct ft_err *err)
{
    struct ft_text text;
    char *old = NULL;
    if (!file_row(d, row, &text, &old)) return fail_row(d, row, err);
    free(old);
    if (label && !*label) return ft_fail(err, FT_USAGE, "a label cannot be empty");
    char number[32];
    double x;
    const struct dataset_build *b = dataset_shown(d);
    if (label && b && b->x.numbers) {
        struct ft_text s = {label, strlen(label)};
        if (ft_number_parse(s, false, &x) != FT_NUMBER)
            return ft_fail(err, FT_USAGE, "'%.40s' is not a number", label);
        snprintf(number, sizeof number, "%.9g", x);
        label = number;
    }
    char *set = label && d->build->x.several ? set_list(label, NULL) : NULL;
    const struct ft_edit *now = dataset_edit_of(d, row);
    char *tags = NULL;
    if (label && dataset_tagged(d->build)) {
        enum ft_status st =
            dataset_tags_change(d->build, row, now ? now->new_label : NULL, label, &tags, err);
        if (st) return st;
        label = tags;
    }
    struct dataset_step step = {.row = row,
                                .had = now,
                                .has = true,
                                .kept_before = ft_dataset_kept(d, row),
                                .kept_after = keep};
    step.before = now ? ft_xstrdup(now->new_label) : NULL;
    step.after = ft_xstrdup(set ? set : label);
    push(d, &step);
    put_edit(d, row, true, set ? set : label);
    if (step.kept_before || keep) put_kept(d, row, keep);
    free(set);
    free(tags);
    return FT_OK;
}

enum ft_status ft_dataset_relabel(struct ft_dataset *d, size_t row, const char *label,
                                  struct ft_err *err)
{
    return relabel(d, row, label, false, err);
}

enum ft_status ft_dataset_keep(struct ft_dataset *d, size_t row, const char *label, bool on,
                               struct ft_err *err)
{
    struct ft_text text;
    char *old = NULL;
    const struct ft_edit *now = dataset_edit_of(d, row);
    bool there = file_row(d, row, &text, &old) && old;
    bool same = label && there && !strcmp(label, now && now->new_label ? now->new_label : old) &&
                (!now || now->new_label);
    free(old);
    if (there && label && on && !same) return relabel(d, row, label, true, err);
    if (!there) return fail_row(d, row, err);
    if (now && !now->new_label)
        return ft_fail(err, FT_USAGE, "row %zu is excluded: a label includes it again", row);
    struct dataset_step step = {.row = row,
                                .had = now,
                                .has = now,
                                .before = now ? ft_xstrdup(now->new_label) : NULL,
                                .after = now ? ft_xstrdup(now->new_label) : NULL,
                                .kept_before = ft_dataset_kept(d, row),
                                .kept_after = on};
    push(d, &step);
    put(d, &step, true);
    return FT_OK;
}

bool ft_dataset_kept(const struct ft_dataset *d, size_t row)
{
    struct ft_text text;
    char *old = NULL;
    const struct ft_edit *mark = ft_edits_find(&d->kept, row);
    bool several = d->build && d->build->x.several;
    if (!mark || !file_row(d, row, &text, &old)) return false;
    const struct ft_edit *e = dataset_edit_of(d, row);
    bool fits = old && ft_edit_fits(mark, text, (struct ft_text){old, strlen(old)}, several);
    bool kept = fits && (e ? same_label(e->new_label, mark->new_label)
                           : same_label(mark->old_label, mark->new_label));
    free(old);
    return kept;
}

size_t ft_dataset_marks(const struct ft_dataset *d)
{
    return d->kept.n;
}

bool ft_dataset_undo(struct ft_dataset *d, size_t *row)
{
    if (!d->steps_at) return false;
    const struct dataset_step *s = &d->steps[--d->steps_at];
    if (row) *row = s->row;
    put(d, s, false);
    return true;
}

bool ft_dataset_redo(struct ft_dataset *d, size_t *row)
{
    if (d->steps_at == d->steps_n) return false;
    const struct dataset_step *s = &d->steps[d->steps_at++];
    if (row) *row = s->row;
    put(d, s, true);
    return true;
}

void ft_dataset_edits_base(struct ft_dataset *d, const char *path)
{
    ft_edits_release(&d->base);
    if (*path && ft_edits_read(&d->base, path, NULL)) ft_edits_release(&d->base);
}

/* Whether the row was edited here; edits of the base that were never loaded are not taken back. */
static bool was_edited_here(const struct ft_dataset *d, size_t row)
{
    for (size_t i = 0; i < d->steps_n; i++) {
        const struct dataset_step *s = &d->steps[i];
        if (s->row == row && (s->had != s->has || !same_label(s->before, s->after))) return true;
    }
    return false;
}

size_t ft_dataset_edits_since(const struct ft_dataset *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->edits.n; i++) {
        const struct ft_edit *e = &d->edits.items[i], *b = ft_edits_find(&d->base, e->row);
        n += !b || !same_label(e->new_label, b->new_label);
    }
    for (size_t i = 0; i < d->base.n; i++) {
        size_t row = d->base.items[i].row;
        n += !ft_edits_find(&d->edits, row) && was_edited_here(d, row);
    }
    return n;
}

size_t ft_dataset_edits(const struct ft_dataset *d)
{
    return d->edits.n;
}

bool ft_dataset_edits_saved(const struct ft_dataset *d)
{
    return d->edits_written == d->edits_version && d->kept_written == d->kept_version;
}

uint64_t ft_dataset_edits_version(const struct ft_dataset *d)
{
    return d->edits_version;
}

enum ft_status ft_dataset_copy_edits(const struct ft_dataset *d, const char *path,
                                     struct ft_err *err)
{
    return ft_edits_write(&d->edits, path, err);
}

enum ft_status ft_dataset_write_edits(struct ft_dataset *d, const char *path, struct ft_err *err)
{
    enum ft_status st = ft_edits_write_kept(&d->edits, &d->kept, path, err);
    if (st) return st;
    d->edits_written = d->edits_version;
    d->kept_written = d->kept_version;
    return FT_OK;
}
