/* Settings that are changed on screen 1: cleaning, the split, and where long texts are cut. */
#include "ui/screens/view_data_in.h"

#include "engine/task/task_facts.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool data_set(struct data_view *t, enum ft_opt id, const char *text)
{
    struct ft_err err = {0};
    enum ft_status st = ft_workbench_set_legal(t->w, id, text, &err);
    if (st) {
        ft_app_say_err(t->w->app, &err);
    } else if (t->w->session) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "the active run keeps the data it started with");
    }
    return !st;
}

bool data_step_fits(const struct data_view *t, size_t step)
{
    return !ft_dataset_tagged(t->d) || !strcmp(ft_dataset_clean_name(step), "dedup");
}

void data_toggle_clean(struct data_view *t, size_t step)
{
    char list[160] = "";
    size_t n = 0;
    const char *now = ft_options_text(&t->w->o, FT_OPT_clean);
    for (size_t i = 0; ft_dataset_clean_name(i); i++) {
        const char *name = ft_dataset_clean_name(i);
        char *copy = ft_xstrdup(now), *rest = copy;
        bool on = false;
        for (char *word; (word = strsep(&rest, ","));)
            on = on || !strcmp(word, name);
        free(copy);
        if (on == (i != step))
            n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? "," : "", name);
    }
    data_set(t, FT_OPT_clean, *list ? list : "none");
}

bool data_take_split(void *arg, const char *text)
{
    char shares[64];
    snprintf(shares, sizeof shares, "%.*s", (int)strcspn(text, " "), text);
    return data_set(arg, FT_OPT_split, shares);
}

/* --- the cut --- */

size_t data_cut(const struct data_view *t)
{
    struct ft_options o;
    struct ft_dataset_blocks blocks;
    if (t->cutting) return t->cut;
    if (ft_dataset_blocks(t->d, &blocks)) return blocks.length;
    ft_options_copy(&o, &t->w->o);
    ft_task_settle(&o, ft_workbench_task(t->w));
    size_t cut = (size_t)ft_options_int(&o, FT_OPT_max_seq_length);
    ft_options_release(&o);
    return cut;
}

/* The 99th percentile, rounded up to 64, 96, 128, 192 .. */
size_t data_span(const struct data_view *t)
{
    struct ft_dataset_tokens k;
    size_t span = 64;
    ft_dataset_tokens(t->d, &k);
    while (span < k.p99)
        span = span % 3 ? span * 3 / 2 : span * 4 / 3;
    return span;
}

bool data_move_cut(struct data_view *t, int by)
{
    if (!t->cutting) t->cut = data_cut(t);
    t->cutting = true;
    size_t step = data_span(t) / 32;
    t->cut = t->cut / step * step;
    if (by > 0)
        t->cut += step;
    else if (t->cut > step)
        t->cut -= step;
    return true;
}

void data_take_cut(struct data_view *t)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", data_cut(t));
    t->cutting = false;
    struct ft_dataset_blocks blocks;
    enum ft_opt id = ft_dataset_blocks(t->d, &blocks) ? FT_OPT_block_size : FT_OPT_max_seq_length;
    if (data_set(t, id, text))
        ft_app_say(t->w->app, FT_SAY_OK, "%s is %s; u undoes", ft_option_at(id)->name, text);
}
