/* The object, on the main thread: see dataset.h. Results of the worker (dataset_work.c) are
 * reference-counted; options that change start a new round. */
#include "engine/present/dataset_in.h"

#include "data/read.h"
#include "data/xlsx.h"
#include "engine/options/data_options.h"
#include "util/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- references --- */

void dataset_source_unref(struct dataset_source *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) > 1) return;
    for (int i = 0; i < FT_PART_COUNT; i++)
        ft_table_release(&s->tables[i]);
    ft_squad_release(&s->squad);
    free(s->key);
    free(s);
}

void dataset_build_unref(struct dataset_build *b)
{
    if (!b || atomic_fetch_sub(&b->refs, 1) > 1) return;
    if (b->set_texts) ft_names_free(b->set_texts, b->x.sets.n);
    ft_examples_release(&b->x);
    dataset_tags_release(b);
    ft_edits_release(&b->edits);
    free(b->values[0]);
    free(b->values[1]);
    dataset_source_unref(b->source);
    free(b->key);
    free(b);
}

void dataset_tokens_unref(struct dataset_tokens *t)
{
    if (!t || atomic_fetch_sub(&t->refs, 1) > 1) return;
    free(t->len);
    free(t->from);
    free(t->question);
    free(t->key);
    free(t);
}

void dataset_checks_free(struct dataset_checks *c)
{
    if (!c) return;
    ft_problems_release(&c->problems);
    free(c);
}

void dataset_edits_copy(struct ft_edits *to, const struct ft_edits *from)
{
    *to = (struct ft_edits){0};
    ft_grow(&to->items, &to->cap, from->n, sizeof *to->items);
    for (size_t i = 0; i < from->n; i++) {
        to->items[i] = from->items[i];
        to->items[i].old_label = ft_xstrdup(from->items[i].old_label);
        to->items[i].new_label = ft_xstrdup(from->items[i].new_label);
    }
    to->n = from->n;
}

struct ft_dataset *ft_dataset_new(struct ft_wake *wake)
{
    struct ft_dataset *d = ft_xcalloc(1, sizeof *d);
    d->wake = wake;
    pthread_mutex_init(&d->mu, NULL);
    ft_options_init(&d->wanted);
    dataset_facts_make(d);
    return d;
}

static void start(struct ft_dataset *d)
{
    struct dataset_job *j = ft_xcalloc(1, sizeof *j);
    d->stale = false;
    if (!*ft_options_text(&d->wanted, FT_OPT_data)) {
        free(j);
        return;
    }
    j->d = d;
    ft_options_copy(&j->o, &d->wanted);
    dataset_edits_copy(&j->edits, &d->edits);
    j->edits_version = d->edits_version;
    if ((j->build = d->build)) {
        atomic_fetch_add(&j->build->refs, 1);
        j->source = j->build->source;
        atomic_fetch_add(&j->source->refs, 1);
    }
    if ((j->tokens = d->tokens)) atomic_fetch_add(&j->tokens->refs, 1);
    char what[96];
    snprintf(what, sizeof what, "reading %s", ft_path_base(ft_options_text(&j->o, FT_OPT_data)));
    d->job = j;
    d->work = ft_job_start(what, dataset_work, j, d->wake);
}

static void job_free(struct dataset_job *j)
{
    if (!j) return;
    dataset_source_unref(j->source);
    dataset_build_unref(j->build);
    dataset_tokens_unref(j->tokens);
    ft_edits_release(&j->edits);
    ft_options_release(&j->o);
    free(j);
}

/* Does a change of this option concern the data? */
static bool concerns(enum ft_opt id)
{
    static const enum ft_opt ids[] = {FT_OPT_data,
                                      FT_OPT_validation,
                                      FT_OPT_test,
                                      FT_OPT_delimiter,
                                      FT_OPT_quote,
                                      FT_OPT_header,
                                      FT_OPT_encoding,
                                      FT_OPT_text_column,
                                      FT_OPT_text_pair_column,
                                      FT_OPT_label_column,
                                      FT_OPT_clean,
                                      FT_OPT_split,
                                      FT_OPT_limit,
                                      FT_OPT_max_train_samples,
                                      FT_OPT_seed,
                                      FT_OPT_model,
                                      FT_OPT_task,
                                      FT_OPT_line_by_line,
                                      FT_OPT_problem_type,
                                      FT_OPT_label_delimiter,
                                      FT_OPT_label_names};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i] == id) return true;
    return false;
}

char *ft_dataset_real_path(const char *path)
{
    char *file;
    const char *sheet = ft_xlsx_path(path, &file);
    char *real = ft_path_real(file);
    free(file);
    if (!real || !sheet) return real;
    char *whole = ft_xprintf("%s#%s", real, sheet);
    free(real);
    return whole;
}

bool ft_dataset_there(const char *path)
{
    char *file;
    ft_xlsx_path(path, &file);
    bool there = ft_path_exists(file);
    free(file);
    return there;
}

enum ft_status ft_dataset_check_columns(const struct ft_options *o, struct ft_err *err)
{
    const char *path = ft_options_text(o, FT_OPT_data);
    enum ft_format format = FT_FORMAT_AUTO;
    enum ft_status st = FT_OK;
    struct ft_table t = {0};
    struct ft_columns columns;
    struct ft_read_opt how = ft_data_read_opt(o);
    how.rows_max = 1;
    if (ft_format_sniff(path, &how, &format, NULL)) return FT_OK;
    if (format == FT_FORMAT_SQUAD) return FT_OK;
    if (!ft_table_read(&t, path, &how, NULL)) st = ft_data_columns(&t, o, &columns, err);
    ft_table_release(&t);
    return st;
}

void ft_dataset_set(struct ft_dataset *d, const struct ft_options *o)
{
    bool any = false, other_file = strcmp(ft_options_text(&d->wanted, FT_OPT_data),
                                          ft_options_text(o, FT_OPT_data));
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        enum ft_opt id = (enum ft_opt)i;
        if (concerns(id) && (strcmp(ft_options_text(&d->wanted, id), ft_options_text(o, id)) ||
                             ft_options_given(&d->wanted, id) != ft_options_given(o, id)))
            any = true;
    }
    ft_options_release(&d->wanted);
    ft_options_copy(&d->wanted, o);
    if (other_file) dataset_edits_release(d);
    dataset_edits_option(d, ft_options_text(o, FT_OPT_edits));
    if (!any && d->edits_version == d->edits_built) return;
    dataset_rebuild(d);
}

/* What takes long looks at one of both. */
static void cancel_work(struct ft_dataset *d)
{
    if (!d->work) return;
    atomic_store(&d->job->cancel, true);
    ft_job_cancel(d->work);
}

void dataset_rebuild(struct ft_dataset *d)
{
    d->edits_built = d->edits_version;
    d->failed = (struct ft_err){0};
    d->stale = true;
    if (d->work)
        cancel_work(d);
    else
        start(d);
}

void ft_dataset_cancel(struct ft_dataset *d)
{
    d->stale = false;
    cancel_work(d);
}

bool ft_dataset_busy(struct ft_dataset *d, struct ft_job_view *view)
{
    if (d->work) ft_job_look(d->work, view);
    return d->work != NULL;
}

const struct ft_err *ft_dataset_failed(const struct ft_dataset *d)
{
    return &d->failed;
}

static bool take_ready(struct ft_dataset *d)
{
    pthread_mutex_lock(&d->mu);
    struct dataset_source *source = d->ready.source;
    struct dataset_build *build = d->ready.build;
    struct dataset_checks *checks = d->ready.checks;
    struct dataset_tokens *tokens = d->ready.tokens;
    memset(&d->ready, 0, sizeof d->ready);
    pthread_mutex_unlock(&d->mu);
    if (source) {
        dataset_source_unref(d->source);
        d->source = source;
    }
    if (build) {
        dataset_build_unref(d->build);
        d->build = build;
        dataset_source_unref(d->source);
        d->source = build->source;
        atomic_fetch_add(&d->source->refs, 1);
        dataset_checks_free(d->checks);
        d->checks = NULL;
        dataset_tokens_unref(d->tokens);
        d->tokens = NULL;
        dataset_lengths_reset(d);
    }
    if (checks) {
        dataset_checks_free(d->checks);
        d->checks = checks;
    }
    if (tokens) {
        dataset_tokens_unref(d->tokens);
        d->tokens = tokens;
        dataset_lengths_reset(d);
    }
    if (source || build || checks || tokens) d->facts.version++;
    /* checks come after the rows they are about: a filter by a problem waits for them */
    if (build || tokens || (checks && *d->filter)) dataset_order_refresh(d);
    return source || build || checks || tokens;
}

bool ft_dataset_follow(struct ft_dataset *d)
{
    bool any = false;
    struct ft_job_view view;
    if (d->work) {
        ft_job_look(d->work, &view);
        any = true; /* its progress */
        if (view.finished) {
            struct ft_err err = {0};
            enum ft_status st = ft_job_join(d->work, &err);
            d->work = NULL;
            job_free(d->job);
            d->job = NULL;
            if (st && st != FT_CANCELLED) d->failed = err;
        }
    }
    any = take_ready(d) || any;
    if (!d->work && d->stale) start(d);
    if (!d->work && d->build && d->source != d->build->source && !d->failed.code) {
        /* an opening was given up: back to what was there */
        dataset_source_unref(d->source);
        d->source = d->build->source;
        atomic_fetch_add(&d->source->refs, 1);
        any = true;
    }
    any = dataset_lengths_follow(d) || any;
    any = dataset_order_follow(d) || any;
    if (any) dataset_facts_make(d);
    return any;
}

void ft_dataset_free(struct ft_dataset *d)
{
    if (!d) return;
    cancel_work(d);
    if (d->work) {
        ft_job_join(d->work, NULL);
        job_free(d->job);
    }
    take_ready(d);
    dataset_order_release(d);
    ft_edits_release(&d->base);
    dataset_edits_release(d);
    dataset_source_unref(d->source);
    dataset_build_unref(d->build);
    dataset_tokens_unref(d->tokens);
    dataset_checks_free(d->checks);
    ft_options_release(&d->wanted);
    pthread_mutex_destroy(&d->mu);
    free(d);
}
