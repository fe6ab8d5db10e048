/* Which rows screen 1 lists: filtered, sorted, found by a word, those of a problem. */
#include "ui/screens/view_data_in.h"

#include <stdio.h>
#include <string.h>

bool data_take_filter(void *arg, const char *text)
{
    struct data_view *t = arg;
    struct ft_err err = {0};
    if (ft_dataset_filter(t->d, text, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_list_select(&t->rows, 0);
    ft_app_redraw(t->w->app);
    return true;
}

bool data_find(struct data_view *t, bool back)
{
    size_t n = ft_dataset_count(t->d), at = t->rows.selected;
    if (!*t->find || !n) return true;
    data_similar_close(t, false);
    size_t from = back ? (at ? at - 1 : n - 1) : (at + 1) % n;
    size_t found = ft_dataset_find(t->d, t->find, from, back);
    if (found == SIZE_MAX) found = ft_dataset_find(t->d, t->find, back ? n - 1 : 0, back);
    if (found == SIZE_MAX)
        ft_app_say(t->w->app, FT_SAY_NOTE, "'%s' not found in the rows read so far", t->find);
    else
        ft_list_select(&t->rows, found);
    return true;
}

bool data_take_find(void *arg, const char *text)
{
    struct data_view *t = arg;
    snprintf(t->find, sizeof t->find, "%s", text);
    return data_find(t, false);
}

bool data_sort_word(struct data_view *t, const char *arg)
{
    for (int i = 0; i < FT_DATASET_SORTS; i++) {
        const char *name = ft_dataset_sort_name((enum ft_dataset_sort)i);
        size_t n = strlen(name);
        if (strncmp(arg, name, n)) continue;
        ft_dataset_sort(t->d, (enum ft_dataset_sort)i, strstr(arg + n, "down") != NULL);
        return true;
    }
    ft_app_say(t->w->app, FT_SAY_ERROR,
               "expected row, part, label, tokens or text to sort by, not '%s'", arg);
    return true;
}

void data_show_problem(struct data_view *t, size_t i)
{
    struct ft_dataset_problem p;
    char filter[80];
    if (data_near_problem(t, i)) return;
    if (!data_problem(t, i, &p) || !*p.name) return;
    snprintf(filter, sizeof filter, "problem:%s", p.name);
    data_similar_close(t, false);
    data_doubts_close(t, false);
    data_take_filter(t, filter);
    ft_app_say(t->w->app, FT_SAY_NOTE, "%s; Esc shows all rows", p.text);
    ft_app_focus(&t->view, DATA_ROWS);
}

void data_next_problem(struct data_view *t)
{
    size_t n = data_problems(t), at = t->problems.selected;
    struct ft_dataset_problem p;
    bool near = t->doubts.on && t->doubts.list == t->w->near;
    bool first = strncmp(ft_dataset_filter_now(t->d), "problem:", 8) != 0 && !near;
    for (size_t i = 0; i < n; i++) {
        size_t k = (at + i + !first) % n;
        if (!data_problem(t, k, &p) || p.sign == 'v') continue;
        t->problems.n = n;
        ft_list_select(&t->problems, k);
        data_show_problem(t, k);
        return;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "no problems found");
}
