/* The command line: splitting of commands, completion by what the action table says may stand where
 * the cursor is, history by prefix. */
#include "ui/cmdline.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- matches --- */

void ft_matches_add(struct ft_matches *m, const char *text)
{
    ft_grow(&m->items, &m->cap, m->n + 1, sizeof *m->items);
    m->items[m->n++] = ft_xstrdup(text);
}

void ft_matches_release(struct ft_matches *m)
{
    for (size_t i = 0; i < m->n; i++)
        free(m->items[i]);
    free(m->items);
    *m = (struct ft_matches){0};
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Keeps what starts with prefix, sorted, each once. */
static void keep(struct ft_matches *m, const char *prefix)
{
    size_t kept = 0;
    if (m->n) qsort(m->items, m->n, sizeof *m->items, by_text);
    for (size_t i = 0; i < m->n; i++) {
        bool fits = !strncmp(m->items[i], prefix, strlen(prefix));
        if (fits && (!kept || strcmp(m->items[kept - 1], m->items[i])))
            m->items[kept++] = m->items[i];
        else
            free(m->items[i]);
    }
    m->n = kept;
}

void ft_complete_path(const char *prefix, bool folders, struct ft_matches *out)
{
    const char *slash = strrchr(prefix, '/');
    char *dir = slash ? ft_xstrndup(prefix, (size_t)(slash - prefix) + 1) : ft_xstrdup("");
    const char *start = slash ? slash + 1 : prefix;
    char *real = ft_path_home(*dir ? dir : ".");
    char **names;
    size_t n;
    if (!ft_dir_list(real, &names, &n, NULL)) {
        for (size_t i = 0; i < n; i++) {
            if (strncmp(names[i], start, strlen(start)) || (names[i][0] == '.' && *start != '.'))
                continue;
            char *path = ft_path_join(real, names[i]);
            bool folder = ft_path_is_dir(path);
            char *shown = ft_xprintf("%s%s%s", dir, names[i], folder ? "/" : "");
            if (folder || !folders) ft_matches_add(out, shown);
            free(shown);
            free(path);
        }
        ft_names_free(names, n);
    }
    free(real);
    free(dir);
}

/* --- commands --- */

bool ft_command_arg(const char **rest, char *buf, size_t size)
{
    const char *p = *rest;
    size_t n = 0;
    p += strspn(p, " \t");
    if (!*p) {
        *rest = p;
        return false;
    }
    char quote = *p == '"' || *p == '\'' ? *p++ : 0;
    for (; *p && (quote ? *p != quote : *p != ' ' && *p != '\t'); p++)
        if (n + 1 < size) buf[n++] = *p;
    if (quote && *p) p++;
    buf[n] = 0;
    p += strspn(p, " \t");
    *rest = p;
    return true;
}

enum ft_status ft_command_parse(enum ft_scope scope, const char *line, enum ft_action *action,
                                const char **rest, struct ft_err *err)
{
    char word[64];
    while (*line == ':' || *line == ' ')
        line++;
    *action = FT_ACT_NONE;
    *rest = line;
    if (!*line) return FT_OK;
    size_t n = strcspn(line, " \t");
    *rest = line + n + strspn(line + n, " \t");
    snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), line);
    for (char *p = word; *p; p++)
        if (*p == '_') *p = '-';
    *action = ft_action_of_word(scope, word);
    if (*action) return FT_OK;
    const char *near = ft_action_nearest(word);
    if (near) return ft_fail(err, FT_USAGE, "no word '%s'; did you mean :%s?", word, near);
    return ft_fail(err, FT_USAGE, "no word '%s'; ? lists the words of this screen", word);
}

/* --- history --- */

static char *history_path(void)
{
    return ft_xdg_path(FT_XDG_STATE, "history");
}

static void remember(struct ft_history *h, const char *line)
{
    if (h->n && !strcmp(h->lines[h->n - 1], line)) return;
    if (h->n == FT_HISTORY_MAX) {
        free(h->lines[0]);
        memmove(h->lines, h->lines + 1, --h->n * sizeof *h->lines);
    }
    ft_grow(&h->lines, &h->cap, h->n + 1, sizeof *h->lines);
    h->lines[h->n++] = ft_xstrdup(line);
}

void ft_history_load(struct ft_history *h)
{
    char *path = history_path(), *data;
    size_t n;
    if (ft_path_is_file(path) && !ft_file_read(path, 1 << 22, &data, &n, NULL)) {
        char *save = NULL;
        for (char *l = strtok_r(data, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
            remember(h, l);
        free(data);
    }
    free(path);
}

void ft_history_add(struct ft_history *h, const char *line)
{
    if (!*line || strchr(line, '\n')) return;
    if (h->n && !strcmp(h->lines[h->n - 1], line)) return;
    remember(h, line);
    char *path = history_path(), *dir = ft_path_dir(path);
    if (!ft_mkdirs(dir, NULL)) {
        FILE *f = fopen(path, "a");
        if (f) {
            fprintf(f, "%s\n", line);
            fclose(f);
        }
    }
    free(dir);
    free(path);
}

void ft_history_release(struct ft_history *h)
{
    for (size_t i = 0; i < h->n; i++)
        free(h->lines[i]);
    free(h->lines);
    *h = (struct ft_history){0};
}

/* --- completion --- */

/* The i-th blank-separated word of a usage column into buf; the last one repeats. */
static void usage_word(const char *usage, int i, char *buf, size_t size)
{
    buf[0] = 0;
    for (int k = 0; k <= i; k++) {
        usage += strspn(usage, " ");
        size_t n = strcspn(usage, " ");
        if (!n) return;
        snprintf(buf, size, "%.*s", (int)n, usage);
        usage += n;
    }
}

/* Choices as "dark|light". */
static void add_choices(const char *usage, struct ft_matches *out)
{
    while (*usage) {
        size_t n = strcspn(usage, "|");
        char *one = ft_xstrndup(usage, n);
        ft_matches_add(out, one);
        free(one);
        usage += n + (usage[n] == '|');
    }
}

/* Usages whose values are the caller's or files. */
static void add_values(struct ft_cmdline *c, const char *kind, const char *before,
                       const char *prefix)
{
    if (!strcmp(kind, "F")) {
        ft_complete_path(prefix, false, &c->matches);
    } else if (!strcmp(kind, "1-7")) {
        add_choices("1|2|3|4|5|6|7", &c->matches);
    } else if (strchr(kind, '|')) {
        add_choices(kind, &c->matches);
    } else if (*kind) {
        if (c->complete) c->complete(c->complete_arg, kind, before, prefix, &c->matches);
        /* a model and a run may be folders too */
        if (!strcmp(kind, "M") || !strcmp(kind, "RUN")) ft_complete_path(prefix, true, &c->matches);
    }
}

void ft_cmdline_complete(struct ft_cmdline *c)
{
    char *text = ft_xstrndup(ft_field_text(&c->field), c->field.cursor);
    ft_matches_release(&c->matches);
    c->match = 0;
    char *start = text, *last = text;
    if (c->only) {
        c->match_from = 0;
        add_values(c, c->only, "", text);
    } else {
        int args = 0;
        char before[256] = "";
        for (char *p = text; *p; p++) {
            if (*p != ' ') continue;
            size_t n = (size_t)(p - last);
            if (n && args) snprintf(before, sizeof before, "%.*s", (int)(n < 255 ? n : 255), last);
            if (n) args++;
            last = p + 1;
        }
        start = last;
        c->match_from = (size_t)(start - text);
        if (!args) {
            size_t n;
            const char *const *words = ft_action_words(&n);
            for (size_t i = 0; i < n; i++)
                ft_matches_add(&c->matches, words[i]);
        } else {
            enum ft_action a;
            const char *rest;
            char kind[64];
            if (!ft_command_parse(c->scope, text, &a, &rest, NULL)) {
                usage_word(ft_action_row(a)->usage, args - 1, kind, sizeof kind);
                add_values(c, kind, before, start);
            }
        }
    }
    keep(&c->matches, start);
    free(text);
}

/* Puts match i in the place of what was completed. */
static void use_match(struct ft_cmdline *c, size_t i)
{
    ft_field_erase(&c->field, c->match_from, c->field.cursor);
    ft_field_insert(&c->field, c->matches.items[i], strlen(c->matches.items[i]));
}

/* The longest start that all matches share. */
static size_t shared(const struct ft_matches *m)
{
    size_t n = strlen(m->items[0]);
    for (size_t i = 1; i < m->n; i++) {
        size_t k = 0;
        while (k < n && m->items[i][k] == m->items[0][k])
            k++;
        n = k;
    }
    while (n && ((unsigned char)m->items[0][n] & 0xc0) == 0x80)
        n--; /* whole characters */
    return n;
}

static void tab(struct ft_cmdline *c, bool back)
{
    if (c->matches.n > 1) { /* again: the next one */
        c->match =
            back ? (c->match + c->matches.n - 1) % c->matches.n : (c->match + 1) % c->matches.n;
        use_match(c, c->match);
        return;
    }
    ft_cmdline_complete(c);
    if (!c->matches.n) return;
    size_t typed = c->field.cursor - c->match_from, common = shared(&c->matches);
    if (c->matches.n == 1) {
        use_match(c, 0);
        const char *item = c->matches.items[0];
        bool folder = *item && item[strlen(item) - 1] == '/';
        if (!folder && !c->only && c->field.cursor == c->field.text.len)
            ft_field_insert(&c->field, " ", 1);
        ft_matches_release(&c->matches);
    } else if (common > typed) {
        char *start = ft_xstrndup(c->matches.items[0], common);
        ft_field_insert(&c->field, start + typed, common - typed);
        free(start);
        c->match = c->matches.n - 1; /* the next Tab begins with the first */
    } else {
        use_match(c, back ? c->match = c->matches.n - 1 : 0);
    }
}

/* Up and Down: lines of the history that start with what was typed. */
static void walk(struct ft_cmdline *c, int direction)
{
    const struct ft_history *h = c->history;
    if (!h || c->only) return;
    if (c->at > h->n) c->at = h->n;
    if (c->at == h->n) {
        ft_str_clear(&c->typed);
        ft_str_addz(&c->typed, ft_field_text(&c->field));
    }
    const char *prefix = ft_str_text(&c->typed);
    for (size_t i = c->at; direction < 0 ? i > 0 : i < h->n;) {
        i = direction < 0 ? i - 1 : i + 1;
        bool own = i == h->n;
        if (!own && strncmp(h->lines[i], prefix, strlen(prefix))) continue;
        c->at = i;
        ft_field_set(&c->field, own ? prefix : h->lines[i]);
        return;
    }
}

bool ft_cmdline_key(struct ft_cmdline *c, const struct ft_key *k, int w)
{
    if (k->code == FT_KEY_TAB) {
        tab(c, k->mods & FT_MOD_SHIFT);
        return true;
    }
    if (k->code == FT_KEY_UP || k->code == FT_KEY_DOWN) {
        walk(c, k->code == FT_KEY_UP ? -1 : 1);
        ft_matches_release(&c->matches);
        return true;
    }
    if (!ft_field_key(&c->field, k, w)) return false;
    ft_matches_release(&c->matches);
    if (c->history) c->at = c->history->n;
    return true;
}

void ft_cmdline_release(struct ft_cmdline *c)
{
    ft_field_release(&c->field);
    ft_str_release(&c->typed);
    ft_matches_release(&c->matches);
}
