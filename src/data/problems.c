/* Finding what is wrong with the data: see problems.h. */
#include "data/problems.h"

#include "data/text_form.h"
#include "util/hash.h"
#include "util/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_DEFAULT = 100, RARE_ROWS = 8 };

static const struct {
    const char *one, *bad, *fine;
    char sign;
} kinds[FT_PROBLEM_COUNT] = {
#define X(id, sign, one, bad, fine) [FT_PROBLEM_##id] = {one, bad, fine, sign},
    FT_PROBLEM_LIST(X)
#undef X
};
static const char *const names[FT_PROBLEM_COUNT] = {
    [FT_PROBLEM_OVERLAP_LABEL] = "overlap_label",
    [FT_PROBLEM_OVERLAP] = "overlap",
    [FT_PROBLEM_CONFLICT] = "conflict",
    [FT_PROBLEM_EMPTY] = "empty",
    [FT_PROBLEM_NO_LABEL] = "no_label",
    [FT_PROBLEM_NOT_NUMBER] = "not_a_number",
    [FT_PROBLEM_TEXT_JSON] = "json_text",
    [FT_PROBLEM_LABEL_VALUE] = "missing_value",
    [FT_PROBLEM_LABEL_SPELLING] = "label_spelling",
    [FT_PROBLEM_TAG_NO_B] = "i_without_b",
    [FT_PROBLEM_TAG_FORM] = "tag_form",
    [FT_PROBLEM_SPAN_SPLIT] = "span_splits_word",
    [FT_PROBLEM_SPAN_OVERLAP] = "span_overlap",
    [FT_PROBLEM_SPAN_OUTSIDE] = "span_outside",
    [FT_PROBLEM_LABEL_LIST] = "several_labels",
    [FT_PROBLEM_LABEL_AMOUNT] = "label_amounts",
    [FT_PROBLEM_UTF8] = "invalid_utf8",
    [FT_PROBLEM_RAGGED] = "ragged",
    [FT_PROBLEM_QUOTE] = "quote",
    [FT_PROBLEM_LINES] = "stray_quote",
    [FT_PROBLEM_EDIT] = "edit",
    [FT_PROBLEM_ANSWER] = "answer_offset",
    [FT_PROBLEM_CONTEXT] = "empty_context",
    [FT_PROBLEM_ONE_LABEL] = "one_label",
    [FT_PROBLEM_ONE_VALUE] = "one_value",
    [FT_PROBLEM_LABEL_MISSING] = "label_missing",
    [FT_PROBLEM_LABEL_REPEAT] = "label_repeated",
    [FT_PROBLEM_LABEL_NONE] = "no_labels",
    [FT_PROBLEM_RARE] = "rare_label",
    [FT_PROBLEM_UNKNOWN] = "unknown_words",
    [FT_PROBLEM_CUT] = "cut",
    [FT_PROBLEM_DUPLICATE] = "duplicate",
    [FT_PROBLEM_DROPPED] = "dropped",
    [FT_PROBLEM_REJECTED] = "rejected",
    [FT_PROBLEM_FORM] = "form",
};

char ft_problem_sign(enum ft_problem_kind k)
{
    return kinds[k].sign;
}

const char *ft_problem_bad(enum ft_problem_kind k, size_t count)
{
    return count == 1 ? kinds[k].one : kinds[k].bad;
}

const char *ft_problem_fine(enum ft_problem_kind k)
{
    return kinds[k].fine;
}

const char *ft_problem_name(enum ft_problem_kind k)
{
    return names[k];
}

struct place {
    uint8_t file;
    size_t row;
};

struct finder {
    struct ft_problems *p;
    size_t rows_max;
};

/* Counts a problem and keeps it, unless enough of its kind are kept. */
__attribute__((format(printf, 5, 6))) static void found(struct finder *f, enum ft_problem_kind kind,
                                                        struct place at, struct place other,
                                                        const char *fmt, ...)
{
    struct ft_problems *p = f->p;
    if (p->count[kind]++ >= f->rows_max) return;
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    /* A label that is cut must not end inside a character. */
    size_t n = ft_utf8_prefix(text, strlen(text));
    ft_grow(&p->items, &p->cap, p->n + 1, sizeof *p->items);
    p->items[p->n++] = (struct ft_problem){.kind = kind,
                                           .file = at.file,
                                           .other_file = other.file,
                                           .row = at.row,
                                           .other_row = other.row,
                                           .what = ft_arena_strndup(&p->arena, text, n)};
}

static int compare(const void *a, const void *b)
{
    const struct ft_problem *x = a, *y = b;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->file != y->file) return x->file < y->file ? -1 : 1;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return strcmp(x->what, y->what);
}

void ft_problems_sort(struct ft_problems *p)
{
    memset(p->first, 0, sizeof p->first);
    memset(p->kept, 0, sizeof p->kept);
    if (p->n) qsort(p->items, p->n, sizeof *p->items, compare);
    for (size_t i = 0; i < p->n; i++) {
        enum ft_problem_kind k = p->items[i].kind;
        if (!p->kept[k]++) p->first[k] = i;
    }
}

void ft_problems_add(struct ft_problems *p, enum ft_problem_kind kind, uint8_t file, size_t row,
                     const char *what)
{
    struct finder f = {p, ROWS_DEFAULT};
    found(&f, kind, (struct place){file, row}, (struct place){0, 0}, "%s", what);
}

void ft_problems_release(struct ft_problems *p)
{
    free(p->items);
    ft_arena_release(&p->arena);
    memset(p, 0, sizeof *p);
}

/* ---- equal texts ---- */

static bool same(struct ft_text a, struct ft_text b)
{
    return a.n == b.n && (!a.n || !memcmp(a.data, b.data, a.n));
}

/* Do two examples have the same label, number or tags? */
static bool same_label(const struct ft_examples *x, const struct ft_example *a,
                       const struct ft_example *b)
{
    if (a->label != b->label || memcmp(&a->value, &b->value, sizeof a->value)) return false;
    const struct ft_tagged *g = x->tagged[a->file], *h = x->tagged[b->file];
    return !g || !h || ft_tagged_same(g, &g->sentences[a->row - 1], h, &h->sentences[b->row - 1]);
}

/* The label for a message. */
struct label_text {
    char text[120];
};

static const char *label_name(const struct ft_examples *x, const struct ft_example *e,
                              struct label_text *room)
{
    struct ft_str s = {0};
    ft_examples_label_text(x, e, &s);
    size_t n = s.len < sizeof room->text ? s.len : ft_utf8_prefix(s.data, sizeof room->text - 1);
    snprintf(room->text, sizeof room->text, "%.*s", (int)n, ft_str_text(&s));
    ft_str_release(&s);
    return room->text;
}

/* The first example of a text in each part, as index + 1. */
struct group {
    size_t first[FT_PART_COUNT];
};

static void compare_with(struct finder *f, const struct ft_examples *x, size_t i,
                         const struct group *g)
{
    const struct ft_example *e = &x->items[i];
    struct place at = {e->file, e->row};
    bool other_label = false, other_part = false;
    const struct ft_example *there = NULL;
    struct label_text room[2];
    for (int p = 0; p < FT_PART_COUNT; p++) {
        if (p == e->part || !g->first[p]) continue;
        const struct ft_example *o = &x->items[g->first[p] - 1];
        bool differs = !same_label(x, o, e);
        if (!there || (differs && !other_label)) there = o;
        other_part = true;
        other_label |= differs;
    }
    if (other_part) {
        struct place other = {there->file, there->row};
        const char *part = ft_part_name((enum ft_part)there->part);
        if (other_label && x->tagged[e->file])
            found(f, FT_PROBLEM_OVERLAP_LABEL, at, other, "same text in %s row %zu with other tags",
                  part, there->row);
        else if (other_label)
            found(f, FT_PROBLEM_OVERLAP_LABEL, at, other,
                  "same text in %s row %zu as \"%s\", here \"%s\"", part, there->row,
                  label_name(x, there, &room[0]), label_name(x, e, &room[1]));
        else
            found(f, FT_PROBLEM_OVERLAP, at, other, "same text in %s row %zu", part, there->row);
    }
    if (!g->first[e->part]) return;
    const struct ft_example *o = &x->items[g->first[e->part] - 1];
    struct place other = {o->file, o->row};
    if (x->tagged[e->file] && !same_label(x, o, e))
        found(f, FT_PROBLEM_CONFLICT, at, other, "same text as row %zu, with other tags", o->row);
    else if (!same_label(x, o, e))
        found(f, FT_PROBLEM_CONFLICT, at, other, "same text as row %zu, there \"%s\", here \"%s\"",
              o->row, label_name(x, o, &room[0]), label_name(x, e, &room[1]));
}

static uint64_t text_hash(const struct ft_example *e)
{
    uint64_t h = ft_hash64(e->text.data, e->text.n);
    if (e->pair.data) h ^= ft_hash64(e->pair.data, e->pair.n) * 0x9E3779B97F4A7C15u + 1;
    return h;
}

/* The rows that cleaning with dedup would leave out: equal in text, label and the part that the
 * files give them, whatever the split makes of them. */
static void repeats(struct finder *f, const struct ft_examples *x)
{
    for (size_t i = 0; i < x->repeats_n; i++) {
        const struct ft_repeat *r = &x->repeats[i];
        found(f, FT_PROBLEM_DUPLICATE, (struct place){r->file, r->row},
              (struct place){r->of_file, r->of}, "duplicate of row %zu (counted before limit)",
              r->of);
    }
    if (x->repeats_known) return;
    size_t cap = 64;
    while (cap < x->n * 2)
        cap *= 2;
    size_t *slots = ft_xcalloc(cap, sizeof *slots); /* the first of equal ones, plus 1 */
    for (size_t i = 0; i < x->n; i++) {
        const struct ft_example *e = &x->items[i], *o = NULL;
        uint64_t h = text_hash(e) ^ ft_hash64((const char *)&e->value, sizeof e->value) ^
                     ((uint64_t)(uint32_t)e->label << 8 | e->given_part) * 0xD6E8FEB86659FD93u;
        size_t s = (size_t)(h ^ h >> 29) & (cap - 1);
        for (; slots[s]; s = (s + 1) & (cap - 1)) {
            o = &x->items[slots[s] - 1];
            if (same_label(x, o, e) && o->given_part == e->given_part && same(o->text, e->text) &&
                same(o->pair, e->pair))
                break;
        }
        if (slots[s])
            found(f, FT_PROBLEM_DUPLICATE, (struct place){e->file, e->row},
                  (struct place){o->file, o->row}, "duplicate of row %zu", o->row);
        else
            slots[s] = i + 1;
    }
    free(slots);
}

static enum ft_status equal_texts(struct finder *f, const struct ft_examples *x,
                                  const atomic_bool *cancel, struct ft_err *err)
{
    size_t cap = 64, groups_n = 0;
    while (cap < x->n * 2)
        cap *= 2;
    size_t *slots = ft_xcalloc(cap, sizeof *slots); /* group + 1 */
    size_t *leader = ft_xcalloc(x->n, sizeof *leader);
    struct group *groups = ft_xcalloc(x->n, sizeof *groups);
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < x->n; i++) {
        if (i % 4096 == 0 && cancel && atomic_load_explicit(cancel, memory_order_relaxed)) {
            st = ft_fail(err, FT_CANCELLED, "checking the data was cancelled");
            break;
        }
        const struct ft_example *e = &x->items[i];
        uint64_t h = text_hash(e);
        size_t s = (size_t)(h ^ h >> 31) & (cap - 1);
        while (slots[s]) {
            const struct ft_example *o = &x->items[leader[slots[s] - 1]];
            if (same(o->text, e->text) && same(o->pair, e->pair)) break;
            s = (s + 1) & (cap - 1);
        }
        if (!slots[s]) {
            leader[groups_n] = i;
            slots[s] = ++groups_n;
        } else {
            compare_with(f, x, i, &groups[slots[s] - 1]);
        }
        struct group *g = &groups[slots[s] - 1];
        if (!g->first[e->part]) g->first[e->part] = i + 1;
    }
    free(groups);
    free(leader);
    free(slots);
    return st;
}

/* ---- the rest ---- */

static void table_notes(struct finder *f, const struct ft_table *t, uint8_t file)
{
    static const struct {
        enum ft_note_kind note;
        enum ft_problem_kind kind;
    } map[] = {
        {FT_NOTE_UTF8, FT_PROBLEM_UTF8},   {FT_NOTE_SHORT, FT_PROBLEM_RAGGED},
        {FT_NOTE_LONG, FT_PROBLEM_RAGGED}, {FT_NOTE_QUOTE, FT_PROBLEM_QUOTE},
        {FT_NOTE_LINES, FT_PROBLEM_LINES},
    };
    struct place none = {0, 0};
    for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
        const struct ft_notes *n = &t->notes[map[i].note];
        for (size_t k = 0; k < n->n; k++) {
            struct place at = {file, n->items[k].row};
            unsigned amount = n->items[k].amount;
            if (map[i].note == FT_NOTE_UTF8)
                found(f, map[i].kind, at, none, "%u byte sequence%s not UTF-8, replaced by U+FFFD",
                      amount, ft_by_count(amount, " is", "s are"));
            else if (map[i].note == FT_NOTE_LINES)
                found(f, map[i].kind, at, none,
                      "a quoted cell has %u line%s like a row: is its closing quote missing?",
                      amount, ft_plural(amount));
            else if (map[i].note == FT_NOTE_QUOTE)
                found(f, map[i].kind, at, none, "text after a closing quote");
            else
                found(f, map[i].kind, at, none, "%u cell%s, %zu expected", amount,
                      ft_plural(amount), ft_table_columns(t));
        }
        f->p->count[map[i].kind] += n->rows - n->n;
    }
}

static void left_rows(struct finder *f, const struct ft_examples *x)
{
    static const struct {
        enum ft_problem_kind kind;
        bool tell;
    } map[FT_LEFT_COUNT] = {
        [FT_LEFT_EMPTY] = {FT_PROBLEM_EMPTY, true},
        [FT_LEFT_NO_LABEL] = {FT_PROBLEM_NO_LABEL, true},
        [FT_LEFT_NOT_NUMBER] = {FT_PROBLEM_NOT_NUMBER, true},
        [FT_LEFT_DUPLICATE] = {FT_PROBLEM_DROPPED, true},
        [FT_LEFT_REJECTED] = {FT_PROBLEM_REJECTED, true},
    };
    for (size_t i = 0; i < x->left_n; i++) {
        const struct ft_left *l = &x->left[i];
        if (!map[l->why].tell) continue;
        struct ft_text cell = {"", 0};
        if (l->why == FT_LEFT_NOT_NUMBER)
            cell = ft_table_cell(x->tables[l->file], l->row - 1, (size_t)x->label_columns[l->file]);
        found(f, map[l->why].kind, (struct place){l->file, l->row}, (struct place){0, 0},
              cell.n ? "%s: %.*s" : "%s%.*s", ft_left_text((enum ft_left_why)l->why),
              cell.n > 40 ? 40 : (int)cell.n, cell.data);
    }
}

void ft_problems_texts(struct ft_problems *p, const struct ft_examples *x)
{
    struct finder f = {p, ROWS_DEFAULT};
    for (size_t i = 0; i < x->n; i++) {
        const struct ft_example *e = &x->items[i];
        if (ft_text_form_is_json(e->text) || ft_text_form_is_json(e->pair))
            found(&f, FT_PROBLEM_TEXT_JSON, (struct place){e->file, e->row}, (struct place){0, 0},
                  "the text is JSON, used unchanged");
    }
}

/* Splits whose numbers are all the same. */
static void one_value(struct finder *f, const struct ft_examples *x)
{
    for (int p = 0; p < FT_PART_COUNT; p++) {
        size_t n = 0, differ = 0;
        const struct ft_example *first = NULL;
        struct label_text room;
        for (size_t i = 0; i < x->n; i++) {
            const struct ft_example *e = &x->items[i];
            if (e->part != p || e->label < 0) continue;
            if (!n++) first = e;
            differ += !same_label(x, first, e);
        }
        if (n && !differ)
            found(f, FT_PROBLEM_ONE_VALUE, (struct place){0, 0}, (struct place){0, 0},
                  "every row of the %s split has the value %s", ft_part_name((enum ft_part)p),
                  label_name(x, first, &room));
    }
}

static void label_counts(struct finder *f, const struct ft_examples *x)
{
    struct place none = {0, 0};
    if (x->numbers) {
        one_value(f, x);
        return;
    }
    bool tagged = x->tagged[FT_PART_TRAIN] != NULL;
    const struct ft_labels *labels = tagged ? &x->types : &x->labels;
    const size_t(*counts)[FT_PART_COUNT] =
        (const size_t(*)[FT_PART_COUNT])(tagged ? x->type_counts : x->counts);
    const char *what = tagged ? "type" : "label", *unit = tagged ? "entity" : "row",
               *units = tagged ? "entities" : "rows";
    if (x->labels.n == 1 && !x->several)
        found(f, FT_PROBLEM_ONE_LABEL, none, none, "every %s has the label \"%s\"",
              tagged ? "word" : "row", x->labels.names[0]);
    for (size_t l = 0; l < labels->n; l++) {
        size_t all = 0;
        for (int p = 0; p < FT_PART_COUNT; p++)
            all += counts[l][p];
        for (int p = 0; all && p < FT_PART_COUNT; p++) {
            if (x->part_n[p] && !counts[l][p])
                found(f, FT_PROBLEM_LABEL_MISSING, none, none,
                      "%s \"%s\" is missing in the %s split", what, labels->names[l],
                      ft_part_name((enum ft_part)p));
        }
        if (all < RARE_ROWS)
            found(f, FT_PROBLEM_RARE, none, none, "%s \"%s\" has %zu %s", what, labels->names[l],
                  all, ft_by_count(all, unit, units));
    }
}

enum ft_status ft_problems_find(struct ft_problems *p, const struct ft_examples *x, size_t rows_max,
                                const atomic_bool *cancel, struct ft_err *err)
{
    memset(p, 0, sizeof *p);
    struct finder f = {p, rows_max ? rows_max : ROWS_DEFAULT};
    enum ft_status st = equal_texts(&f, x, cancel, err);
    if (st) {
        ft_problems_release(p);
        return st;
    }
    repeats(&f, x);
    left_rows(&f, x);
    for (uint8_t i = 0; i < FT_PART_COUNT; i++) {
        if (!x->tables[i]) continue;
        table_notes(&f, x->tables[i], i);
        if (x->tables[i]->said)
            found(&f, FT_PROBLEM_FORM, (struct place){i, 0}, (struct place){0, 0}, "%s",
                  x->tables[i]->said);
    }
    label_counts(&f, x);
    ft_problems_texts(p, x);
    ft_problems_labels(p, x);
    if (x->edits_stale) {
        found(&f, FT_PROBLEM_EDIT, (struct place){0, 0}, (struct place){0, 0},
              "%zu edit%s not match the row's text or label", x->edits_stale,
              ft_by_count(x->edits_stale, " does", "s do"));
        p->count[FT_PROBLEM_EDIT] = x->edits_stale;
    }
    ft_problems_sort(p);
    return FT_OK;
}

enum ft_status ft_problems_find_squad(struct ft_problems *p, const struct ft_squad *q,
                                      size_t rows_max, struct ft_err *err)
{
    (void)err;
    memset(p, 0, sizeof *p);
    struct finder f = {p, rows_max ? rows_max : ROWS_DEFAULT};
    struct ft_strmap ids = {0};
    struct place none = {0, 0};
    for (size_t i = 0; i < q->questions_n; i++) {
        const struct ft_squad_question *s = &q->questions[i];
        struct place at = {0, i + 1};
        if (!q->paragraphs[s->paragraph].context.n)
            found(&f, FT_PROBLEM_CONTEXT, at, none, "empty context");
        if (!s->text.n) found(&f, FT_PROBLEM_EMPTY, at, none, "empty question");
        const size_t *same_id = ft_strmap_get(&ids, s->id.data, s->id.n);
        if (same_id)
            found(&f, FT_PROBLEM_DUPLICATE, at, (struct place){0, *same_id},
                  "same id as question %zu", *same_id);
        else
            ft_strmap_put(&ids, s->id.data, s->id.n, i + 1);
        for (uint32_t k = 0; k < s->answers_n; k++) {
            const struct ft_squad_answer *a = &q->answers[s->answers_first + k];
            int shown = a->text.n > 60 ? 60 : (int)a->text.n;
            if (!a->text.n)
                found(&f, FT_PROBLEM_ANSWER, at, none, "an answer without text");
            else if (a->no_start && a->placed)
                found(&f, FT_PROBLEM_ANSWER, at, none,
                      "no valid answer_start; answer \"%.*s\" was found at character %zu", shown,
                      a->text.data, a->start_cp);
            else if (a->no_start)
                found(&f, FT_PROBLEM_ANSWER, at, none,
                      "no valid answer_start; answer \"%.*s\" is not in the context, or in several "
                      "places",
                      shown, a->text.data ? a->text.data : "");
            else if (a->moved)
                found(&f, FT_PROBLEM_ANSWER, at, none, "answer \"%.*s\" was found at character %zu",
                      shown, a->text.data, a->start_cp);
            else if (!a->placed)
                found(&f, FT_PROBLEM_ANSWER, at, none,
                      "answer \"%.*s\" is not in the context, or in several "
                      "places",
                      shown, a->text.data ? a->text.data : "");
        }
    }
    if (q->unanswered)
        found(&f, FT_PROBLEM_FORM, none, none,
              "%zu question%s without answers: usable for prediction only", q->unanswered,
              ft_plural(q->unanswered));
    if (q->ids_made)
        found(&f, FT_PROBLEM_FORM, none, none,
              "%zu question%s without an id: the question's number is used", q->ids_made,
              ft_plural(q->ids_made));
    if (q->invalid_utf8) {
        found(&f, FT_PROBLEM_UTF8, none, none, "%zu byte sequence%s not UTF-8, replaced by U+FFFD",
              q->invalid_utf8, ft_by_count(q->invalid_utf8, " is", "s are"));
        p->count[FT_PROBLEM_UTF8] = q->invalid_utf8;
    }
    ft_strmap_release(&ids);
    ft_problems_sort(p);
    return FT_OK;
}
