/* From the options to examples: opens the files, settles the columns, builds the examples, says
 * what was guessed and what was left out. See run_data.h. */
#include "data/read.h"
#include "data/problems.h"
#include "engine/options/data_options.h"
#include "engine/task/run_data.h"
#include "engine/task/run_tags.h"

#include "util/fs.h"
#include "util/hash.h"
#include "util/log.h"
#include "util/str.h"

#include <string.h>

static const enum ft_opt file_option[FT_PART_COUNT] = {[FT_PART_TRAIN] = FT_OPT_data,
                                                       [FT_PART_VALIDATION] = FT_OPT_validation,
                                                       [FT_PART_TEST] = FT_OPT_test};

size_t ft_run_data_examples(const struct ft_run_data *d, enum ft_part part)
{
    return d->x.part_n[part];
}

void ft_run_data_split_json(const struct ft_run_data *d, struct ft_str *out)
{
    ft_examples_split_json(&d->x, out);
}

enum ft_opt ft_run_data_option(enum ft_part part)
{
    return file_option[part];
}

const char *ft_run_data_path(const struct ft_run_data *d, enum ft_part part)
{
    return ft_task_has(d->task, FT_TRAIT_ANSWERS) ? d->squad[part].path : d->tables[part].path;
}

size_t ft_run_data_rows(const struct ft_run_data *d, enum ft_part part)
{
    return ft_task_has(d->task, FT_TRAIT_ANSWERS) ? d->squad[part].questions_n
                                                  : ft_table_rows(&d->tables[part]);
}

/* Of a file of its own, whose columns are those of --data. */
static void say_form(const struct ft_table *t, const struct ft_options *o)
{
    struct ft_str s = {0};
    ft_data_form_text(t, &s);
    ft_log(ft_data_form_guessed(t, o) ? FT_LOG_NOTE : FT_LOG_INFO, "%s: %s, %zu row%s", t->path,
           ft_str_text(&s), ft_table_rows(t), ft_plural(ft_table_rows(t)));
    ft_str_release(&s);
}

static enum ft_status read_tables(struct ft_run_data *d, const struct ft_options *o,
                                  struct ft_err *err)
{
    for (int part = 0; part < FT_PART_COUNT; part++) {
        const char *path = ft_options_text(o, file_option[part]);
        if (!*path) continue;
        struct ft_read_opt how = ft_data_read_opt(o);
        enum ft_status st = ft_table_read(&d->tables[part], path, &how, err);
        if (st) return st;
        if (!ft_path_is_dir(path) && (st = ft_table_sha256(path, d->sha256[part], err))) return st;
        ft_data_say_notes(&d->tables[part]);
        if (part != FT_PART_TRAIN) say_form(&d->tables[part], o);
    }
    return FT_OK;
}

/* ", label sentiment", or how several labels are found in a row. */
static void add_label_columns(const struct ft_run_data *d, struct ft_str *out)
{
    const struct ft_table *t = &d->tables[FT_PART_TRAIN];
    const struct ft_columns *c = &d->columns;
    if (c->label < 0) return;
    ft_str_addz(out, d->x.several ? ", labels " : ", label ");
    ft_data_label_columns(t, c, ", ", out);
    if (d->x.numbers) ft_str_addz(out, " (numbers: regression)");
    if (!d->x.several) return;
    if (c->labels_n)
        ft_str_addz(out, " (columns of 0 and 1)");
    else if (*c->delimiter)
        ft_str_addf(out, " (several in a cell, separated by %s)", c->delimiter);
    else
        ft_str_addz(out, " (lists)");
}

/* Aloud where a column was guessed. */
static void say_columns(const struct ft_run_data *d, const struct ft_options *o)
{
    const struct ft_table *t = &d->tables[FT_PART_TRAIN];
    const struct ft_columns *c = &d->columns;
    if (c->text < 0 && !d->running_text) return;
    int join[FT_COLUMNS_JOIN];
    size_t joined = d->running_text && !ft_options_given(o, FT_OPT_text_column)
                        ? ft_columns_joined(t, join)
                        : 0;
    if (joined) {
        struct ft_str names = {0};
        for (size_t i = 0; i < joined; i++)
            ft_str_addf(&names, "%s%s", i ? ", " : "", ft_table_name(t, (size_t)join[i]));
        ft_log(FT_LOG_NOTE, "%s: %zu row%s, the text is the columns %s joined by line breaks",
               t->path, ft_table_rows(t), ft_plural(ft_table_rows(t)), ft_str_text(&names));
        ft_str_release(&names);
        return;
    }
    bool told = ft_options_given(o, FT_OPT_text_column) &&
                (c->label < 0 || ft_options_given(o, FT_OPT_label_column)) &&
                (c->pair < 0 || ft_options_given(o, FT_OPT_text_pair_column));
    bool one = ft_table_columns(t) == 1;
    bool guessed = ft_data_form_guessed(t, o);
    struct ft_str form = {0}, label = {0};
    add_label_columns(d, &label);
    ft_data_form_text(t, &form);
    ft_log((told || one) && !guessed ? FT_LOG_INFO : FT_LOG_NOTE,
           "%s: %s, %zu row%s, text %s%s%s%s%s", t->path, ft_str_text(&form), ft_table_rows(t),
           ft_plural(ft_table_rows(t)), ft_table_name(t, (size_t)c->text),
           c->pair >= 0 ? ", second text " : "",
           c->pair >= 0 ? ft_table_name(t, (size_t)c->pair) : "", ft_str_text(&label),
           c->sure ? "" : " (inferred)");
    ft_str_clear(&label);
    if (ft_columns_other_numbers(t, c, &label))
        ft_log(FT_LOG_NOTE,
               "%s: other columns of numbers: %s; --label_column names the one to learn", t->path,
               ft_str_text(&label));
    ft_str_release(&label);
    ft_str_release(&form);
}

/* What is odd about the labels, and how they were understood. */
static void say_labels(const struct ft_run_data *d)
{
    struct ft_problems p = {0};
    const struct ft_labels *labels = &d->x.labels;
    if (d->x.by_id)
        ft_log(FT_LOG_NOTE,
               "%s: the labels are numbers: read as the ids of the model's labels (0 = %s%s%s)",
               d->tables[FT_PART_TRAIN].path, labels->names[0], labels->n > 1 ? ", 1 = " : "",
               labels->n > 1 ? labels->names[1] : "");
    ft_problems_labels(&p, &d->x);
    ft_problems_texts(&p, &d->x);
    ft_problems_sort(&p);
    for (int k = 0; k < FT_PROBLEM_COUNT; k++) {
        if (!p.count[k]) continue;
        const struct ft_problem *first = &p.items[p.first[k]];
        enum ft_problem_kind kind = (enum ft_problem_kind)k;
        enum ft_log_level level = ft_problem_sign(kind) == '-' ? FT_LOG_NOTE : FT_LOG_WARN;
        size_t more = p.count[k] - 1;
        if (more)
            ft_log(level, "%s: row %zu: %s (and %zu more)", d->tables[first->file].path, first->row,
                   first->what, more);
        else
            ft_log(level, "%s: row %zu: %s", d->tables[first->file].path, first->row, first->what);
    }
    ft_problems_release(&p);
}

enum ft_status ft_run_data_rebuild(struct ft_run_data *d, const struct ft_options *o,
                                   const struct ft_labels *labels, bool unlabelled,
                                   struct ft_err *err)
{
    if (d->built) ft_examples_release(&d->x);
    d->built = false;
    struct ft_examples_opt opt = {.columns = d->columns,
                                  .unlabelled = unlabelled,
                                  .every_row = unlabelled && !d->running_text && !d->texts_only,
                                  .some_unlabelled = d->some_unlabelled,
                                  .labels = labels,
                                  .edits = d->edits.n ? &d->edits : NULL};
    ft_data_targets(&opt, &d->tables[FT_PART_TRAIN], ft_task_problem(d->task));
    if (d->running_text) ft_data_running_text(&opt, &d->tables[FT_PART_TRAIN], o);
    d->columns = opt.columns;
    for (int part = 0; part < FT_PART_COUNT; part++) {
        if (d->tables[part].path) opt.tables[part] = &d->tables[part];
        if (d->tagged[part].form) opt.tagged[part] = &d->tagged[part];
    }
    enum ft_status st = ft_data_examples_opt(&opt, o, err);
    if (!st) st = ft_examples_build(&d->x, &opt, err);
    d->built = !st;
    return st;
}

/* Where all labels of the model are columns, those are the label columns. */
static void take_label_columns(struct ft_run_data *d, const struct ft_options *o,
                               const struct ft_labels *labels)
{
    const struct ft_table *t = &d->tables[FT_PART_TRAIN];
    struct ft_columns c = d->columns;
    bool several = ft_task_has(d->task, FT_TRAIT_LABEL_SETS);
    if (!several || !labels || labels->n > FT_COLUMNS_LABELS || c.labels_n) return;
    if (ft_options_given(o, FT_OPT_label_column)) return;
    for (c.labels_n = 0; c.labels_n < labels->n; c.labels_n++) {
        int at = ft_table_has(t, labels->names[c.labels_n])
                     ? ft_table_find(t, labels->names[c.labels_n])
                     : -1;
        if (at < 0 || at == c.text || at == c.pair) return;
        c.labels[c.labels_n] = at;
    }
    c.label = c.labels[0];
    d->columns = c;
}

static struct ft_run_tags tags_of(struct ft_run_data *d)
{
    return (struct ft_run_tags){.tables = d->tables,
                                .edits = &d->edits,
                                .tagged = d->tagged,
                                .columns = &d->columns,
                                .tok = &d->tok,
                                .own_tok = &d->own_tok,
                                .tok_dir = d->tok_dir};
}

enum ft_status ft_run_data_read(struct ft_run_data *d, const struct ft_options *o,
                                const struct ft_labels *labels, bool unlabelled, struct ft_err *err)
{
    struct ft_run_tags tagged = tags_of(d);
    enum ft_status st = read_tables(d, o, err);
    if (st) return st;
    const struct ft_table *t = &d->tables[FT_PART_TRAIN];
    bool tags = ft_task_has(d->task, FT_TRAIT_TAGS);
    if (!tags) st = ft_data_columns(t, o, &d->columns, err);
    if (d->running_text || d->texts_only) d->columns.label = d->columns.pair = -1;
    if (!st) take_label_columns(d, o, labels);
    const char *edits = ft_options_text(o, FT_OPT_edits);
    if (!st && *edits) st = ft_edits_read(&d->edits, edits, err);
    if (!st && tags) st = ft_run_tags_build(&tagged, o, labels, unlabelled, err);
    if (!st) st = ft_run_data_rebuild(d, o, labels, unlabelled, err);
    if (st) return st;
    if (tags)
        ft_run_tags_say(&tagged);
    else
        say_columns(d, o);
    for (int why = 0; why < FT_LEFT_COUNT; why++) {
        if (!d->x.left_by[why]) continue;
        ft_log(FT_LOG_NOTE, "%zu row%s excluded: %s", d->x.left_by[why],
               ft_plural(d->x.left_by[why]), ft_left_text((enum ft_left_why)why));
    }
    if (d->x.negatives)
        ft_log(
            FT_LOG_NOTE,
            "%zu row%s that the annotator rejected (Prodigy) for the only label: labelled as not "
            "having it",
            d->x.negatives, ft_plural(d->x.negatives));
    if (!unlabelled || d->running_text) say_labels(d);
    if (d->edits.n)
        ft_log(d->x.edits_stale ? FT_LOG_WARN : FT_LOG_NOTE,
               "%zu label edit%s applied, %zu skipped because the row's text or label has changed",
               d->x.edits_applied, ft_plural(d->x.edits_applied), d->x.edits_stale);
    return FT_OK;
}

enum ft_status ft_run_data_empty(const struct ft_run_data *d, struct ft_err *err)
{
    return ft_fail(err, FT_FORMAT,
                   "%s: the training split is empty, expected one example or more: add rows, or "
                   "set a larger share with --split",
                   ft_run_data_path(d, FT_PART_TRAIN));
}

/* Numbers that are all the same teach nothing. */
static enum ft_status check_values(const struct ft_run_data *d, struct ft_err *err)
{
    const struct ft_example *first = NULL;
    for (size_t i = 0; i < d->x.n; i++) {
        const struct ft_example *e = &d->x.items[i];
        if (e->part != FT_PART_TRAIN || e->label < 0) continue;
        if (!first) first = e;
        if (e->value != first->value) return FT_OK;
    }
    if (d->some_unlabelled && d->x.part_n[FT_PART_TRAIN]) return FT_OK; /* the teacher has values */
    if (!first) return ft_run_data_empty(d, err);
    return ft_fail(err, FT_FORMAT,
                   "%s: all training rows have the value %.9g, expected two different values or "
                   "more: add rows, or choose another column with --label_column",
                   ft_run_data_path(d, FT_PART_TRAIN), first->value);
}

enum ft_status ft_run_data_teaches(const struct ft_run_data *d, struct ft_err *err)
{
    const struct ft_labels *labels = &d->x.labels;
    if (d->x.numbers) return check_values(d, err);
    if (labels->n >= 2 || (labels->n && d->x.several))
        return d->x.part_n[FT_PART_TRAIN] ? FT_OK : ft_run_data_empty(d, err);
    if (d->x.several)
        return ft_fail(err, FT_FORMAT,
                       "%s: no row has a label, expected one label or more: choose another column "
                       "with --label_column",
                       ft_run_data_path(d, FT_PART_TRAIN));
    if (d->x.tagged[FT_PART_TRAIN])
        return ft_fail(err, FT_FORMAT,
                       "%s: all words have one tag (%s), expected two tags or more: add sentences "
                       "with entities, or choose another column with --label_column",
                       ft_run_data_path(d, FT_PART_TRAIN), labels->n ? labels->names[0] : "none");
    return ft_fail(err, FT_FORMAT,
                   "%s: all rows have one label (%s), expected two labels or more: add rows of "
                   "another label, or choose another column with --label_column",
                   ft_run_data_path(d, FT_PART_TRAIN), labels->n ? labels->names[0] : "none");
}

void ft_run_data_release(struct ft_run_data *d)
{
    if (d->built) ft_examples_release(&d->x);
    ft_edits_release(&d->edits);
    for (int part = 0; part < FT_PART_COUNT; part++) {
        if (d->tagged[part].form) ft_tagged_release(&d->tagged[part]);
        ft_table_release(&d->tables[part]);
        ft_squad_release(&d->squad[part]);
    }
    ft_tok_free(d->own_tok);
    memset(d, 0, sizeof *d);
}
