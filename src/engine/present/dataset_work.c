/* The worker of a data set: see dataset_in.h. One round reads what must be read, builds the examples,
 * looks for problems and counts tokens (dataset_count.c); each result is handed over as soon as it is
 * complete. */
#include "engine/present/dataset_in.h"

#include "data/read.h"
#include "engine/options/data_options.h"
#include "engine/task/run_tags.h"
#include "engine/task/task.h"
#include "util/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    static const enum ft_opt ids[] = {FT_OPT_text_column,
                                      FT_OPT_text_pair_column,
                                      FT_OPT_label_column,
                                      FT_OPT_clean,
                                      FT_OPT_split,
                                      FT_OPT_limit,
                                      FT_OPT_max_train_samples,
                                      FT_OPT_seed,
                                      FT_OPT_task,
                                      FT_OPT_line_by_line,
                                      FT_OPT_problem_type,
                                      FT_OPT_label_delimiter,
                                      FT_OPT_label_names};
    char *options = key_of(&j->o, ids, sizeof ids / sizeof *ids);
    bool tags =
        !j->source->is_squad && ft_run_tags_wanted(&j->source->tables[FT_PART_TRAIN], &j->o);
    char *key = ft_xprintf("%s%sedits %llu%s%s", j->source->key, options,
                           (unsigned long long)j->edits_version, tags ? " words " : "",
                           tags ? ft_options_text(&j->o, FT_OPT_model) : "");
    free(options);
    return key;
}

/* Polled by everything that takes long. */
bool dataset_cancelled(struct dataset_job *j)
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
    return !dataset_cancelled(r->job);
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

/* Tagged words; those that cannot be read as such, without their tags, and a note why. */
static enum ft_status build_tagged(struct dataset_job *j, struct dataset_build *b,
                                   struct ft_err *err)
{
    struct ft_examples_opt opt = {.cancel = &j->cancel};
    struct ft_err why = {0};
    enum ft_status st = dataset_tags_read(b, &j->o, false, &why);
    if (st == FT_USAGE || st == FT_FORMAT) {
        snprintf(b->note, sizeof b->note, "%s", why.msg);
        opt.unlabelled = true;
        st = dataset_tags_read(b, &j->o, true, &why);
        if (st) return FT_OK;
    }
    if (st) return ft_fail(err, st, "%s", why.msg);
    opt.columns = b->columns;
    st = ft_data_examples_opt(&opt, &j->o, err);
    if (st) return st;
    opt.edits = b->edits.n ? &b->edits : NULL;
    for (int part = 0; part < FT_PART_COUNT; part++) {
        if (b->source->tables[part].path) opt.tables[part] = &b->source->tables[part];
        if (b->tagged[part].form) opt.tagged[part] = &b->tagged[part];
    }
    st = ft_examples_build(&b->x, &opt, &why);
    if (st == FT_USAGE || st == FT_FORMAT) {
        snprintf(b->note, sizeof b->note, "%s", why.msg);
        return FT_OK;
    }
    return st ? ft_fail(err, st, "%s", why.msg) : FT_OK;
}

static enum ft_status build_examples(struct dataset_job *j, struct dataset_build *b,
                                     struct ft_err *err)
{
    const struct ft_table *t = &b->source->tables[FT_PART_TRAIN];
    if (ft_run_tags_wanted(t, &j->o)) return build_tagged(j, b, err);
    enum ft_status st = ft_data_columns(t, &j->o, &b->columns, err);
    enum ft_task task = ft_task_find(&j->o);
    struct ft_examples_opt opt = {.columns = b->columns, .cancel = &j->cancel};
    if (!st) st = ft_data_examples_opt(&opt, &j->o, err);
    if (st) return st;
    opt.edits = b->edits.n ? &b->edits : NULL;
    for (int part = 0; part < FT_PART_COUNT; part++)
        if (b->source->tables[part].path) opt.tables[part] = &b->source->tables[part];
    ft_data_targets(&opt, t, ft_task_problem(task));
    if (ft_task_has(task, FT_TRAIT_TEXT)) ft_data_running_text(&opt, t, &j->o);
    b->columns = opt.columns;
    opt.unlabelled |= t->format == FT_FORMAT_TEXT;
    struct ft_err why = {0};
    st = ft_examples_build(&b->x, &opt, &why);
    if (!st) dataset_numbers_make(b);
    if (st == FT_USAGE || st == FT_FORMAT) { /* show the rows all the same */
        snprintf(b->note, sizeof b->note, "%s", why.msg);
        opt.unlabelled = opt.json_texts = true;
        st = ft_examples_build(&b->x, &opt, &why);
        if (st == FT_USAGE || st == FT_FORMAT) return FT_OK; /* or, without a text, none of them */
    }
    return st ? ft_fail(err, st, "%s", why.msg) : FT_OK;
}

/* Rows show their labels as a text, made once for each set. */
static void name_sets(struct dataset_build *b)
{
    const struct ft_examples *x = &b->x;
    if (!x->several) return;
    b->set_texts = ft_xcalloc(x->sets.n + 1, sizeof *b->set_texts);
    for (size_t i = 0; i < x->sets.n; i++) {
        struct ft_str text = {0};
        ft_label_sets_text(&x->sets, (int32_t)i, x->labels.names, &text);
        b->set_texts[i] = ft_str_take(&text);
    }
}

static enum ft_status make_build(struct dataset_job *j, char *key, struct ft_err *err)
{
    struct dataset_build *b = ft_xcalloc(1, sizeof *b);
    atomic_store(&b->refs, 1);
    b->key = key;
    b->source = j->source;
    atomic_fetch_add(&j->source->refs, 1);
    dataset_edits_copy(&b->edits, &j->edits);
    dataset_build_unref(j->build);
    j->build = b;
    if (j->source->is_squad) {
        double share[FT_PART_COUNT];
        struct ft_fold fold;
        struct ft_sample_size size;
        enum ft_status st = ft_data_shares(&j->o, share, &fold, err);
        if (!st)
            st = ft_sample_size_parse(ft_options_text(&j->o, FT_OPT_max_train_samples), &size, err);
        if (st) return st;
        uint64_t seed = (uint64_t)ft_options_int(&j->o, FT_OPT_seed);
        for (size_t i = 0; i < j->source->squad.questions_n; i++)
            j->source->squad.questions[i].kept = true; /* an earlier sample is not for this one */
        ft_squad_split(&j->source->squad, share, fold, seed);
        ft_squad_limit(&j->source->squad, (size_t)ft_options_int(&j->o, FT_OPT_limit), seed);
        ft_squad_sample_training(&j->source->squad, size, seed);
        return FT_OK;
    }
    enum ft_status st = build_examples(j, b, err);
    if (!st) name_sets(b);
    return st;
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
    dataset_checks_free(checks);
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
        for (int step = 0; step < FT_CLEAN_COUNT && !st && !dataset_cancelled(j); step++) {
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
            if (dataset_cancelled(j)) break;
            ft_column_facts(t, i, c->columns_rows, &c->columns[i]);
            c->columns_n = i + 1;
        }
    }
    if (!st && dataset_cancelled(j)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    if (st) {
        dataset_checks_free(c);
        return st;
    }
    struct ft_dataset *d = j->d;
    pthread_mutex_lock(&d->mu);
    struct dataset_checks *old = d->ready.checks;
    d->ready.checks = c;
    pthread_mutex_unlock(&d->mu);
    dataset_checks_free(old);
    if (d->wake) ft_wake_signal(d->wake);
    return FT_OK;
}

enum ft_status dataset_work(struct ft_job *w, void *arg, struct ft_err *err)
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
    return dataset_count_tokens(j, key, err);
}
