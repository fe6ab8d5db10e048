/* See model_list.h. Three kinds of work, each on a thread of its own while it lasts: the list, the
 * facts of one model, and pieces of a text (which loads the tokenizer first). What is asked for
 * while a work goes on is kept and done next; only the last wish counts. */
#include "engine/present/model_list.h"

#include "engine/runs/runs.h"

#include "util/mem.h"
#include "util/str.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entries {
    struct ft_model_entry *items;
    size_t n, cap;
};

struct list_job {
    pthread_mutex_t mu;
    struct entries come; /* guarded by mu: read and not taken yet */
    char *runs, *also;
};

/* What is asked about a model, with its own memory; `key` tells two apart. */
struct wish {
    char *name, *key;
    struct ft_model_ask ask;
    char **labels, *freeze, *teacher;
};

struct look_job {
    struct wish wish;
    struct ft_model_facts facts;
    bool made;
};

struct tokens_job {
    char *model, *text;
    size_t n;
    int64_t rows;
    struct ft_tokenizer *tokenizer; /* the browser's while no job has it */
    struct ft_text_tokens pieces;
    char about[96], unknown[32];
};

struct ft_model_list {
    struct ft_wake *wake;
    uint64_t version;

    struct entries list, next; /* shown; being collected */
    bool whole, list_again;
    struct list_job *listing;
    struct ft_job *list_work;
    char *runs, *also;
    struct ft_err list_failed;

    struct wish wish; /* name NULL: none */
    bool look_due;
    struct look_job *looking;
    struct ft_job *look_work;
    struct ft_model_facts facts;
    bool has_facts;
    struct ft_err look_failed;

    char *text;
    size_t text_n;
    bool tokens_due;
    struct tokens_job *making;
    struct ft_job *tokens_work;
    struct ft_tokenizer *tokenizer;
    char *tokenizer_of; /* the model it belongs to */
    struct ft_text_tokens pieces;
    bool has_pieces;
    struct ft_err tokens_failed;
    char about[96], unknown[32];
};

/* --- life --- */

static void entries_release(struct entries *e)
{
    for (size_t i = 0; i < e->n; i++)
        ft_model_entry_release(&e->items[i]);
    free(e->items);
    *e = (struct entries){0};
}

static void entries_add(struct entries *to, struct ft_model_entry *e)
{
    ft_grow(&to->items, &to->cap, to->n + 1, sizeof *to->items);
    to->items[to->n++] = *e;
}

static void wish_release(struct wish *w)
{
    for (size_t i = 0; w->labels && i < w->ask.label_n; i++)
        free(w->labels[i]);
    free(w->labels);
    free(w->name);
    free(w->key);
    free(w->freeze);
    free(w->teacher);
    *w = (struct wish){0};
}

static void list_job_free(struct list_job *j)
{
    entries_release(&j->come);
    pthread_mutex_destroy(&j->mu);
    free(j->runs);
    free(j->also);
    free(j);
}

static void tokens_job_free(struct tokens_job *j)
{
    ft_tokenizer_free(j->tokenizer);
    ft_text_tokens_release(&j->pieces);
    free(j->model);
    free(j->text);
    free(j);
}

static void look_job_free(struct look_job *j)
{
    if (j->made) ft_model_facts_release(&j->facts);
    wish_release(&j->wish);
    free(j);
}

struct ft_model_list *ft_model_list_new(struct ft_wake *wake)
{
    struct ft_model_list *b = ft_xcalloc(1, sizeof *b);
    b->wake = wake;
    b->text = ft_xstrdup("");
    return b;
}

static void forget_model(struct ft_model_list *b)
{
    if (b->has_facts) ft_model_facts_release(&b->facts);
    b->has_facts = false;
    b->look_failed = (struct ft_err){0};
    b->version++;
}

static void forget_pieces(struct ft_model_list *b)
{
    ft_text_tokens_release(&b->pieces);
    b->has_pieces = false;
    b->tokens_failed = (struct ft_err){0};
}

void ft_model_list_free(struct ft_model_list *b)
{
    if (!b) return;
    ft_job_cancel(b->list_work);
    ft_job_cancel(b->look_work);
    ft_job_cancel(b->tokens_work);
    if (b->list_work) ft_job_join(b->list_work, NULL);
    if (b->look_work) ft_job_join(b->look_work, NULL);
    if (b->tokens_work) ft_job_join(b->tokens_work, NULL);
    if (b->listing) list_job_free(b->listing);
    if (b->looking) look_job_free(b->looking);
    if (b->making) tokens_job_free(b->making);
    entries_release(&b->list);
    entries_release(&b->next);
    forget_model(b);
    forget_pieces(b);
    wish_release(&b->wish);
    ft_tokenizer_free(b->tokenizer);
    free(b->tokenizer_of);
    free(b->runs);
    free(b->also);
    free(b->text);
    free(b);
}

/* --- the list --- */

static void take_entry(void *arg, struct ft_model_entry *e)
{
    struct list_job *j = arg;
    pthread_mutex_lock(&j->mu);
    entries_add(&j->come, e);
    pthread_mutex_unlock(&j->mu);
}

static enum ft_status run_list(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct list_job *j = arg;
    struct ft_models_from from = {.runs = j->runs, .runs_each = ft_runs_each, .also = j->also};
    return ft_models_each(&from, w, take_entry, j, err);
}

static void start_list(struct ft_model_list *b)
{
    struct list_job *j = ft_xcalloc(1, sizeof *j);
    pthread_mutex_init(&j->mu, NULL);
    j->runs = ft_xstrdup(b->runs);
    j->also = ft_xstrdup(b->also);
    b->list_again = false;
    b->listing = j;
    b->list_work = ft_job_start("looking for models", run_list, j, b->wake);
}

void ft_model_list_list(struct ft_model_list *b, const char *runs, const char *also)
{
    free(b->runs);
    free(b->also);
    b->runs = ft_xstrdup(runs);
    b->also = ft_xstrdup(also);
    if (b->list_work) {
        b->list_again = true;
        ft_job_cancel(b->list_work);
    } else {
        start_list(b);
    }
}

/* The first time entries show as they come; later the old list stays until the new one is whole. */
static bool take_list(struct ft_model_list *b)
{
    bool any = false;
    struct ft_job_view view;
    if (!b->listing) return false;
    ft_job_look(b->list_work, &view); /* before the entries: all of them are there then */
    pthread_mutex_lock(&b->listing->mu);
    for (size_t i = 0; i < b->listing->come.n; i++)
        entries_add(b->whole ? &b->next : &b->list, &b->listing->come.items[i]);
    any = b->listing->come.n && !b->whole;
    b->listing->come.n = 0;
    pthread_mutex_unlock(&b->listing->mu);
    if (!view.finished) return any;
    b->list_failed = (struct ft_err){0};
    enum ft_status st = ft_job_join(b->list_work, &b->list_failed);
    if (st == FT_CANCELLED) b->list_failed = (struct ft_err){0};
    if (!st && b->whole) {
        entries_release(&b->list);
        b->list = b->next;
        b->next = (struct entries){0};
    }
    entries_release(&b->next);
    if (!st) b->whole = true;
    list_job_free(b->listing);
    b->listing = NULL;
    b->list_work = NULL;
    if (b->list_again) {
        if (!b->whole) entries_release(&b->list);
        start_list(b);
    }
    return true;
}

/* --- facts --- */

static char *key_of(const char *name, const struct ft_model_ask *ask)
{
    struct ft_str s = {0};
    ft_str_addf(&s, "%s\n%d\n%s\n%s", name, ask->task, ask->freeze ? ask->freeze : "",
                ask->teacher ? ask->teacher : "");
    for (size_t i = 0; ask->labels && i < ask->label_n; i++)
        ft_str_addf(&s, "\n%s", ask->labels[i]);
    return ft_str_take(&s);
}

static struct wish wish_copy(const char *name, const struct ft_model_ask *ask)
{
    struct wish w = {.name = ft_xstrdup(name), .key = key_of(name, ask), .ask = *ask};
    if (ask->labels) {
        w.labels = ft_xcalloc(ask->label_n + 1, sizeof *w.labels);
        for (size_t i = 0; i < ask->label_n; i++)
            w.labels[i] = ft_xstrdup(ask->labels[i]);
    }
    w.freeze = ft_xstrdup(ask->freeze);
    w.ask.labels = (const char *const *)w.labels;
    w.ask.freeze = w.freeze;
    w.ask.teacher = w.teacher = ft_xstrdup(ask->teacher);
    return w;
}

static enum ft_status run_look(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct look_job *j = arg;
    enum ft_status st = ft_model_facts_read(&j->facts, j->wish.name, &j->wish.ask, w, err);
    j->made = !st;
    return st;
}

static void start_look(struct ft_model_list *b)
{
    b->look_due = false;
    if (!b->wish.name) return;
    b->looking = ft_xcalloc(1, sizeof *b->looking);
    b->looking->wish = wish_copy(b->wish.name, &b->wish.ask);
    b->look_work = ft_job_start("reading the model", run_look, b->looking, b->wake);
}

void ft_model_list_look(struct ft_model_list *b, const char *name, const struct ft_model_ask *ask)
{
    char *key = name ? key_of(name, ask) : NULL;
    bool same = key && b->wish.key ? !strcmp(key, b->wish.key) : key == b->wish.key;
    bool other = !name || !b->wish.name || strcmp(name, b->wish.name) != 0;
    free(key);
    if (same) return;
    wish_release(&b->wish);
    if (name) b->wish = wish_copy(name, ask);
    if (other) { /* else what is known stays until the answer comes */
        forget_model(b);
        forget_pieces(b);
        b->about[0] = b->unknown[0] = 0;
        ft_job_cancel(b->tokens_work);
        b->tokens_due = false;
    }
    b->look_due = name != NULL;
    if (b->look_work)
        ft_job_cancel(b->look_work);
    else
        start_look(b);
}

static bool take_look(struct ft_model_list *b)
{
    struct ft_job_view view;
    struct ft_err err = {0};
    if (!b->looking) return false;
    ft_job_look(b->look_work, &view);
    if (!view.finished) return false;
    enum ft_status st = ft_job_join(b->look_work, &err);
    bool wanted = b->wish.key && !strcmp(b->looking->wish.key, b->wish.key);
    if (wanted && !st) {
        forget_model(b);
        b->look_due = false;
        b->facts = b->looking->facts;
        b->looking->made = false;
        b->has_facts = true;
        b->tokens_due = b->tokens_due || !b->has_pieces;
    } else if (wanted && !b->look_due) {
        forget_model(b);
        b->look_failed = err;
    }
    look_job_free(b->looking);
    b->looking = NULL;
    b->look_work = NULL;
    if (b->look_due) start_look(b);
    b->version++;
    return true;
}

/* --- pieces --- */

static enum ft_status run_tokens(struct ft_job *w, void *arg, struct ft_err *err)
{
    struct tokens_job *j = arg;
    enum ft_status st = FT_OK;
    if (!j->tokenizer) st = ft_tokenizer_open(&j->tokenizer, j->model, err);
    if (!st && ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    if (!st) {
        ft_tokenizer_text(j->tokenizer, j->about, sizeof j->about);
        snprintf(j->unknown, sizeof j->unknown, "%s", ft_tokenizer_unknown(j->tokenizer));
        st = ft_tokenizer_fits(j->tokenizer, j->rows, j->model, err);
    }
    return st ? st : ft_text_tokens_make(&j->pieces, j->tokenizer, j->text, j->n, err);
}

static void start_tokens(struct ft_model_list *b)
{
    if (b->making || !b->tokens_due || !b->has_facts) return;
    struct tokens_job *j = ft_xcalloc(1, sizeof *j);
    b->tokens_due = false;
    j->model = ft_xstrdup(b->facts.name);
    j->text = ft_xmalloc(b->text_n + 1);
    memcpy(j->text, b->text, b->text_n + 1);
    j->n = b->text_n;
    j->rows = b->facts.vocab;
    if (b->tokenizer && !strcmp(b->tokenizer_of, j->model)) {
        j->tokenizer = b->tokenizer;
        b->tokenizer = NULL;
    }
    b->making = j;
    b->tokens_work = ft_job_start("reading the tokenizer", run_tokens, j, b->wake);
}

void ft_model_list_tokens(struct ft_model_list *b, const char *text, size_t n)
{
    if (n == b->text_n && !memcmp(text, b->text, n)) return;
    free(b->text);
    b->text = ft_xmalloc(n + 1);
    memcpy(b->text, text, n);
    b->text[n] = 0;
    b->text_n = n;
    b->tokens_due = true;
    start_tokens(b);
}

static bool take_tokens(struct ft_model_list *b)
{
    struct ft_job_view view;
    struct ft_err err = {0};
    if (!b->making) return false;
    ft_job_look(b->tokens_work, &view);
    if (!view.finished) return false;
    struct tokens_job *j = b->making;
    enum ft_status st = ft_job_join(b->tokens_work, &err);
    b->making = NULL;
    b->tokens_work = NULL;
    if (b->wish.name && !strcmp(j->model, b->wish.name) && st != FT_CANCELLED) {
        forget_pieces(b);
        b->tokens_failed = err;
        b->pieces = j->pieces;
        j->pieces = (struct ft_text_tokens){0};
        b->has_pieces = !st;
        memcpy(b->about, j->about, sizeof b->about);
        memcpy(b->unknown, j->unknown, sizeof b->unknown);
    }
    if (j->tokenizer) {
        ft_tokenizer_free(b->tokenizer);
        free(b->tokenizer_of);
        b->tokenizer = j->tokenizer;
        b->tokenizer_of = ft_xstrdup(j->model);
        j->tokenizer = NULL;
    }
    tokens_job_free(j);
    b->version++;
    return true;
}

/* --- for the screen --- */

bool ft_model_list_follow(struct ft_model_list *b)
{
    bool list = take_list(b), look = take_look(b), tokens = take_tokens(b);
    start_tokens(b);
    b->version += list;
    return list || look || tokens;
}

void ft_model_list_cancel(struct ft_model_list *b)
{
    if (b->making || b->tokens_due) {
        forget_pieces(b);
        ft_fail(&b->tokens_failed, FT_CANCELLED, "cancelled; resumes with the next text or model");
        b->version++;
    }
    b->list_again = b->look_due = b->tokens_due = false;
    ft_job_cancel(b->list_work);
    ft_job_cancel(b->look_work);
    ft_job_cancel(b->tokens_work);
}

bool ft_model_list_busy(struct ft_model_list *b, struct ft_job_view *view)
{
    struct ft_job *w = b->look_work ? b->look_work : b->tokens_work ? b->tokens_work : b->list_work;
    if (w) ft_job_look(w, view);
    return w != NULL;
}

uint64_t ft_model_list_version(const struct ft_model_list *b)
{
    return b->version;
}

size_t ft_model_list_count(const struct ft_model_list *b)
{
    return b->list.n;
}

const struct ft_model_entry *ft_model_list_entry(const struct ft_model_list *b, size_t i)
{
    return i < b->list.n ? &b->list.items[i] : NULL;
}

bool ft_model_list_whole(const struct ft_model_list *b)
{
    return b->whole;
}

const struct ft_err *ft_model_list_list_failed(const struct ft_model_list *b)
{
    return &b->list_failed;
}

const struct ft_model_facts *ft_model_list_facts(const struct ft_model_list *b)
{
    return b->has_facts ? &b->facts : NULL;
}

const struct ft_err *ft_model_list_look_failed(const struct ft_model_list *b)
{
    return &b->look_failed;
}

const struct ft_text_tokens *ft_model_list_text_tokens(const struct ft_model_list *b)
{
    return b->has_pieces ? &b->pieces : NULL;
}

const struct ft_err *ft_model_list_tokens_failed(const struct ft_model_list *b)
{
    return &b->tokens_failed;
}

const char *ft_model_list_tokenizer(const struct ft_model_list *b)
{
    return b->about;
}

const char *ft_model_list_unknown(const struct ft_model_list *b)
{
    return b->unknown;
}
