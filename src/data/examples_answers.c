/* Examples with Prodigy's decisions: see examples_in.h. */
#include "data/examples_in.h"

#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

static bool is(struct ft_text s, const char *word)
{
    return s.n == strlen(word) && !memcmp(s.data, word, s.n);
}

enum ft_decision ft_examples_decision(const struct ft_examples_build *b, uint8_t file, size_t row)
{
    if (b->answer[file] < 0) return FT_DECISION_ACCEPT;
    struct ft_text s =
        ft_text_trim(ft_table_cell(b->opt->tables[file], row - 1, (size_t)b->answer[file]));
    return !s.n || is(s, "accept") ? FT_DECISION_ACCEPT
           : is(s, "reject")       ? FT_DECISION_REJECT
                                   : FT_DECISION_IGNORE;
}

void ft_examples_find_binary(struct ft_examples_build *b)
{
    const struct ft_table *t = b->opt->tables[FT_PART_TRAIN];
    const struct ft_columns *c = &b->columns[FT_PART_TRAIN];
    struct ft_text one = {NULL, 0};
    bool any = false;
    if (b->answer[FT_PART_TRAIN] < 0 || b->opt->tagged[FT_PART_TRAIN] || c->label < 0 ||
        b->opt->several || b->opt->numbers)
        return;
    for (size_t r = 0; r < ft_table_rows(t); r++) {
        struct ft_text s = ft_text_trim(ft_table_cell(t, r, (size_t)c->label));
        if (!s.n) continue;
        if (!one.n) one = s;
        if (s.n != one.n || memcmp(s.data, one.data, s.n)) return;
        any |= ft_examples_decision(b, FT_PART_TRAIN, r + 1) == FT_DECISION_REJECT;
    }
    if (!any) return;
    struct ft_str name = {0};
    ft_str_addz(&name, "not ");
    ft_str_add(&name, one.data, one.n);
    b->binary[0] = one;
    b->binary[1] = (struct ft_text){ft_arena_strndup(&b->x->arena, name.data, name.len), name.len};
    ft_str_release(&name);
}

bool ft_examples_negative(const struct ft_examples_build *b, uint8_t file, size_t row,
                          struct ft_text label)
{
    label = ft_text_trim(label);
    return b->binary[0].n && label.n == b->binary[0].n &&
           !memcmp(label.data, b->binary[0].data, label.n) &&
           ft_examples_decision(b, file, row) == FT_DECISION_REJECT;
}
