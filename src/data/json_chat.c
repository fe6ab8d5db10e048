/* Conversations in JSON: see json_chat.h. */
#include "data/json_chat.h"

#include "util/str.h"

#include <string.h>

static bool among(struct ft_text key, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ft_jscan_is(key, list[i])) return true;
    return false;
}

#define AMONG(key, list) among(key, list, sizeof(list) / sizeof *(list))

struct turn {
    struct ft_text who, said;
    bool has_who, has_said;
};

/* One value of a turn; false: this is no turn of a conversation. */
static bool take_value(struct ft_jscan *s, struct ft_text key, struct turn *t, struct ft_str *lines)
{
    static const char *const who[] = {"role", "from", "speaker", "author", "sender"},
                             *const said[] = {"content", "value", "text", "message", "utterance"},
                             *const speaker[] = {"human", "user", "assistant",
                                                 "bot",   "gpt",  "system"};
    char c = ft_jscan_peek(s);
    if (AMONG(key, who) && c == '"' && !t->has_who) return t->has_who = ft_jscan_cell(s, &t->who);
    if (AMONG(key, said) && (c == '"' || c == 'n') && !t->has_said)
        return t->has_said = ft_jscan_cell(s, &t->said);
    if (AMONG(key, said)) return false; /* parts of several kinds */
    if (!AMONG(key, speaker) || c != '"') return ft_jscan_skip(s, NULL);
    struct ft_text text;
    if (!ft_jscan_cell(s, &text)) return false;
    t->has_who = t->has_said = true;
    if (text.n) ft_str_addf(lines, "%s%.*s: ", lines->len ? "\n" : "", (int)key.n, key.data);
    if (text.n) ft_str_add(lines, text.data, text.n);
    return true;
}

static bool take_turn(struct ft_jscan *s, struct ft_str *lines, size_t *silent)
{
    struct turn t = {0};
    struct ft_text key;
    size_t before = lines->len;
    if (!ft_jscan_enter(s, '{')) return false;
    while (ft_jscan_key(s, &key))
        if (!take_value(s, key, &t, lines)) return false;
    s->first = false;
    if (s->why || !t.has_who || !t.has_said) return false;
    if (t.said.n) {
        if (lines->len) ft_str_addc(lines, '\n');
        if (t.who.n) ft_str_add(lines, t.who.data, t.who.n);
        if (t.who.n) ft_str_addz(lines, ": ");
        ft_str_add(lines, t.said.data, t.said.n);
    }
    *silent += lines->len == before;
    return true;
}

bool ft_json_chat(struct ft_jscan *s, struct ft_text *out, size_t *silent)
{
    struct ft_jscan at = *s;
    struct ft_str lines = {0};
    size_t turns = 0, none = 0;
    bool good = ft_jscan_enter(&at, '[');
    while (good && ft_jscan_item(&at)) {
        good = ft_jscan_peek(&at) == '{' && take_turn(&at, &lines, &none);
        turns++;
    }
    good = good && turns && !at.why;
    if (good) {
        *out =
            (struct ft_text){ft_arena_strndup(s->arena, ft_str_text(&lines), lines.len), lines.len};
        *silent += none;
        *s = at;
    }
    ft_str_release(&lines);
    return good;
}
