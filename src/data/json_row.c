/* JSON values as rows: see json_row.h. The scanner is copied to look ahead; nothing is built. */
#include "data/json_row.h"

#include "data/json_chat.h"
#include "data/json_label.h"
#include "data/json_studio.h"
#include "util/json.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MAX = 4, NESTED_MAX = 256 };

static enum ft_status take_fields(struct ft_json_rows *r, struct ft_jscan *s, size_t prefix,
                                  int depth, struct ft_err *err);

/* The column's name: what is around it, a dot, the key. False: too long or too deep. */
static bool dotted(struct ft_json_rows *r, size_t prefix, struct ft_text key, size_t *n)
{
    if (prefix + key.n + 2 > sizeof r->name) return false;
    memcpy(r->name + prefix, key.data ? key.data : "", key.n);
    *n = prefix + key.n;
    return true;
}

static bool turns_name(const char *name)
{
    static const char *const names[] = {"messages", "conversations", "conversation",
                                        "dialog",   "dialogue",      "turns"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcasecmp(name, names[i])) return true;
    return false;
}

/* Of several columns of turns: by its name, else the first that holds no rejected answers. */
static enum ft_status set_turns(struct ft_json_rows *r, struct ft_text name, struct ft_text cell,
                                struct ft_err *err)
{
    struct ft_table *t = r->l->t;
    size_t col;
    enum ft_status st = ft_json_set(r, name, cell, err);
    if (!st) st = ft_json_column(r, name, &col, err);
    if (st) return st;
    r->chats++;
    int now = t->turns_column;
    const char *was = now < 0 ? "" : ft_table_name(t, (size_t)now);
    if (now < 0 || strstr(was, "reject") || (!turns_name(was) && turns_name(t->columns[col]->name)))
        t->turns_column = (int)col;
    return FT_OK;
}

static enum ft_status take_field(struct ft_json_rows *r, struct ft_jscan *s, struct ft_text key,
                                 size_t prefix, int depth, struct ft_err *err)
{
    char c = ft_jscan_peek(s);
    struct ft_text cell, name = key;
    size_t n = 0;
    bool fits = dotted(r, prefix, key, &n);
    if (prefix && fits) name = (struct ft_text){r->name, n};
    if (c == '[' && ft_json_chat(s, &cell, &r->silent)) return set_turns(r, name, cell, err);
    if (c == '[' && !depth && ft_jscan_is(key, "annotations") &&
        (r->marked || ft_table_find(r->l->t, "label") < 0) && ft_json_marks(r, s, &cell))
        return ft_json_set(r, (struct ft_text){"label", 5}, cell, err);
    if (ft_json_label(r, s, key, &cell)) return ft_json_set(r, name, cell, err);
    if (c == '{' && fits && depth < DEPTH_MAX && r->nested < NESTED_MAX) {
        r->name[n] = '.';
        return take_fields(r, s, n + 1, depth + 1, err);
    }
    if (!ft_jscan_cell(s, &cell)) return FT_OK;
    size_t before = ft_table_columns(r->l->t);
    enum ft_status st = ft_json_set(r, name, cell, err);
    if (prefix) r->nested += ft_table_columns(r->l->t) - before;
    return st;
}

/* A field of a task of Label Studio: its data, its annotations, its id; the rest is left out. */
static enum ft_status take_task_field(struct ft_json_rows *r, struct ft_jscan *s,
                                      struct ft_text key, struct ft_err *err)
{
    char c = ft_jscan_peek(s);
    if (c == '{' && ft_jscan_is(key, "data")) return take_fields(r, s, 0, 1, err);
    if (c == '[' && (ft_jscan_is(key, "annotations") || ft_jscan_is(key, "completions")))
        return ft_studio_annotations(r, s, err);
    if (ft_jscan_is(key, "id")) return take_field(r, s, key, 0, 0, err);
    ft_jscan_skip(s, NULL);
    return FT_OK;
}

/* Names under "data" that the task itself, or its annotations, have too. */
static struct ft_text data_key(const struct ft_json_rows *r, struct ft_text key)
{
    static const char *const own[] = {"data.id", "data.label", "data.spans"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (r->label_studio && ft_jscan_is(key, own[i] + 5))
            return (struct ft_text){own[i], strlen(own[i])};
    return key;
}

static enum ft_status take_fields(struct ft_json_rows *r, struct ft_jscan *s, size_t prefix,
                                  int depth, struct ft_err *err)
{
    struct ft_text key;
    enum ft_status st = FT_OK;
    if (!ft_jscan_enter(s, '{')) return FT_OK;
    while (!st && ft_jscan_key(s, &key)) {
        if (!depth && r->label_studio)
            st = take_task_field(r, s, key, err);
        else
            st = take_field(r, s, depth == 1 && !prefix ? data_key(r, key) : key, prefix, depth,
                            err);
        s->first = false;
    }
    return st;
}

static enum ft_status take_cells(struct ft_json_rows *r, struct ft_jscan *s, struct ft_err *err)
{
    struct ft_text cell;
    size_t skip = r->l->t->part_column >= 0 ? 1 : 0;
    if (!ft_jscan_enter(s, '[')) return FT_OK;
    for (size_t i = skip; ft_jscan_item(s); i++) {
        if (!ft_jscan_cell(s, &cell)) return FT_OK;
        s->first = false;
        while (i >= ft_table_columns(r->l->t)) {
            enum ft_status st = ft_load_column(r->l, "", 0, err);
            if (st) return st;
        }
        ft_load_cell(r->l, i, cell);
    }
    return FT_OK;
}

enum ft_status ft_json_row_end(struct ft_json_rows *r, size_t pos, struct ft_err *err)
{
    struct ft_load *l = r->l;
    if (r->part.data) ft_load_cell(l, (size_t)l->t->part_column, r->part);
    return ft_load_row(l, pos, err);
}

bool ft_json_is_pair(struct ft_jscan s)
{
    if (!ft_jscan_enter(&s, '[') || ft_jscan_peek(&s) != '"' || !ft_jscan_skip(&s, NULL) ||
        !ft_jscan_item(&s) || ft_jscan_peek(&s) != '{' || !ft_jscan_skip(&s, NULL))
        return false;
    return !ft_jscan_item(&s) && !s.why;
}

static enum ft_status take_pair(struct ft_json_rows *r, struct ft_jscan *s, struct ft_err *err)
{
    struct ft_text text;
    ft_jscan_enter(s, '[');
    if (!ft_jscan_item(s) || !ft_jscan_string(s, &text)) return FT_OK;
    enum ft_status st = ft_json_set(r, (struct ft_text){"text", 4}, text, err);
    s->first = false;
    if (!st && ft_jscan_item(s)) st = take_fields(r, s, 0, 0, err);
    s->first = false;
    if (!st && ft_jscan_item(s)) s->why = "expected the end of a list of a text and an object";
    r->pairs++;
    return st;
}

static const char *shape_name(char shape)
{
    return shape == '{'   ? "an object"
           : shape == '[' ? "a list"
           : shape == 'p' ? "a list of a text and an object"
           : shape == '"' ? "a text"
                          : "a number or a truth value";
}

/* Rows of one shape: a row of another one would put its cells into the wrong columns. */
static enum ft_status check_shape(struct ft_json_rows *r, char shape, struct ft_err *err)
{
    if (!r->shape) r->shape = shape;
    if (r->shape == shape) return FT_OK;
    return ft_fail(err, FT_FORMAT,
                   "%s: row %zu: %s, but the rows before are %s; expected rows of one form",
                   r->l->path, r->l->rows + 1, shape_name(shape), shape_name(r->shape));
}

static void tell_place(struct ft_json_rows *r, const char *value, const char *to)
{
    ft_load_place(r->l, &(struct ft_row_place){.from = r->entry ? r->entry : value,
                                               .to = to,
                                               .value = value,
                                               .group = r->group,
                                               .col = -1,
                                               .json = r});
}

enum ft_status ft_json_row(struct ft_json_rows *r, struct ft_jscan *s, size_t pos,
                           struct ft_err *err)
{
    struct ft_text cell;
    size_t bad = s->bad_utf8;
    char c = ft_jscan_peek(s), shape = c == '[' && ft_json_is_pair(*s) ? 'p' : c;
    enum ft_status st = FT_OK;
    const char *from = s->p;
    if (c == 'n' && r->shape) { /* nothing in place of a row */
        if (!ft_jscan_skip(s, NULL)) return st;
        tell_place(r, from, s->p);
        return ft_json_row_end(r, pos, err);
    }
    if (c && strchr("{[\"tf-0123456789", c)) st = check_shape(r, shape, err);
    if (st) return st;
    if (!r->l->rows) r->label_studio = c == '{' && ft_studio_is_task(*s);
    r->guess = 0;
    if (c == '[' && ft_json_chat(s, &cell, &r->silent)) {
        st = set_turns(r, (struct ft_text){"text", 4}, cell, err);
    } else if (shape == 'p')
        st = take_pair(r, s, err);
    else if (c == '[')
        st = take_cells(r, s, err);
    else if (c == '"') {
        if (ft_jscan_cell(s, &cell)) st = ft_json_set(r, (struct ft_text){"text", 4}, cell, err);
    } else
        st = take_fields(r, s, 0, 0, err);
    s->first = false;
    if (st || s->why) return st;
    if (s->bad_utf8 > bad) ft_load_note(r->l, FT_NOTE_UTF8, s->bad_utf8 - bad);
    tell_place(r, from, s->p);
    return ft_json_row_end(r, pos, err);
}

/* What was annotated, by question, and where it is now. */
static void say_questions(const struct ft_json_rows *r)
{
    struct ft_str s = {0};
    for (size_t i = 0; i < r->questions_n; i++)
        ft_str_addf(&s, "%s%.*s -> %.*s", i ? ", " : "",
                    r->questions[i].name.n ? (int)r->questions[i].name.n : 9,
                    r->questions[i].name.n ? r->questions[i].name.data : "(no name)",
                    (int)r->questions[i].column.n, r->questions[i].column.data);
    ft_load_say(r->l, "Label Studio export: one row per task%s%s%s", s.len ? "; columns: " : "",
                ft_str_text(&s), s.len ? "" : " without annotations");
    if (r->unplaced)
        ft_load_say(r->l, "%zu region%s without a label or a place in plain text %s not used",
                    r->unplaced, ft_plural(r->unplaced), r->unplaced == 1 ? "is" : "are");
    ft_str_release(&s);
}

void ft_json_rows_say(const struct ft_json_rows *r)
{
    struct ft_load *l = r->l;
    if (r->label_studio)
        say_questions(r);
    else if (r->studio_cells)
        ft_load_say(l, "Label Studio export (JSON-MIN)");
    else if (r->lists)
        ft_load_say(l, "a list with one label is read as that label");
    if (r->cats) ft_load_say(l, "categories (cats) are read as the labels whose value is 1");
    if (r->pairs) ft_load_say(l, "lists of a text and its annotations (spaCy)");
    if (r->marked) ft_load_say(l, "the label is taken from the row's annotations");
    if (r->chats)
        ft_load_say(l,
                    "conversations are converted to text: one line per turn of \"%s\", each "
                    "beginning with the speaker",
                    ft_table_name(l->t, (size_t)l->t->turns_column));
    if (r->silent)
        ft_load_say(l, "%zu turn%s without text %s skipped", r->silent, ft_plural(r->silent),
                    r->silent == 1 ? "is" : "are");
    if (r->disagree)
        ft_load_say(l, "annotators disagree in %zu row%s; the first annotation is used",
                    r->disagree, ft_plural(r->disagree));
}
