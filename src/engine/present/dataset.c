/* The object and its worker: see dataset.h. One round of the worker reads what must be read,
 * builds, looks for problems, counts tokens; each result is handed over as soon as it is whole. */
#include "engine/present/dataset_in.h"

#include "engine/task/blocks.h"
#include "data/read.h"
#include "data/xlsx.h"
#include "engine/options/data_options.h"
#include "engine/tools/inspect_in.h"
#include "engine/task/task.h"
#include "engine/task/unknown.h"
#include "util/fs.h"
#include "util/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dataset_job {
    struct ft_dataset *d;
    struct ft_options o;
    struct ft_edits edits;
    uint64_t edits_version;
    struct dataset_source *source; /* to begin with; may be NULL */
    struct dataset_build *build;
    struct dataset_tokens *tokens;
    struct ft_job *work;
    atomic_bool cancel; /* for the rooms below */
};

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
    ft_examples_release(&b->x);
    ft_edits_release(&b->edits);
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

static void checks_free(struct dataset_checks *c)
{
    if (!c) return;
    ft_problems_release(&c->problems);
    free(c);
}

static void edits_copy(struct ft_edits *to, const struct ft_edits *from)
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

/* --- the worker --- */

static char *key_of(const struct ft_options *o, const enum ft_opt *ids, size_t n)
{
    struct ft_str s = {0};
    for (size_t i = 0; i < n; i++) {
        bool given = ft_options_given(o, ids[i]);
        ft_str_addf(&s, "%d:%s\n", given, ft_options_text(o, ids[i]));
    }
    return ft_str_take(&s);
}

static char *source_key(const struct ft_options *o)
{
    static const enum ft_opt ids[] = {FT_OPT_data,      FT_OPT_validation, FT_OPT_test,
                                      FT_OPT_delimiter, FT_OPT_quote,      FT_OPT_header,
                                      FT_OPT_encoding};
    return key_of(o, ids, sizeof ids / sizeof *ids);
}

static char *build_key(const struct dataset_job *j)
{
    static const enum ft_opt ids[] = {FT_OPT_text_column,  FT_OPT_text_pair_column,
                                      FT_OPT_label_column, FT_OPT_clean,
                                      FT_OPT_split,        FT_OPT_limit,
                                      FT_OPT_seed,         FT_OPT_task,
                                      FT_OPT_line_by_line};
    char *options = key_of(&j->o, ids, sizeof ids / sizeof *ids);
    char *key =
        ft_xprintf("%s%sedits %llu", j->source->key, options, (unsigned long long)j->edits_version);
    free(options);
    return key;
}

/* Polled by everything that takes long. */
static bool cancelled(struct dataset_job *j)
{
    if (ft_job_cancelled(j->work)) atomic_store(&j->cancel, true);
    return atomic_load(&j->cancel);
}

static void hand_source(struct dataset_job *j)
{
    struct ft_dataset *d = j->d;
    atomic_fetch_add(&j->source->refs, 1);
    pthread_mutex_lock(&d->mu);
    struct dataset_source *old = d->ready.source;
    d->ready.source = j->source;
    pthread_mutex_unlock(&d->mu);
    dataset_source_unref(old);
    if (d->wake) ft_wake_signal(d->wake);
}

struct reading {
    struct dataset_job *job;
    bool shown;
};

static bool progress(void *arg, const struct ft_table *t, size_t rows, uint64_t done,
                     uint64_t total)
{
    struct reading *r = arg;
    if (t == &r->job->source->tables[FT_PART_TRAIN] && !r->shown) {
        r->shown = true; /* the first rows can be looked at from now on */
        hand_source(r->job);
    }
    (void)rows;
    ft_job_report(r->job->work, (double)done, (double)total, "bytes");
    return !cancelled(r->job);
}

static enum ft_status read_source(struct dataset_job *j, struct ft_err *err)
{
    static const enum ft_opt ids[FT_PART_COUNT] = {[FT_PART_TRAIN] = FT_OPT_data,
                                                   [FT_PART_VALIDATION] = FT_OPT_validation,
                                                   [FT_PART_TEST] = FT_OPT_test};
    struct dataset_source *s = ft_xcalloc(1, sizeof *s);
    struct reading reading = {j, false};
    const char *path = ft_options_text(&j->o, FT_OPT_data);
    enum ft_format format = FT_FORMAT_AUTO;
    struct ft_read_opt how = ft_data_read_opt(&j->o);
    how.progress = progress;
    how.progress_arg = &reading;
    atomic_store(&s->refs, 1);
    s->key = source_key(&j->o);
    dataset_source_unref(j->source);
    j->source = s;
    enum ft_status st = ft_format_sniff(path, &how, &format, err);
    if (st) return st;
    if (format == FT_FORMAT_SQUAD) {
        s->is_squad = true;
        st = ft_squad_read_as(&s->squad, path, how.encoding, progress, &reading, err);
    }
    for (int part = 0; part < FT_PART_COUNT && !st && !s->is_squad; part++) {
        const char *file = ft_options_text(&j->o, ids[part]);
        if (*file) st = ft_table_read(&s->tables[part], file, &how, err);
    }
    if (!st && !ft_path_is_dir(path)) st = ft_table_sha256(path, s->sha256, err);
    return st;
}

static enum ft_status build_examples(struct dataset_job *j, struct dataset_build *b,
                                     struct ft_err *err)
{
    const struct ft_table *t = &b->source->tables[FT_PART_TRAIN];
    enum ft_status st = ft_data_columns(t, &j->o, &b->columns, err);
    enum ft_task task = ft_task_find(&j->o);
    struct ft_examples_opt opt = {.columns = b->columns, .cancel = &j->cancel};
    if (!st) st = ft_data_examples_opt(&opt, &j->o, err);
    if (st) return st;
    opt.edits = b->edits.n ? &b->edits : NULL;
    for (int part = 0; part < FT_PART_COUNT; part++)
        if (b->source->tables[part].path) opt.tables[part] = &b->source->tables[part];
    if (ft_task_has(task, FT_TRAIT_TEXT)) ft_data_running_text(&opt, t, &j->o);
    b->columns = opt.columns;
    opt.unlabelled |= t->format == FT_FORMAT_TEXT;
    struct ft_err why = {0};
    st = ft_examples_build(&b->x, &opt, &why);
    if (st == FT_USAGE || st == FT_FORMAT) { /* show the rows all the same */
        snprintf(b->note, sizeof b->note, "%s", why.msg);
        opt.unlabelled = opt.json_texts = true;
        st = ft_examples_build(&b->x, &opt, &why);
        if (st == FT_USAGE || st == FT_FORMAT) return FT_OK; /* or, without a text, none of them */
    }
    return st ? ft_fail(err, st, "%s", why.msg) : FT_OK;
}

static enum ft_status make_build(struct dataset_job *j, char *key, struct ft_err *err)
{
    struct dataset_build *b = ft_xcalloc(1, sizeof *b);
    atomic_store(&b->refs, 1);
    b->key = key;
    b->source = j->source;
    atomic_fetch_add(&j->source->refs, 1);
    edits_copy(&b->edits, &j->edits);
    dataset_build_unref(j->build);
    j->build = b;
    if (j->source->is_squad) {
        double share[FT_PART_COUNT];
        enum ft_status st = ft_data_shares(&j->o, share, err);
        if (st) return st;
        uint64_t seed = (uint64_t)ft_options_int(&j->o, FT_OPT_seed);
        ft_squad_split(&j->source->squad, share, seed);
        ft_squad_limit(&j->source->squad, (size_t)ft_options_int(&j->o, FT_OPT_limit), seed);
        return FT_OK;
    }
    return build_examples(j, b, err);
}

static void hand_build(struct dataset_job *j)
{
    struct ft_dataset *d = j->d;
    atomic_fetch_add(&j->build->refs, 1);
    pthread_mutex_lock(&d->mu);
    struct dataset_build *old = d->ready.build;
    struct dataset_checks *checks = d->ready.checks;
    d->ready.build = j->build;
    d->ready.checks = NULL; /* of the one before */
    pthread_mutex_unlock(&d->mu);
    dataset_build_unref(old);
    checks_free(checks);
    if (d->wake) ft_wake_signal(d->wake);
}

static enum ft_status check(struct dataset_job *j, struct ft_err *err)
{
    enum { ROWS = 100000 };
    struct dataset_checks *c = ft_xcalloc(1, sizeof *c);
    struct dataset_build *b = j->build;
    enum ft_status st;
    ft_job_rename(j->work, "checking the data");
    ft_job_report(j->work, 0, 0, "");
    if (b->source->is_squad) {
        st = ft_problems_find_squad(&c->problems, &b->source->squad, ROWS, err);
    } else {
        st = ft_problems_find(&c->problems, &b->x, ROWS, &j->cancel, err);
        const struct ft_table *t = &b->source->tables[FT_PART_TRAIN];
        unsigned on = 0;
        ft_clean_parse(ft_options_text(&j->o, FT_OPT_clean), &on, NULL);
        for (int step = 0; step < FT_CLEAN_COUNT && !st && !cancelled(j); step++) {
            if (on & FT_CLEAN_BIT(step))
                c->changed[step] = b->x.changed[step];
            else if (step == FT_CLEAN_DEDUP)
                c->changed[step] = c->problems.count[FT_PROBLEM_DUPLICATE];
            else if (b->columns.text >= 0)
                c->changed[step] =
                    ft_clean_count(t, (size_t)b->columns.text, on & (FT_CLEAN_BIT(step) - 1),
                                   (enum ft_clean)step, &j->cancel);
        }
        c->columns_rows = ft_table_rows(t) < ROWS ? ft_table_rows(t) : ROWS;
        for (size_t i = 0; i < ft_table_columns(t) && i < FT_DATASET_COLUMNS && !st; i++) {
            if (cancelled(j)) break;
            ft_column_facts(t, i, c->columns_rows, &c->columns[i]);
            c->columns_n = i + 1;
        }
    }
    if (!st && cancelled(j)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    if (st) {
        checks_free(c);
        return st;
    }
    struct ft_dataset *d = j->d;
    pthread_mutex_lock(&d->mu);
    struct dataset_checks *old = d->ready.checks;
    d->ready.checks = c;
    pthread_mutex_unlock(&d->mu);
    checks_free(old);
    if (d->wake) ft_wake_signal(d->wake);
    return FT_OK;
}

static enum ft_status count_tokens(struct dataset_job *j, char *key, struct ft_err *err)
{
    struct dataset_tokens *t = ft_xcalloc(1, sizeof *t);
    const struct dataset_build *b = j->build;
    const struct ft_squad *q = &b->source->squad;
    bool squad = b->source->is_squad;
    struct ft_tok *tok = NULL;
    t->key = key;
    t->n = squad ? q->questions_n : b->x.n;
    t->len = ft_xcalloc(t->n ? t->n : 1, sizeof *t->len);
    if (squad) t->question = ft_xcalloc(t->n ? t->n : 1, sizeof *t->question);
    atomic_store(&t->refs, 1);
    dataset_tokens_unref(j->tokens);
    j->tokens = t;
    ft_job_rename(j->work, "counting tokens");
    struct ft_blocks_plan plan = {0};
    struct ft_str line = {0};
    enum ft_status st = ft_inspect_tok(&tok, ft_options_text(&j->o, FT_OPT_model), err);
    if (!st && !squad)
        st = ft_blocks_plan(&plan, &j->o, b->source->tables[FT_PART_TRAIN].format == FT_FORMAT_TEXT,
                            err);
    if (st)
        t->n = 0; /* the model is at fault, which is said of it: the data is as good as before */
    if (!st && ft_unknown_name(tok))
        snprintf(t->unknown_name, sizeof t->unknown_name, "%s", ft_unknown_name(tok));
    t->joined = plan.joined;
    t->max_tokens = plan.max_tokens;
    if (t->joined) t->from = ft_xcalloc(t->n ? t->n : 1, sizeof *t->from);
    struct ft_dataset *d = j->d;
    atomic_fetch_add(&t->refs, 1);
    pthread_mutex_lock(&d->mu);
    struct dataset_tokens *old = d->ready.tokens;
    d->ready.tokens = t;
    pthread_mutex_unlock(&d->mu);
    dataset_tokens_unref(old);
    if (st) {
        ft_tok_free(tok);
        if (d->wake) ft_wake_signal(d->wake);
        return FT_OK;
    }
    struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);
    size_t last_paragraph = SIZE_MAX, context = 0;
    for (size_t i = 0; i < t->n && !st; i++) {
        struct ft_text a, pair;
        size_t n = 0;
        if (squad) {
            const struct ft_squad_question *question = &q->questions[i];
            a = question->text;
            pair = q->paragraphs[question->paragraph].context;
            if (question->paragraph != last_paragraph) {
                context = ft_tok_count(tok, ctx, pair.data ? pair.data : "", pair.n);
                last_paragraph = question->paragraph;
            }
            n = context;
        } else {
            a = b->x.items[i].text;
            pair = b->x.items[i].pair;
            if (pair.data) n = ft_tok_count(tok, ctx, pair.data, pair.n);
        }
        if (plan.newline && plan.joined) { /* as it is learned from */
            ft_str_clear(&line);
            ft_str_add(&line, a.data, a.n);
            ft_str_addc(&line, '\n');
            a = (struct ft_text){line.data, line.len};
        }
        n += ft_tok_count(tok, ctx, a.data ? a.data : "", a.n);
        n += ft_tok_added_count(tok, pair.data != NULL);
        t->len[i] = n < INT32_MAX ? (int32_t)n : INT32_MAX;
        if (squad) t->question[i] = (int32_t)((size_t)t->len[i] - context);
        if (t->from) {
            uint64_t *all = &t->part_tokens[b->x.items[i].part];
            t->from[i] = *all;
            *all += n;
        }
        uint64_t seen, unknown;
        ft_tok_ctx_seen(ctx, &seen, &unknown);
        atomic_store_explicit(&t->seen, seen, memory_order_relaxed);
        atomic_store_explicit(&t->unknown, unknown, memory_order_relaxed);
        atomic_store_explicit(&t->counted, i + 1, memory_order_release);
        if (i % 256 && i + 1 < t->n) continue;
        ft_job_report(j->work, (double)(i + 1), (double)t->n, "rows");
        if (cancelled(j)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    ft_str_release(&line);
    ft_tok_ctx_free(ctx);
    ft_tok_free(tok);
    return st;
}

static enum ft_status round_of_work(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct dataset_job *j = arg;
    enum ft_status st = FT_OK;
    j->work = w;
    char *key = source_key(&j->o);
    if (!j->source || strcmp(j->source->key, key)) {
        st = read_source(j, err);
        bool any = ft_table_rows(&j->source->tables[FT_PART_TRAIN]) > 0;
        if (st && st != FT_CANCELLED && any) hand_source(j); /* the rows before what is wrong */
    }
    free(key);
    if (st) return st;
    key = build_key(j);
    if (j->source->is_squad && j->build && j->build->source == j->source &&
        strcmp(j->build->key, key))
        st = read_source(j, err); /* its parts are its own: those on the screen must not change */
    if (st) {
        free(key);
        return st;
    }
    if (!j->build || strcmp(j->build->key, key)) {
        ft_job_rename(w, "building examples");
        ft_job_report(w, 0, 0, "");
        if ((st = make_build(j, key, err))) return st; /* it owns the key */
        hand_build(j);
        if ((st = check(j, err))) return st;
    } else {
        free(key);
    }
    const char *model = ft_options_text(&j->o, FT_OPT_model);
    if (!*model) return FT_OK;
    key = ft_xprintf("%s|%s|%s|%s", j->build->key, model, ft_options_text(&j->o, FT_OPT_task),
                     ft_options_text(&j->o, FT_OPT_line_by_line));
    if (j->tokens && !strcmp(j->tokens->key, key) && j->tokens->counted == j->tokens->n) {
        free(key);
        return FT_OK;
    }
    return count_tokens(j, key, err);
}

/* --- the main thread's side --- */

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
    edits_copy(&j->edits, &d->edits);
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
    d->work = ft_job_start(what, round_of_work, j, d->wake);
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
    static const enum ft_opt ids[] = {
        FT_OPT_data,         FT_OPT_validation,  FT_OPT_test,
        FT_OPT_delimiter,    FT_OPT_quote,       FT_OPT_header,
        FT_OPT_encoding,     FT_OPT_text_column, FT_OPT_text_pair_column,
        FT_OPT_label_column, FT_OPT_clean,       FT_OPT_split,
        FT_OPT_limit,        FT_OPT_seed,        FT_OPT_model,
        FT_OPT_task,         FT_OPT_line_by_line};
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
        checks_free(d->checks);
        d->checks = NULL;
        dataset_tokens_unref(d->tokens);
        d->tokens = NULL;
        dataset_lengths_reset(d);
    }
    if (checks) {
        checks_free(d->checks);
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
    checks_free(d->checks);
    ft_options_release(&d->wanted);
    pthread_mutex_destroy(&d->mu);
    free(d);
}
