/* Screen 1: the rows most similar to the selected one, in place of the list of rows. The cursor of the
 * rows follows the cursor of the list, so that everything about the selected row works in it. */
#include "ui/screens/view_data_in.h"

#include "util/str.h"

#include <string.h>

static struct ft_similarity_text text_of(const struct data_view *t, const struct ft_dataset_row *r)
{
    bool squad = ft_dataset_facts(t->d)->squad; /* the question alone */
    return (struct ft_similarity_text){
        .text = r->text ? r->text : "",
        .n = r->n,
        .pair = squad ? NULL : r->pair,
        .pair_n = squad ? 0 : r->pair_n,
        .self = ft_similar_is_self(&t->similar, r->row, r->text ? r->text : "", r->n)};
}

static void row_text(void *arg, size_t i, struct ft_similarity_text *out)
{
    const struct data_view *t = arg;
    struct ft_dataset_row r;
    *out = (struct ft_similarity_text){.text = ""};
    if (ft_dataset_row(t->d, i, &r)) *out = text_of(t, &r);
}

static void ask(struct data_view *t)
{
    t->similar_of = ft_dataset_facts(t->d)->version;
    ft_similar_ask(&t->similar, ft_dataset_count(t->d), row_text, t);
}

void data_similar_moved(struct data_view *t)
{
    if (!t->similar.on || !t->similar.n) return;
    t->rows.n = ft_dataset_count(t->d);
    ft_list_select(&t->rows, t->similar.rows[t->similar_list.selected]);
    t->text.top = t->before.top = 0;
}

void data_similar_follow(struct data_view *t)
{
    bool changed = ft_similar_follow(&t->similar);
    if (!t->similar.on) return;
    bool other = t->similar_of != ft_dataset_facts(t->d)->version;
    if (other || (t->similar.waiting && !ft_similarity_busy(t->similar.s, NULL))) {
        ask(t);
        changed = true;
    }
    if (changed) data_similar_moved(t);
}

bool data_similar_move(struct data_view *t, enum ft_move move)
{
    if (!ft_list_move(&t->similar_list, move)) return false;
    t->similar.moved = true;
    data_similar_moved(t);
    return true;
}

/* Of the selected row, or of row `arg` of the data. */
void data_similar_open(struct data_view *t, const char *arg)
{
    const char *model = ft_options_text(&t->w->o, FT_OPT_model);
    struct ft_dataset_row r;
    long long row = 0;
    size_t at = t->rows.selected;
    if (arg && (!ft_parse_i64(arg, &row) || row < 1 ||
                (at = ft_dataset_find_row(t->d, (size_t)row)) == SIZE_MAX)) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "'%s': expected the number of a listed row", arg);
        return;
    }
    if (!ft_dataset_row(t->d, at, &r)) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "no row is selected");
        return;
    }
    if (!*model) {
        ft_app_say(t->w->app, FT_SAY_NOTE,
                   "similar rows are found with a model: choose one (2), then ~ again");
        return;
    }
    if (!t->similar.on) t->similar_home = r.row;
    struct ft_similarity_text text = text_of(t, &r);
    ft_similar_begin(&t->similar, model, r.row, &text);
    t->rows.n = ft_dataset_count(t->d);
    ft_list_select(&t->rows, at);
    ask(t);
    data_similar_moved(t);
    ft_app_focus(&t->view, DATA_ROWS);
}

void data_similar_close(struct data_view *t, bool home)
{
    if (!t->similar.on) return;
    ft_similar_end(&t->similar);
    t->rows.n = ft_dataset_count(t->d);
    size_t at = home ? ft_dataset_find_row(t->d, t->similar_home) : SIZE_MAX;
    if (at != SIZE_MAX) ft_list_select(&t->rows, at);
}
