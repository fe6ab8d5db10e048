/* The table of actions, made once into keys; everything else is looked up in it. */
#include "ui/app/action.h"

#include "ui/app/action_footer.h"
#include "util/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_action_row table[FT_ACT_COUNT] = {
    [FT_ACT_NONE] = {"", "", "", "", FT_SCOPE_ALL},
#define X(id, word, usage, keys, scope, help)                                                      \
    [FT_ACT_##id] = {word, usage, keys, help, FT_SCOPE_##scope},
    FT_ACTION_LIST(X)
#undef X
};

static const struct {
    const char *name;
    enum ft_scope outer;
} scopes[FT_SCOPE_COUNT] = {
#define X(id, name, outer) [FT_SCOPE_##id] = {name, FT_SCOPE_##outer},
    FT_SCOPE_LIST(X)
#undef X
};

static const struct {
    enum ft_scope scope;
    struct ft_footer_item item;
} footer[] = {
#define X(scope, a, b, label) {FT_SCOPE_##scope, {FT_ACT_##a, FT_ACT_##b, label}},
    FT_FOOTER_LIST(X)
#undef X
};
enum { FOOTER_N = sizeof footer / sizeof *footer };

enum ft_move ft_action_move(enum ft_action a)
{
    switch (a) {
    case FT_ACT_UP:
        return FT_MOVE_UP;
    case FT_ACT_DOWN:
        return FT_MOVE_DOWN;
    case FT_ACT_PAGE_UP:
        return FT_MOVE_PAGE_UP;
    case FT_ACT_PAGE_DOWN:
        return FT_MOVE_PAGE_DOWN;
    case FT_ACT_TOP:
        return FT_MOVE_TOP;
    case FT_ACT_BOTTOM:
        return FT_MOVE_BOTTOM;
    default:
        return FT_MOVE_NONE;
    }
}

const struct ft_action_row *ft_action_row(enum ft_action a)
{
    assert(a < FT_ACT_COUNT);
    return &table[a];
}

const char *ft_scope_name(enum ft_scope s)
{
    return scopes[s].name;
}

enum ft_scope ft_scope_outer(enum ft_scope s)
{
    return scopes[s].outer;
}

/* --- keys --- */

struct binding {
    struct ft_key key;
    enum ft_action action;
};
static struct binding *bindings;
static size_t bindings_n;

/* The next blank-separated name of *p into buf; false at the end. */
static bool next_name(const char **p, char *buf, size_t size)
{
    *p += strspn(*p, " ");
    size_t n = strcspn(*p, " ");
    if (!n) return false;
    assert(n < size);
    memcpy(buf, *p, n);
    buf[n] = 0;
    *p += n;
    (void)size;
    return true;
}

static void free_bindings(void)
{
    free(bindings);
    bindings = NULL;
}

/* Called by the first look-up; the table is small and fixed. */
static void make_bindings(void)
{
    size_t cap = 0;
    if (bindings) return;
    for (int a = 1; a < FT_ACT_COUNT; a++) {
        const char *p = table[a].keys;
        char name[24];
        while (next_name(&p, name, sizeof name)) {
            struct ft_key key;
            bool ok = ft_key_parse(name, &key);
            assert(ok);
            (void)ok;
            ft_grow(&bindings, &cap, bindings_n + 1, sizeof *bindings);
            bindings[bindings_n++] = (struct binding){key, (enum ft_action)a};
        }
    }
    atexit(free_bindings);
}

enum ft_action ft_action_of_key(enum ft_scope s, const struct ft_key *k)
{
    make_bindings();
    if (s == FT_SCOPE_FIELD && ft_key_is_text(k)) return FT_ACT_NONE;
    for (;; s = scopes[s].outer) {
        for (size_t i = 0; i < bindings_n; i++)
            if (table[bindings[i].action].scope == s && ft_key_same(&bindings[i].key, k))
                return bindings[i].action;
        if (s == FT_SCOPE_ALL) return FT_ACT_NONE;
    }
}

void ft_action_key_name(enum ft_action a, char *buf, size_t size)
{
    const char *p = table[a].keys;
    size_t n = strcspn(p, " ");
    snprintf(buf, size, "%.*s", (int)n, p);
}

bool ft_action_by_screen(enum ft_action a)
{
    return (a >= FT_ACT_FIND && a <= FT_ACT_SORT_DOWN) || a == FT_ACT_WRITE || a == FT_ACT_OPEN;
}

bool ft_action_reached(enum ft_scope s, enum ft_action a)
{
    make_bindings();
    for (size_t i = 0; i < bindings_n; i++)
        if (bindings[i].action == a && ft_action_of_key(s, &bindings[i].key) == a) return true;
    return false;
}

/* --- words --- */

enum ft_action ft_action_of_word(enum ft_scope s, const char *word)
{
    if (!*word) return FT_ACT_NONE;
    for (;; s = scopes[s].outer) {
        for (int a = 1; a < FT_ACT_COUNT; a++)
            if (table[a].scope == s && !strcmp(table[a].word, word)) return (enum ft_action)a;
        if (s == FT_SCOPE_ALL) break;
    }
    for (int a = 1; a < FT_ACT_COUNT; a++)
        if (!strcmp(table[a].word, word)) return (enum ft_action)a;
    return FT_ACT_NONE;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *const *ft_action_words(size_t *n)
{
    static const char *words[FT_ACT_COUNT];
    static size_t words_n;
    if (!words_n) {
        size_t all = 0, kept = 0;
        for (int a = 1; a < FT_ACT_COUNT; a++)
            if (*table[a].word) words[all++] = table[a].word;
        qsort(words, all, sizeof *words, by_text);
        for (size_t i = 0; i < all; i++)
            if (!kept || strcmp(words[kept - 1], words[i])) words[kept++] = words[i];
        words_n = kept;
    }
    *n = words_n;
    return words;
}

const char *ft_action_nearest(const char *word)
{
    size_t n;
    const char *const *words = ft_action_words(&n);
    return ft_nearest(word, words, n);
}

/* --- the key line --- */

size_t ft_footer_items(enum ft_scope s, const struct ft_footer_item **out)
{
    static struct ft_footer_item items[FOOTER_N];
    for (;; s = scopes[s].outer) {
        size_t n = 0;
        for (size_t i = 0; i < FOOTER_N; i++)
            if (footer[i].scope == s) items[n++] = footer[i].item;
        if (n || s == FT_SCOPE_ALL) {
            *out = items;
            return n;
        }
    }
}

/* The first key of a that reaches it in scope s. */
static void reached_key(enum ft_action a, enum ft_scope s, char *buf, size_t size)
{
    const char *p = table[a].keys;
    char name[24];
    while (next_name(&p, name, sizeof name)) {
        struct ft_key key;
        if (!ft_key_parse(name, &key) || ft_action_of_key(s, &key) != a) continue;
        snprintf(buf, size, "%s", name);
        return;
    }
    ft_action_key_name(a, buf, size);
}

char *ft_footer_text(const struct ft_footer_item *item, enum ft_scope s, char *buf, size_t size)
{
    char a[24], b[24] = "";
    if (item->a == FT_ACT_SCREEN) {
        snprintf(a, sizeof a, s == FT_SCOPE_FIELD ? "Alt-1..7" : "1..7");
    } else if (item->a == FT_ACT_LEFT && item->b == FT_ACT_RIGHT) {
        snprintf(a, sizeof a, "left/right");
    } else {
        reached_key(item->a, s, a, sizeof a);
        if (item->b) reached_key(item->b, s, b, sizeof b);
    }
    snprintf(buf, size, "%s%s%s %s", a, *b ? " " : "", b, item->label);
    return buf;
}

/* --- pages --- */

static void help_row(enum ft_scope from, enum ft_action a, const char *not_now, struct ft_str *out)
{
    const char *p = table[a].keys;
    char name[24];
    bool first = true, screens = a == FT_ACT_SCREEN;
    struct ft_str keys = {0};
    while (!screens && next_name(&p, name, sizeof name)) {
        struct ft_key key;
        if (!ft_key_parse(name, &key) || ft_action_of_key(from, &key) != a) continue;
        ft_str_addf(&keys, "%s%s", first ? "" : " ", name);
        first = false;
    }
    if (screens) ft_str_addz(&keys, from == FT_SCOPE_FIELD ? "Alt-1..7" : "1..7");
    if (keys.len) {
        ft_str_addf(out, "%s\t%s\t", ft_str_text(&keys), table[a].help);
        if (*table[a].word)
            ft_str_addf(out, ":%s%s%s", table[a].word, *table[a].usage ? " " : "", table[a].usage);
        if (not_now) ft_str_addf(out, "\t%s", not_now);
        ft_str_addc(out, '\n');
    }
    ft_str_release(&keys);
}

void ft_action_help(enum ft_scope s, ft_action_works_fn *works, void *arg, struct ft_str *out)
{
    for (enum ft_scope at = s;; at = scopes[at].outer) {
        struct ft_str rows = {0};
        for (int a = 1; a < FT_ACT_COUNT; a++) {
            char why[160] = "";
            if (table[a].scope != at) continue;
            bool now = !works || works(arg, (enum ft_action)a, why, sizeof why);
            help_row(s, (enum ft_action)a, now ? NULL : why, &rows);
        }
        if (rows.len) {
            ft_str_addf(out, "%s\n", scopes[at].name);
            ft_str_add(out, rows.data, rows.len);
        }
        ft_str_release(&rows);
        if (at == FT_SCOPE_ALL) break;
    }
}

void ft_action_manual(struct ft_str *out)
{
    for (int s = 0; s < FT_SCOPE_COUNT; s++) {
        bool head = false;
        for (int a = 1; a < FT_ACT_COUNT; a++) {
            const struct ft_action_row *row = &table[a];
            if (row->scope != (enum ft_scope)s) continue;
            if (!head)
                ft_str_addf(out, "\n## %s\n\n| keys | command | does |\n| --- | --- | --- |\n",
                            scopes[s].name);
            head = true;
            ft_str_addz(out, "| ");
            for (const char *p = row->keys; *p; p++) {
                if (*p == '|') ft_str_addc(out, '\\');
                ft_str_addc(out, *p);
            }
            ft_str_addz(out, " | ");
            if (*row->word) {
                ft_str_addf(out, "`:%s%s", row->word, *row->usage ? " " : "");
                for (const char *p = row->usage; *p; p++) {
                    if (*p == '|') ft_str_addc(out, '\\');
                    ft_str_addc(out, *p);
                }
                ft_str_addc(out, '`');
            }
            ft_str_addf(out, " | %s |\n", row->help);
        }
    }
}
