/* Columns of texts that hold JSON: see text_form.h. */
#include "data/text_form.h"

#include "data/jscan.h"
#include "data/text.h"

#include <string.h>

static bool starts(struct ft_text s, const char *with)
{
    size_t n = strlen(with);
    return s.n > n && !memcmp(s.data, with, n);
}

static bool python_form(struct ft_text s)
{
    static const char *const heads[] = {"{'", "['", "[{'", "[['", "[(\"", "[('"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (starts(s, heads[i])) return strchr("'\"]})0123456789e", s.data[s.n - 2]) != NULL;
    return false;
}

static bool json_form(struct ft_text s, struct ft_arena *arena)
{
    struct ft_jscan at = {.p = s.data + 1, .end = s.data + s.n, .arena = arena};
    char inside = ft_jscan_peek(&at);
    if (s.data[0] == '{' ? inside != '"' : !(inside && strchr("\"{[", inside))) return false;
    at = (struct ft_jscan){.p = s.data, .end = s.data + s.n, .arena = arena};
    return ft_jscan_skip(&at, NULL) && ft_jscan_at_end(&at);
}

bool ft_text_form_is_json(struct ft_text cell)
{
    struct ft_text s = ft_text_trim(cell);
    if (s.n < 4 || (s.data[0] != '{' && s.data[0] != '[')) return false;
    if (s.data[s.n - 1] != (s.data[0] == '{' ? '}' : ']')) return false;
    struct ft_arena arena = {0};
    bool is = json_form(s, &arena) || python_form(s);
    ft_arena_release(&arena);
    return is;
}

static bool list_of_objects(struct ft_text cell)
{
    struct ft_text s = ft_text_trim(cell);
    if (s.n < 4 || s.data[0] != '[') return false;
    s = ft_text_trim((struct ft_text){s.data + 1, s.n - 1});
    return s.n && s.data[0] == '{' && ft_text_form_is_json(cell);
}

struct counts {
    size_t filled, json, first, lists;
};

static void count(const struct ft_table *t, size_t col, struct counts *n)
{
    memset(n, 0, sizeof *n);
    for (size_t r = 0; r < ft_table_rows(t); r++) {
        struct ft_text cell = ft_table_cell(t, r, col);
        if (!ft_text_trim(cell).n) continue;
        n->filled++;
        if (!ft_text_form_is_json(cell)) continue;
        if (!n->json++) n->first = r + 1;
        n->lists += list_of_objects(cell);
    }
}

size_t ft_text_form_count(const struct ft_table *t, size_t col, size_t *first)
{
    struct counts n;
    count(t, col, &n);
    *first = n.first;
    return n.json;
}

enum ft_status ft_text_form_check(const struct ft_table *t, size_t col, bool named,
                                  struct ft_err *err)
{
    struct counts n;
    count(t, col, &n);
    const char *name = ft_table_name(t, col);
    if (n.lists && n.lists * 2 >= n.filled)
        return ft_fail(
            err, FT_FORMAT,
            "%s: column \"%s\" holds lists of objects, not text (first: row %zu); conversations "
            "are read from JSON and JSONL files as lists of {\"role\":..,\"content\":..} with "
            "texts: save the data in that form, or name another column with --text_column",
            t->path, name, n.first);
    if (!n.json || n.json * 2 < n.filled || named) return FT_OK;
    return ft_fail(err, FT_FORMAT,
                   "%s: column \"%s\" holds JSON, not text (first: row %zu); name the column with "
                   "the text with --text_column (--text_column %s uses the JSON unchanged)",
                   t->path, name, n.first, name);
}
