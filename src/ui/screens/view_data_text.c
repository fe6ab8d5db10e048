/* The text of the selected row: as it is learned from, or as it was before cleaning with what goes
 * in [ ]; a question with its context and the answers in { }. */
#include "ui/screens/entity_text.h"
#include "ui/screens/view_data_in.h"
#include "util/mem.h"

#include <stdlib.h>

/* Pieces of `text` between the spans are plain, the spans get the signs and the style. Spans may
 * nest or touch: what was drawn already is not drawn again. */
static void marked(struct ft_rich *out, const char *text, size_t n,
                   const struct ft_dataset_span *spans, size_t spans_n, const char *open,
                   const char *close, unsigned style)
{
    size_t at = 0;
    for (size_t i = 0; i < spans_n; i++) {
        if (spans[i].start < at || spans[i].end > n) continue;
        ft_rich_add(out, FT_ROLE_NORMAL, text + at, spans[i].start - at);
        ft_rich_addz(out, style, open);
        ft_rich_add(out, style, text + spans[i].start, spans[i].end - spans[i].start);
        ft_rich_addz(out, style, close);
        at = spans[i].end;
    }
    ft_rich_add(out, FT_ROLE_NORMAL, text + at, n - at);
}

/* The entities in the colours of their types. */
static void entities(const struct data_view *t, const struct ft_dataset_row *r, struct ft_rich *out)
{
    enum { MOST = 200 };
    static struct ft_dataset_entity found[MOST];
    struct ft_entity_mark marks[MOST];
    size_t n = ft_dataset_entities(t->d, t->rows.selected, found, MOST);
    size_t types = ft_dataset_labels(t->d);
    const char **names = ft_xcalloc(types + 1, sizeof *names);
    for (size_t i = 0; i < types; i++)
        names[i] = ft_dataset_label(t->d, i, NULL);
    for (size_t i = 0; i < n; i++)
        marks[i] = (struct ft_entity_mark){found[i].start, found[i].end, found[i].type,
                                           ft_entity_style(names, types, found[i].type), false};
    ft_entity_text(out, r->text, r->n, marks, n, NULL);
    free(names);
}

/* A row with what another one does not have. */
static void two_texts(struct ft_rich *out, const struct ft_dataset_row *r,
                      const struct ft_dataset_row *other)
{
    data_near_words(out, r->text, r->n, other->text, other->n);
    if (!r->n) ft_rich_addz(out, FT_ROLE_MUTED, "(no text)");
    if (!r->pair) return;
    ft_rich_addz(out, FT_ROLE_MUTED, "\n\n");
    data_near_words(out, r->pair, r->pair_n, other->pair ? other->pair : "",
                    other->pair ? other->pair_n : 0);
}

void data_text(const struct data_view *t, bool before, struct ft_rich *out)
{
    enum { SPANS = 64 };
    struct ft_dataset_span spans[SPANS];
    bool there;
    struct ft_dataset_row r = data_row(t, &there);
    if (!there) return;
    size_t at = t->rows.selected, n, spans_n;
    const char *text;
    struct ft_dataset_row other;
    if (data_near_selected(t, &other)) {
        two_texts(out, before ? &other : &r, before ? &r : &other);
        return;
    }
    if (ft_dataset_facts(t->d)->squad) {
        size_t answers = ft_dataset_answers(t->d, at, spans, SPANS);
        ft_rich_add(out, FT_BOLD, r.text, r.n);
        ft_rich_addz(out, FT_ROLE_NORMAL, "\n");
        /* in the order of the text */
        for (size_t i = 1; i < answers; i++) {
            for (size_t k = i; k && spans[k].start < spans[k - 1].start; k--) {
                struct ft_dataset_span s = spans[k];
                spans[k] = spans[k - 1];
                spans[k - 1] = s;
            }
        }
        marked(out, r.pair, r.pair_n, spans, answers, "{", "}", FT_ROLE_GOLD);
        return;
    }
    if (before && ft_dataset_before(t->d, at, &text, &n, spans, SPANS, &spans_n)) {
        marked(out, text, n, spans, spans_n, "[", "]", FT_ROLE_WARN);
        return;
    }
    if (ft_dataset_tagged(t->d))
        entities(t, &r, out);
    else
        ft_rich_add(out, FT_ROLE_NORMAL, r.text, r.n);
    if (!r.n) ft_rich_addz(out, FT_ROLE_MUTED, "(no text)");
    if (!r.pair) return;
    ft_rich_addz(out, FT_ROLE_MUTED, "\n\n");
    ft_rich_add(out, FT_ROLE_NORMAL, r.pair, r.pair_n);
}
