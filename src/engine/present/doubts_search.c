/* Near duplicates of the open data as items: see doubts_in.h. */
#include "engine/present/doubts_in.h"

#include "engine/runs/near_rows.h"
#include "util/fs.h"

#include <stdio.h>
#include <stdlib.h>

void doubts_search_release(struct doubts_search *s)
{
    if (!s->build) return;
    dataset_build_unref(s->build);
    ft_options_release(&s->o);
    s->build = NULL;
}

static struct ft_dataset_pick place(const struct dataset_build *b, size_t i)
{
    if (dataset_is_squad(b)) return (struct ft_dataset_pick){0, i + 1};
    return (struct ft_dataset_pick){b->x.items[i].file, b->x.items[i].row};
}

/* The label as rows show it; NULL where labels are not compared. */
static const char *label_of(const struct dataset_build *b, size_t i)
{
    if (dataset_is_squad(b) || b->x.numbers || dataset_tagged(b)) return NULL;
    int32_t label = b->x.items[i].label;
    return label < 0 ? NULL : b->set_texts ? b->set_texts[label] : b->x.labels.names[label];
}

static enum ft_status take(struct doubts_list *l, const struct dataset_build *b,
                           const struct ft_near_item *x, struct ft_err *err)
{
    static const enum ft_doubt_kind kinds[] = {[FT_NEAR_LEAK] = FT_DOUBT_LEAK,
                                               [FT_NEAR_CONFLICT] = FT_DOUBT_CONFLICT,
                                               [FT_NEAR_DUPLICATE] = FT_DOUBT_DUPLICATE};
    const struct ft_doubt item = {.kind = kinds[x->kind],
                                  .row = place(b, x->row),
                                  .other = place(b, x->other),
                                  .given = label_of(b, x->row),
                                  .suggested =
                                      x->kind == FT_NEAR_CONFLICT ? label_of(b, x->other) : NULL,
                                  .value = x->similarity};
    return doubts_add(l, &item, b->source->tables[0].path, err);
}

enum ft_status doubts_search(struct doubts_list *l, struct doubts_search *s, struct ft_job *work,
                             struct ft_err *err)
{
    struct dataset_build *b = s->build;
    struct ft_near_duplicates found = {0};
    struct ft_near_seen seen = {0};
    size_t n = dataset_examples(b);
    struct ft_near_row *rows = dataset_is_squad(b) ? ft_near_rows_of_squad(&b->source->squad)
                                                   : ft_near_rows_of_examples(&b->x);
    const char *model = ft_options_text(&s->o, FT_OPT_model);
    struct ft_near_work how = {model, &s->o, s->threshold, s->vectors};
    enum ft_status st = ft_near_rows_find(&found, rows, n, &how, &seen, work, err);
    for (size_t i = 0; i < found.n && i < FT_DOUBTS_MOST && !st; i++)
        st = take(l, b, &found.items[i], err);
    s->searched = (struct ft_doubts_searched){
        .threshold = s->threshold, .rows = n - seen.without, .found = found.n};
    if (seen.texts > 1)
        s->searched.alike = found.text_pairs / ((double)seen.texts * ((double)seen.texts - 1) / 2);
    snprintf(s->searched.model, sizeof s->searched.model, "%.60s", ft_path_base(model));
    ft_near_duplicates_release(&found);
    free(rows);
    return st;
}
