/* See duplicate_audit.h. */
#include "engine/runs/duplicate_audit.h"

#include "engine/runs/near_rows.h"
#include "engine/task/task.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ft_duplicate_audit {
    struct ft_run_data data;
    struct ft_near_row *rows;
    size_t n;
    struct ft_duplicate_facts facts;
    struct ft_near_duplicates found;
};

static bool is_squad(const struct ft_duplicate_audit *a)
{
    return ft_task_has(a->data.task, FT_TRAIT_ANSWERS);
}

/* The questions of all files, one file after the other; how many of them are left out. */
static size_t take_squad(struct ft_duplicate_audit *a)
{
    size_t at = 0, left = 0;
    for (int f = 0; f < FT_PART_COUNT; f++)
        a->n += a->data.squad[f].questions_n;
    a->rows = ft_xcalloc(a->n + 1, sizeof *a->rows);
    for (int f = 0; f < FT_PART_COUNT; f++) {
        const struct ft_squad *q = &a->data.squad[f];
        struct ft_near_row *rows = ft_near_rows_of_squad(q);
        for (size_t i = 0; i < q->questions_n; i++) {
            a->rows[at++] = rows[i];
            left += !q->questions[i].kept;
        }
        free(rows);
    }
    return left;
}

static enum ft_status work(struct ft_duplicate_audit *a, const struct ft_options *o,
                           double threshold, struct ft_job *w, struct ft_err *err)
{
    struct ft_text_vectors vectors = {0};
    struct ft_near_seen seen = {0};
    struct ft_near_work how = {ft_options_text(o, FT_OPT_model), o, threshold, &vectors};
    size_t left = 0;
    a->data.some_unlabelled = true;
    enum ft_status st = ft_options_check_all(o, err);
    if (!st) st = ft_task_open(&a->data, ft_task_find(o), o, NULL, false, err);
    if (!st && is_squad(a)) {
        left = take_squad(a);
    } else if (!st) {
        a->n = a->data.x.n;
        a->rows = ft_near_rows_of_examples(&a->data.x);
    }
    if (!st) st = ft_near_rows_find(&a->found, a->rows, a->n, &how, &seen, w, err);
    a->facts = (struct ft_duplicate_facts){.rows = a->n - seen.without,
                                           .without = seen.without - left,
                                           .texts = seen.texts,
                                           .truncated = seen.truncated,
                                           .threshold = threshold};
    ft_text_vectors_release(&vectors);
    return st;
}

enum ft_status ft_duplicate_audit_make(struct ft_duplicate_audit **out, const struct ft_options *o,
                                       double threshold, struct ft_job *w, struct ft_err *err)
{
    struct ft_duplicate_audit *a = ft_xcalloc(1, sizeof *a);
    enum ft_status st = work(a, o, threshold, w, err);
    if (st) {
        ft_duplicate_audit_free(a);
        return st;
    }
    *out = a;
    return FT_OK;
}

void ft_duplicate_audit_free(struct ft_duplicate_audit *a)
{
    if (!a) return;
    ft_near_duplicates_release(&a->found);
    ft_run_data_release(&a->data);
    free(a->rows);
    free(a);
}

const struct ft_near_duplicates *ft_duplicate_audit_found(const struct ft_duplicate_audit *a)
{
    return &a->found;
}

struct ft_duplicate_facts ft_duplicate_audit_facts(const struct ft_duplicate_audit *a)
{
    return a->facts;
}

/* ---- what is written ---- */

/* File and number of a question; its answer is its label. */
static enum ft_part squad_row(const struct ft_duplicate_audit *a, size_t i, size_t *row,
                              struct ft_str *label)
{
    int file = 0;
    for (; file < FT_PART_COUNT - 1 && i >= a->data.squad[file].questions_n; file++)
        i -= a->data.squad[file].questions_n;
    const struct ft_squad *q = &a->data.squad[file];
    const struct ft_squad_question *x = &q->questions[i];
    const struct ft_squad_answer *answer = &q->answers[x->answers_first];
    *row = i + 1;
    if (x->impossible)
        ft_str_addz(label, "impossible");
    else if (x->answers_n)
        ft_str_add(label, answer->text.data, answer->text.n);
    return (enum ft_part)file;
}

static enum ft_part example_row(const struct ft_duplicate_audit *a, size_t i, size_t *row,
                                struct ft_str *label)
{
    const struct ft_examples *x = &a->data.x;
    const struct ft_example *e = &x->items[i];
    *row = e->row;
    if (x->labels.n && !x->tagged[FT_PART_TRAIN] && e->label >= 0)
        ft_examples_label_text(x, e, label);
    return (enum ft_part)e->file;
}

struct ft_duplicate_row ft_duplicate_audit_row(const struct ft_duplicate_audit *a, size_t i,
                                               struct ft_str *label)
{
    const struct ft_near_row *r = &a->rows[i];
    size_t row = 0;
    enum ft_part file = (is_squad(a) ? squad_row : example_row)(a, i, &row, label);
    return (struct ft_duplicate_row){.file = ft_run_data_path(&a->data, file),
                                     .source = ft_option_at(ft_run_data_option(file))->name,
                                     .row = row,
                                     .part = ft_part_abbrev((enum ft_part)r->part),
                                     .text = r->text ? r->text : "",
                                     .n = r->n,
                                     .pair = r->pair,
                                     .pair_n = r->pair_n};
}

struct key {
    char text[32];
};
static const char *key(struct key *k, const char *prefix, const char *name)
{
    snprintf(k->text, sizeof k->text, "%s%s", prefix, name);
    return k->text;
}

static void put_text(struct ft_str *out, const char *name, const char *text, size_t n)
{
    ft_json_add_key(out, name);
    ft_json_add_str(out, text, n);
}

/* The members of one row, their names behind a prefix; a row without a label has no such member. */
static void add_row(const struct ft_duplicate_audit *a, size_t i, const char *prefix,
                    struct ft_str *out)
{
    struct ft_str label = {0};
    struct ft_duplicate_row r = ft_duplicate_audit_row(a, i, &label);
    struct key k;
    ft_json_put_bytes(out, key(&k, prefix, "file"), r.file);
    ft_json_put_text(out, key(&k, prefix, "source"), r.source);
    ft_json_put_num(out, key(&k, prefix, "row"), (double)r.row);
    ft_json_put_text(out, key(&k, prefix, "part"), ft_part_name((enum ft_part)a->rows[i].part));
    if (label.len) put_text(out, key(&k, prefix, "label"), label.data, label.len);
    put_text(out, key(&k, prefix, "text"), r.text, r.n);
    if (r.pair) put_text(out, key(&k, prefix, "text_pair"), r.pair, r.pair_n);
    ft_str_release(&label);
}

void ft_duplicate_audit_line(const struct ft_duplicate_audit *a, size_t i, struct ft_str *out)
{
    const struct ft_near_item *x = &a->found.items[i];
    ft_str_addc(out, '{');
    ft_json_put_text(out, "kind", ft_near_name(x->kind));
    ft_json_put_num(out, "similarity", x->similarity);
    ft_json_add_key(out, "same_text");
    ft_str_addz(out, x->same_text ? "true" : "false");
    add_row(a, x->row, "", out);
    add_row(a, x->other, "other_", out);
    ft_json_put_num(out, "group", (double)x->group);
    ft_json_put_num(out, "group_rows", (double)x->group_n);
    ft_json_put_text(out, "suggestion", x->kind == FT_NEAR_CONFLICT ? "relabel" : "drop");
    ft_str_addc(out, '}');
}

enum ft_status ft_duplicate_audit_write(const struct ft_duplicate_audit *a, const char *dir,
                                        struct ft_err *err)
{
    struct ft_out out;
    struct ft_str line = {0};
    enum ft_status st = ft_mkdirs(dir, err);
    char *path = ft_path_join(dir, "duplicates.jsonl");
    if (!st && !(st = ft_out_open(&out, path, err))) {
        for (size_t i = 0; i < a->found.n; i++) {
            ft_str_clear(&line);
            ft_duplicate_audit_line(a, i, &line);
            ft_str_addc(&line, '\n');
            fwrite(line.data, 1, line.len, out.f);
        }
        st = ft_out_commit(&out, err);
    }
    ft_str_release(&line);
    free(path);
    return st;
}
