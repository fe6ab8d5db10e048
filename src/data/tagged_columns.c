/* Which columns hold words, tags and spans: see tagged.h. By names first, then by what the first rows
 * hold. */
#include "data/columns.h"
#include "data/label_form.h"
#include "data/tagged_in.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LOOK_ROWS = 200, COLUMNS_LOOKED_AT = 64 };

static const char *const word_names[] = {"tokens", "words", "token", "word", "sentence", "text"};
static const char *const tag_names[] = {"ner_tags", "ner",        "tags",       "labels",   "label",
                                        "entities", "iob_labels", "bio_tags",   "pos_tags", "pos",
                                        "upos",     "xpos",       "chunk_tags", "tag"};
static const char *const span_names[] = {"spans", "entities",    "label", "labels",
                                         "ents",  "annotations", "entity"};

/* What a column of lists holds: how many of the first rows have as many items as `words`. */
struct lists {
    size_t filled, lists, items, numbers, same;
};

static void look(const struct ft_table *t, size_t col, int words, struct lists *out)
{
    struct ft_text *a = NULL, *b = NULL;
    size_t a_cap = 0, b_cap = 0, rows = ft_table_rows(t);
    *out = (struct lists){0};
    for (size_t r = 0; r < rows && r < LOOK_ROWS; r++) {
        struct ft_arena arena = {0};
        struct ft_text cell = ft_text_trim(ft_table_cell(t, r, col));
        size_t n = 0, m = 0;
        bool numbers;
        out->filled += cell.n > 0;
        if (cell.n && ft_tagged_list(cell, &arena, &a, &a_cap, &n, &numbers)) {
            out->lists++;
            out->items += n;
            out->numbers += numbers && n;
            out->same += words >= 0 &&
                         ft_tagged_list(ft_table_cell(t, r, (size_t)words), &arena, &b, &b_cap, &m,
                                        &numbers) &&
                         m == n;
        }
        ft_arena_release(&arena);
    }
    free(a);
    free(b);
}

static bool has_words(const struct ft_table *t, int col)
{
    struct lists n;
    if (col < 0) return false;
    look(t, (size_t)col, -1, &n);
    return n.lists && n.lists == n.filled && n.items > n.numbers;
}

static bool has_tags(const struct ft_table *t, int col, int words)
{
    struct lists n;
    if (col < 0 || col == words) return false;
    look(t, (size_t)col, words, &n);
    return n.lists && n.lists * 2 > n.filled && n.same * 2 >= n.lists;
}

/* Spans in one row at least; in the others, spans or empty lists. */
static bool has_spans(const struct ft_table *t, int col)
{
    size_t rows = ft_table_rows(t), spans = 0, other = 0;
    for (size_t r = 0; col >= 0 && r < rows && r < LOOK_ROWS; r++) {
        struct ft_text cell = ft_text_trim(ft_table_cell(t, r, (size_t)col));
        if (!cell.n) continue;
        enum ft_label_form form = ft_label_form_of(cell);
        spans += form == FT_LABEL_FORM_SPANS;
        other += form != FT_LABEL_FORM_SPANS && form != FT_LABEL_FORM_NONE;
    }
    return spans > other;
}

static int named(const struct ft_table *t, const char *name)
{
    return name && *name ? ft_table_find(t, name) : -1;
}

#define COUNT(list) (sizeof(list) / sizeof *(list))

static int find_words(const struct ft_table *t)
{
    for (size_t i = 0; i < COUNT(word_names); i++) {
        int c = ft_table_find(t, word_names[i]);
        if (has_words(t, c)) return c;
    }
    return -1;
}

static int find_tags(const struct ft_table *t, int words)
{
    for (size_t i = 0; i < COUNT(tag_names); i++) {
        int c = ft_table_find(t, tag_names[i]);
        if (has_tags(t, c, words)) return c;
    }
    for (size_t c = 0; c < ft_table_columns(t) && c < COLUMNS_LOOKED_AT; c++)
        if (has_tags(t, (int)c, words)) return (int)c;
    return -1;
}

static int find_spans(const struct ft_table *t)
{
    for (size_t i = 0; i < COUNT(span_names); i++) {
        int c = ft_table_find(t, span_names[i]);
        if (has_spans(t, c)) return c;
    }
    return -1;
}

void ft_tagged_find(const struct ft_table *t, const char *text, const char *label, bool text_too,
                    struct ft_tagged_columns *out)
{
    struct ft_columns guess;
    int own_text = named(t, text), own_label = named(t, label);
    *out = (struct ft_tagged_columns){.words = -1, .tags = -1, .text = -1};
    int words = own_text >= 0 && has_words(t, own_text) ? own_text : find_words(t);
    if (words >= 0) {
        int tags = has_tags(t, own_label, words) ? own_label : find_tags(t, words);
        if (tags >= 0 || text_too) {
            *out = (struct ft_tagged_columns){FT_TAGGED_WORDS, words, tags, -1};
            return;
        }
    }
    int spans = has_spans(t, own_label) ? own_label : find_spans(t);
    ft_columns_guess(t, &guess);
    int texts = own_text >= 0 ? own_text : guess.text;
    if (texts == spans || texts < 0) texts = ft_table_find(t, "text");
    if (texts < 0 || texts == spans) return;
    if (spans >= 0)
        *out = (struct ft_tagged_columns){FT_TAGGED_SPANS, -1, spans, texts};
    else if (text_too)
        *out = (struct ft_tagged_columns){FT_TAGGED_TEXT, -1, -1, texts};
}
