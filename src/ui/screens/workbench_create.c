/* `:create`: a smaller model from the one that is selected on screen 2, made in the background. When
 * it is there it becomes the model of the settings. */
#include "ui/screens/workbench_in.h"

#include "engine/model/reduce.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FROM, OUTPUT, LAYERS, TOKENS_OF, DTYPE, TEXTS };

struct ft_workbench_create {
    struct ft_job *job;
    struct ft_reduce_opt opt;
    char *texts[TEXTS]; /* what opt points to */
    struct ft_reduced made;
};

static void release(struct ft_workbench_create *c)
{
    for (int i = 0; i < TEXTS; i++)
        free(c->texts[i]);
    free(c);
}

/* KEY=VALUE, or else the folder of the new model. */
static enum ft_status take_word(struct ft_workbench_create *c, const char *word, struct ft_err *err)
{
    static const struct {
        const char *key;
        int text;
    } keys[] = {{"keep_layers=", LAYERS}, {"keep_tokens_of=", TOKENS_OF}, {"dtype=", DTYPE}};
    static const char size[] = "vocab_size=";
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t n = strlen(keys[i].key);
        if (strncmp(word, keys[i].key, n)) continue;
        free(c->texts[keys[i].text]);
        c->texts[keys[i].text] =
            keys[i].text == TOKENS_OF ? ft_path_home(word + n) : ft_xstrdup(word + n);
        return FT_OK;
    }
    if (!strncmp(word, size, strlen(size))) {
        long long n;
        if (!ft_parse_i64(word + strlen(size), &n) || n < 1)
            return ft_fail(err, FT_USAGE, "create: %s is not a number of tokens", word);
        c->opt.vocab_size = (size_t)n;
        return FT_OK;
    }
    if (c->texts[OUTPUT])
        return ft_fail(err, FT_USAGE,
                       "create: expected keep_layers=0,2,5, keep_tokens_of=F, vocab_size=N or "
                       "dtype=bf16, not %s",
                       word);
    c->texts[OUTPUT] = ft_path_home(word);
    return FT_OK;
}

static enum ft_status read_words(struct ft_workbench_create *c, const char *arg, struct ft_err *err)
{
    char word[1024];
    enum ft_status st = FT_OK;
    while (!st && ft_command_arg(&arg, word, sizeof word))
        st = take_word(c, word, err);
    if (st) return st;
    c->opt.from = c->texts[FROM];
    c->opt.output = c->texts[OUTPUT];
    c->opt.layers = c->texts[LAYERS];
    c->opt.tokens_of = c->texts[TOKENS_OF];
    c->opt.dtype = c->texts[DTYPE];
    if (!c->opt.output)
        return ft_fail(
            err, FT_USAGE,
            "create: type the folder of the new model and what it keeps, such as :create "
            "small keep_layers=0,2,5 keep_tokens_of=F dtype=bf16");
    if (c->opt.vocab_size && !c->opt.tokens_of)
        return ft_fail(err, FT_USAGE, "create: vocab_size needs keep_tokens_of=F");
    if (!c->opt.layers && !c->opt.tokens_of && !c->opt.dtype)
        return ft_fail(err, FT_USAGE,
                       "create: keep_layers=0,2,5, keep_tokens_of=F or dtype=bf16 is missing");
    if (ft_path_exists(c->opt.output))
        return ft_fail(err, FT_EXISTS, "%s: already exists; choose another name", c->opt.output);
    return FT_OK;
}

static enum ft_status work(struct ft_job *job, void *arg, struct ft_err *err)
{
    struct ft_workbench_create *c = arg;
    return ft_reduce_model(&c->opt, &c->made, job, err);
}

bool ft_workbench_create(struct ft_workbench *w, const char *model, const char *arg)
{
    struct ft_err err = {0};
    if (w->create) {
        ft_app_say(w->app, FT_SAY_NOTE, "another model is being created; wait until it is done");
        return true;
    }
    struct ft_workbench_create *c = ft_xcalloc(1, sizeof *c);
    c->texts[FROM] = ft_xstrdup(model);
    if (read_words(c, arg, &err)) {
        ft_app_say_err(w->app, &err);
        release(c);
        return true;
    }
    w->create = c;
    c->job = ft_job_start("creating the model", work, c, &w->wake);
    return true;
}

static void cancel(void *arg)
{
    struct ft_workbench *w = arg;
    if (w->create) ft_job_cancel(w->create->job);
}

static void say_end(struct ft_workbench *w, const struct ft_workbench_create *c, enum ft_status st,
                    const struct ft_err *err)
{
    struct ft_str text = {0};
    if (st == FT_CANCELLED) {
        ft_app_say(w->app, FT_SAY_NOTE, "cancelled; nothing was left behind");
        return;
    }
    if (st) {
        ft_app_say_err(w->app, err);
        return;
    }
    ft_reduced_text(&c->made, c->opt.output, &text);
    if (ft_workbench_use_model(w, c->opt.output))
        ft_app_say(w->app, FT_SAY_OK, "%s; in use%s, u undoes", ft_str_text(&text),
                   ft_workbench_running(w) ? " for the next run" : "");
    ft_str_release(&text);
}

bool ft_workbench_follow_create(struct ft_workbench *w)
{
    struct ft_workbench_create *c = w->create;
    struct ft_job_view view;
    struct ft_err err = {0};
    if (!c) return false;
    ft_job_look(c->job, &view);
    if (!view.finished) {
        if (view.seconds >= 0.3)
            ft_app_busy(w->app, view.what, view.unit, (uint64_t)view.done, (uint64_t)view.total,
                        cancel, w);
        return false;
    }
    enum ft_status st = ft_job_join(c->job, &err);
    ft_app_busy_end(w->app);
    w->create = NULL;
    say_end(w, c, st, &err);
    release(c);
    return true;
}

void ft_workbench_end_create(struct ft_workbench *w)
{
    struct ft_err err = {0};
    if (!w->create) return;
    ft_job_cancel(w->create->job);
    ft_job_join(w->create->job, &err);
    release(w->create);
    w->create = NULL;
}
