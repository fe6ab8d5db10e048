/* The prompt: state and keys; drawing is in prompt_draw.c. After each change of the text the list
 * and the hint are made anew, so that what is shown is always of the text that stands there. */
#include "ui/app/prompt.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_kind(const struct ft_prompt *p, const char *kind)
{
    return p->kind && !strcmp(p->kind, kind);
}

static bool of_paths(const char *kind)
{
    return !strcmp(kind, "F") || !strcmp(kind, "D") || !strcmp(kind, "W");
}

/* --- the list --- */

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

/* Values of a kind; models and runs may be folders too. */
static void add_values(struct ft_prompt *p, const char *kind, const char *before,
                       const char *prefix, struct ft_err *err)
{
    bool named = !strcmp(kind, "M") || !strcmp(kind, "RUN");
    if (!strcmp(kind, "1-7"))
        add_choices("1|2|3|4|5|6|7", &p->matches);
    else if (strchr(kind, '|'))
        add_choices(kind, &p->matches);
    else if (*kind && !of_paths(kind) && p->complete)
        p->complete(p->arg, kind, before, prefix, &p->matches);
    if (of_paths(kind) || named)
        ft_complete_path(&p->folder, prefix, named || !strcmp(kind, "D"), &p->matches, err);
}

static void set_hint(struct ft_prompt *p, bool bad, const char *text)
{
    snprintf(p->hint, sizeof p->hint, "%.*s", (int)sizeof p->hint - 1, text);
    p->hint_bad = bad;
}

static void hint_command(struct ft_prompt *p, const char *text, const struct ft_command_place *at)
{
    enum ft_action a;
    const char *rest;
    char why[200] = "", note[200];
    struct ft_err err = {0};
    if (!text[strspn(text, ": ")] || (at->word && p->matches.n)) return;
    if (ft_command_parse(p->scope, text, &a, &rest, &err)) {
        set_hint(p, true, err.msg);
        return;
    }
    const struct ft_action_row *row = ft_action_row(a);
    if (!p->matches.n && ft_command_choice(row->usage, rest, &err))
        snprintf(why, sizeof why, "%.*s", (int)sizeof why - 1, err.msg);
    else if (*rest && p->check)
        p->check(p->arg, a, rest, why, sizeof why);
    snprintf(note, sizeof note, "%s%s%s", *rest ? "" : row->usage,
             *rest || !*row->usage ? "" : "  ", row->help);
    set_hint(p, *why != 0, *why ? why : note);
}

static void hint_path(struct ft_prompt *p, const char *text, const struct ft_err *err)
{
    char *path = ft_prompt_text(p);
    bool write = is_kind(p, "W"), there = *text && ft_path_exists(path);
    const char *why =
        err->code ? strrchr(err->msg, ':') : NULL; /* the folder's name stands there */
    if (err->code)
        set_hint(p, true, err->code == FT_NOTFOUND || !why ? "no such folder" : why + 2);
    else if (write && there && ft_path_is_file(path))
        set_hint(p, false, "already exists");
    else if (!write && *text && !there && !p->matches.n)
        set_hint(p, true, "no such file");
    free(path);
}

/* The list and the hint for the text before the cursor. */
static void look(struct ft_prompt *p)
{
    char *text = ft_xstrndup(ft_field_text(&p->field), p->field.cursor);
    struct ft_command_place at = {0};
    struct ft_err err = {0};
    const char *start = text;
    bool sorted = true;
    ft_matches_release(&p->matches);
    p->choosing = false;
    p->hint[0] = 0;
    p->from = 0;
    if (!p->kind) {
        ft_command_place(p->scope, text, &at);
        p->from = at.from;
        start = text + at.from;
        sorted = !at.word || *start;
        if (at.word)
            ft_command_words(p->scope, start, &p->matches);
        else
            add_values(p, at.kind, at.before, start, &err);
    } else if (p->untouched && is_kind(p, "F")) {
        sorted = false; /* recent files, then what is here */
        start = "";
        for (size_t i = 0; i < p->recent_n; i++)
            ft_matches_add_path(&p->matches, p->recent[i]);
        add_values(p, p->kind, "", "", &err);
    } else {
        if (p->untouched && !of_paths(p->kind)) start = ""; /* typing replaces it */
        add_values(p, p->kind, "", start, &err);
    }
    ft_matches_keep(&p->matches, start, sorted);
    p->list = (struct ft_list){.n = p->matches.n, .no_mark = true};
    if (!p->kind)
        hint_command(p, text, &at);
    else if (of_paths(p->kind) && !p->untouched)
        hint_path(p, text, &err);
    free(text);
}

static void forget_exact(struct ft_prompt *p)
{
    free(p->shown);
    free(p->exact);
    p->shown = p->exact = NULL;
}

/* Puts match i in the place of what is completed. */
static void use(struct ft_prompt *p, size_t i)
{
    const char *text = p->matches.items[i].text;
    ft_field_erase(&p->field, p->from, p->field.cursor);
    p->field.selected = false;
    char *whole = ft_xprintf("%.*s%s%s", (int)p->from, ft_field_text(&p->field), text,
                             ft_field_text(&p->field) + p->from);
    ft_field_insert(&p->field, text, strlen(text));
    forget_exact(p);
    if (strcmp(ft_field_text(&p->field), whole) != 0) { /* bytes that are not typed */
        p->shown = ft_xstrdup(ft_field_text(&p->field));
        p->exact = whole;
    } else {
        free(whole);
    }
    p->untouched = false;
}

static void choose(struct ft_prompt *p, size_t i)
{
    ft_list_select(&p->list, i);
    use(p, p->list.selected);
    p->choosing = true;
}

/* The text was taken from the list as it is: the list is of what may follow. */
static void settle(struct ft_prompt *p)
{
    const struct ft_match *one = &p->matches.items[p->list.selected];
    bool more = !p->kind && !ft_match_is_folder(one) && p->field.cursor == p->field.text.len;
    if (more) ft_field_insert(&p->field, " ", 1);
    look(p);
}

static void tab(struct ft_prompt *p, bool back)
{
    size_t n = p->matches.n, common = ft_matches_shared(&p->matches);
    size_t typed = p->field.cursor - p->from;
    bool whole = p->field.selected && p->untouched; /* will be replaced */
    if (p->choosing && n > 1) {
        choose(p, back ? (p->list.selected + n - 1) % n : (p->list.selected + 1) % n);
    } else if (n == 1) {
        use(p, 0);
        settle(p);
    } else if (n && common > typed && !whole) {
        char *start = ft_xstrndup(p->matches.items[0].text, common);
        ft_field_erase(&p->field, p->from, p->field.cursor);
        ft_field_insert(&p->field, start, common);
        free(start);
        p->untouched = false;
        look(p);
    } else if (n) {
        choose(p, back ? n - 1 : 0);
    }
}

/* --- history --- */

/* Up and Down: texts of the history that start with what was typed. */
static void walk(struct ft_prompt *p, int direction)
{
    const struct ft_history *h = p->history;
    if (!h) return;
    if (p->at > h->n) p->at = h->n;
    if (p->at == h->n) {
        ft_str_clear(&p->typed);
        if (!p->untouched) ft_str_addz(&p->typed, ft_field_text(&p->field));
    }
    const char *prefix = ft_str_text(&p->typed), *now = ft_field_text(&p->field);
    for (size_t i = p->at; direction < 0 ? i > 0 : i < h->n;) {
        i = direction < 0 ? i - 1 : i + 1;
        bool own = i == h->n;
        const char *text = own ? prefix : ft_history_text(h, i, p->of);
        if (!text || (!own && (strncmp(text, prefix, strlen(prefix)) || !strcmp(text, now))))
            continue;
        p->at = i;
        ft_field_set(&p->field, text);
        forget_exact(p);
        p->untouched = false;
        look(p);
        return;
    }
}

/* --- keys --- */

/* In prompts for files and names arrows move in the list; elsewhere once Tab went there. */
static bool arrows_list(const struct ft_prompt *p)
{
    return p->matches.n && (p->choosing || (p->kind && *p->kind));
}

static void move(struct ft_prompt *p, enum ft_action a)
{
    if (!p->choosing) {
        bool end = a == FT_ACT_UP || a == FT_ACT_PAGE_UP;
        choose(p, end ? p->matches.n - 1 : 0);
        return;
    }
    ft_list_move(&p->list, ft_action_move(a));
    choose(p, p->list.selected);
}

/* A chosen folder is opened instead of taken. */
static bool go_in(struct ft_prompt *p)
{
    if (!p->choosing || !ft_match_is_folder(&p->matches.items[p->list.selected])) return false;
    look(p);
    return true;
}

static bool mouse(struct ft_prompt *p, const struct ft_key *k, bool *enter)
{
    struct ft_rect r = p->list_at;
    if (k->button == FT_BUTTON_UP || k->button == FT_BUTTON_DOWN) {
        if (p->matches.n) move(p, k->button == FT_BUTTON_UP ? FT_ACT_UP : FT_ACT_DOWN);
        return true;
    }
    bool hit = r.h > 0 && k->y >= r.y && k->y < r.y + r.h && k->x >= r.x && k->x < r.x + r.w;
    size_t i = hit ? p->list.top + (size_t)(k->y - r.y) : 0;
    if (hit && i < p->matches.n) {
        bool again = p->choosing && p->list.selected == i;
        choose(p, i);
        if ((again || k->button == FT_BUTTON_DOUBLE) && !go_in(p)) *enter = true;
    } else if (k->y == p->field_y && k->x >= p->field_x) {
        const char *text = ft_field_text(&p->field);
        p->field.cursor = ft_text_fit(text, p->field.text.len, p->field.top + k->x - p->field_x);
        p->field.selected = p->untouched = false;
        look(p);
    }
    return true;
}

/* Ctrl-W in a path takes one part of it. */
static bool erase_part(struct ft_prompt *p)
{
    size_t at = p->field.cursor;
    const char *text = ft_field_text(&p->field);
    if (at && text[at - 1] == '/') at--;
    while (at && text[at - 1] != '/')
        at--;
    ft_field_erase(&p->field, at, p->field.cursor);
    p->field.selected = false;
    return true;
}

/* What a file manager or a shell puts there: quoted, or with a newline behind it. */
static void paste_path(struct ft_prompt *p, const struct ft_key *k)
{
    size_t n = k->n;
    while (n && (k->text[n - 1] == '\n' || k->text[n - 1] == '\r'))
        n--;
    char *text = ft_xstrndup(k->text, n);
    char *path = !p->field.text.len || p->field.selected ? ft_command_path(text) : NULL;
    bool plain = !path || !strpbrk(text, "\"'\\") || !ft_path_exists(path);
    const char *in = plain ? text : path;
    ft_field_insert(&p->field, in, strlen(in));
    free(path);
    free(text);
}

static bool edit(struct ft_prompt *p, const struct ft_key *k, int w)
{
    bool paths = p->kind && of_paths(p->kind);
    bool back = k->code == FT_KEY_BACKSPACE && !p->field.text.len;
    if (back) return false;
    if (paths && k->code == FT_KEY_PASTE)
        paste_path(p, k);
    else if (paths && k->code == FT_KEY_CHAR && k->cp == 'w' && k->mods == FT_MOD_CTRL)
        erase_part(p);
    else if (!ft_field_key(&p->field, k, w))
        return k->code != FT_KEY_ESC && k->code != FT_KEY_ENTER;
    p->untouched = false;
    if (p->history) p->at = p->history->n;
    look(p);
    return true;
}

bool ft_prompt_key(struct ft_prompt *p, const struct ft_key *k, int w, bool *enter)
{
    bool end = p->field.cursor == p->field.text.len;
    *enter = false;
    switch (k->code) {
    case FT_KEY_MOUSE:
        return mouse(p, k, enter);
    case FT_KEY_TAB:
        tab(p, k->mods & FT_MOD_SHIFT);
        return true;
    case FT_KEY_ENTER:
        return go_in(p);
    case FT_KEY_RIGHT:
        if (end && !k->mods && go_in(p)) return true;
        break;
    case FT_KEY_UP:
    case FT_KEY_DOWN:
        if (arrows_list(p))
            move(p, k->code == FT_KEY_UP ? FT_ACT_UP : FT_ACT_DOWN);
        else
            walk(p, k->code == FT_KEY_UP ? -1 : 1);
        return true;
    case FT_KEY_PGUP:
    case FT_KEY_PGDN:
        if (p->matches.n) move(p, k->code == FT_KEY_PGUP ? FT_ACT_PAGE_UP : FT_ACT_PAGE_DOWN);
        return true;
    default:
        break;
    }
    return edit(p, k, w);
}

/* --- life --- */

void ft_prompt_begin(struct ft_prompt *p, const char *initial)
{
    ft_field_set(&p->field, initial ? initial : "");
    p->field.selected = p->field.text.len > 0;
    p->untouched = true;
    p->at = p->history ? p->history->n : 0;
    look(p);
}

char *ft_prompt_text(const struct ft_prompt *p)
{
    const char *text = ft_field_text(&p->field);
    bool path = p->kind && of_paths(p->kind);
    size_t n = strlen(text);
    while (!path && n && text[n - 1] == ' ') /* completion leaves one behind a word */
        n--;
    if (p->exact && strlen(p->shown) == n && !strncmp(text, p->shown, n)) {
        text = p->exact;
        n = strlen(text);
    }
    return path ? ft_path_home(text) : ft_xstrndup(text, n);
}

void ft_prompt_release(struct ft_prompt *p)
{
    ft_field_release(&p->field);
    ft_str_release(&p->typed);
    ft_matches_release(&p->matches);
    ft_folder_release(&p->folder);
    forget_exact(p);
    *p = (struct ft_prompt){0};
}
