/* Columns of screen 1: which is the text, the second text and the label, by Enter and by word. */
#include "ui/screens/view_data_in.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *use;
    enum ft_opt id;
} uses[] = {{"text", FT_OPT_text_column},
            {"pair", FT_OPT_text_pair_column},
            {"label", FT_OPT_label_column}};
enum { USES = sizeof uses / sizeof *uses };
/* How the file is read. */
static const enum ft_opt forms[] = {FT_OPT_encoding, FT_OPT_header, FT_OPT_delimiter, FT_OPT_quote};
enum { FORMS = sizeof forms / sizeof *forms };

/* The settings are ahead of the data set while it is built again. */
static int column_use(const struct data_view *t, size_t column)
{
    const struct ft_dataset_column *col = &ft_dataset_facts(t->d)->columns[column];
    for (int i = 0; i < USES; i++) {
        bool given = ft_options_given(&t->w->o, uses[i].id);
        if (given ? !strcmp(ft_options_text(&t->w->o, uses[i].id), col->name)
                  : !strcmp(col->use, uses[i].use))
            return i;
    }
    return -1;
}

const char *data_column_use(const struct data_view *t, size_t column)
{
    int use = column_use(t, column);
    return use < 0 ? "" : uses[use].use;
}

/* unused -> text -> pair -> label -> unused, as one undo step. The column that had the use before
 * has none then, and gets it back with the next key. */
void data_cycle_use(struct data_view *t, size_t column)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    size_t has[USES];
    if (column >= f->columns_n) return;
    for (int i = 0; i < USES; i++)
        has[i] = SIZE_MAX;
    int now = column_use(t, column);
    for (size_t i = 0; i < f->columns_n; i++) {
        int use = column_use(t, i);
        if (use >= 0) has[use] = i;
    }
    bool back = t->cycled == column && t->robbed < f->columns_n && column_use(t, t->robbed) < 0;
    if (now >= 0) has[now] = back ? t->robbed : SIZE_MAX;
    t->cycled = column;
    t->robbed = SIZE_MAX;
    if (now + 1 < USES) {
        t->robbed = has[now + 1];
        has[now + 1] = column;
    }
    struct ft_options o;
    ft_options_copy(&o, &t->w->o);
    for (int i = 0; i < USES; i++)
        ft_options_set_id(&o, uses[i].id, has[i] < f->columns_n ? f->columns[has[i]].name : "",
                          true, NULL);
    ft_workbench_replace(t->w, &o);
    ft_options_release(&o);
}

/* What a word of :columns sets: "text=C", "header=false"; *value is behind its '='. */
static enum ft_opt named(const char *word, const char **value)
{
    size_t n = strcspn(word, "=");
    *value = word + n + (word[n] == '=');
    for (int i = 0; i < USES && word[n]; i++)
        if (strlen(uses[i].use) == n && !strncmp(word, uses[i].use, n)) return uses[i].id;
    for (int i = 0; i < FORMS && word[n]; i++) {
        const char *name = ft_option_at(forms[i])->name;
        if (strlen(name) == n && !strncmp(word, name, n)) return forms[i];
    }
    return FT_OPT_COUNT;
}

/* "text=C pair=C label=C", and how the file is read ("header=false"), each optional: a use that is
 * not named is guessed again, but the pair of a text that is named. */
bool data_columns_word(struct data_view *t, const char *arg)
{
    char word[256];
    struct ft_options o;
    struct ft_err err = {0};
    enum ft_status st = FT_OK;
    bool reread = false; /* the names of columns may be others then */
    ft_options_copy(&o, &t->w->o);
    for (int i = 0; i < USES; i++)
        ft_options_reset(&o, uses[i].id);
    while (!st && ft_command_arg(&arg, word, sizeof word)) {
        const char *value;
        enum ft_opt id = named(word, &value);
        if (id == FT_OPT_COUNT)
            st = ft_fail(&err, FT_USAGE,
                         "columns: expected text=C pair=C label=C, header=, encoding=, delimiter= "
                         "or quote=, not %s",
                         word);
        else
            st = ft_options_set_id(&o, id, value, true, &err);
        for (int i = 0; i < FORMS; i++)
            reread = reread || id == forms[i];
    }
    if (ft_options_given(&o, FT_OPT_text_column) && !ft_options_given(&o, FT_OPT_text_pair_column))
        ft_options_set_id(&o, FT_OPT_text_pair_column, "", true, NULL);
    if (!st && !reread) st = ft_dataset_check_columns(&o, &err);
    if (st)
        ft_app_say_err(t->w->app, &err);
    else
        ft_workbench_replace(t->w, &o);
    ft_options_release(&o);
    return true;
}

/* --- how the file is read --- */

size_t data_forms(const struct data_view *t)
{
    return *ft_dataset_facts(t->d)->header ? FORMS : 1;
}

const char *data_form_name(const struct data_view *t, size_t i)
{
    (void)t;
    return i < FORMS ? ft_option_at(forms[i])->name : "";
}

const char *data_form(const struct data_view *t, size_t i, const char **found)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    const char *const values[FORMS] = {f->encoding, f->header, f->delimiter, f->quote};
    *found = i < FORMS ? values[i] : "";
    return i < FORMS ? ft_options_text(&t->w->o, forms[i]) : "";
}

/* The next of the usual values; any other is set with :set. */
void data_cycle_form(struct data_view *t, size_t i)
{
    struct ft_err err = {0};
    char next[40] = "";
    if (i >= data_forms(t)) return;
    const struct ft_option *o = ft_option_at(forms[i]);
    const char *now = ft_options_text(&t->w->o, forms[i]),
               *list = o->choices ? o->choices : o->steps;
    bool here = false;
    for (const char *p = list; *p && !*next;) {
        size_t n = strcspn(p, " |");
        if (here) snprintf(next, sizeof next, "%.*s", (int)n, p);
        here = strlen(now) == n && !memcmp(p, now, n);
        p += n + (p[n] != 0);
    }
    if (ft_workbench_set(t->w, forms[i], *next ? next : "auto", &err))
        ft_app_say_err(t->w->app, &err);
}
