/* See unknown.h. */
#include "engine/task/unknown.h"

#include "util/log.h"

#include <stdio.h>

enum { HANDFUL = 20 };

const char *ft_unknown_name(const struct ft_tok *tok)
{
    return ft_tok_text(tok, ft_tok_unknown_id(tok), NULL);
}

bool ft_unknown_text(const char *name, uint64_t tokens, uint64_t unknown,
                     char text[FT_UNKNOWN_TEXT])
{
    double share = tokens ? (double)unknown / (double)tokens : 0;
    text[0] = 0;
    if (!name || !*name || share < (tokens < HANDFUL ? 0.5 : 0.2)) return false;
    snprintf(text, FT_UNKNOWN_TEXT,
             "%.0f%% %.40s tokens: words missing from the model's vocabulary", 100 * share, name);
    return true;
}

void ft_unknown_warn(const char *what, const struct ft_tok *tok, uint64_t tokens, uint64_t unknown)
{
    char text[FT_UNKNOWN_TEXT];
    if (ft_unknown_text(ft_unknown_name(tok), tokens, unknown, text))
        ft_log(FT_LOG_WARN, "%s: %s", what, text);
}

void ft_unknown_warn_of(const char *what, const struct ft_tok *tok, const struct ft_sequences *s)
{
    int32_t id = ft_tok_unknown_id(tok);
    uint64_t tokens = 0, unknown = 0;
    for (uint64_t i = 0; id >= 0 && s->n && i < s->start[s->n]; i++) {
        unknown += s->ids[i] == id;
        tokens += s->ids[i] == id || !ft_tok_is_special(tok, s->ids[i]);
    }
    ft_unknown_warn(what, tok, tokens, unknown);
}
