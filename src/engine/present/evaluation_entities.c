/* Sentences of tagged words as the entities that are right, missed, spurious or wrong: see
 * evaluation.h. */
#include "engine/present/evaluation_in.h"

#include "data/entities.h"
#include "engine/task/entity_scores.h"
#include "util/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *ft_entity_error_name(enum ft_entity_error kind)
{
    static const char *const names[] = {[FT_ENTITY_RIGHT] = "found",
                                        [FT_ENTITY_MISSED] = "missed",
                                        [FT_ENTITY_SPURIOUS] = "spurious",
                                        [FT_ENTITY_WRONG_TYPE] = "wrong type",
                                        [FT_ENTITY_WRONG_BOUNDARY] = "wrong boundary",
                                        [FT_ENTITY_ERRORS] = "all errors"};
    return names[kind];
}

/* The sentence at hand: its text, where each word is in it, and the entities of both lists. */
struct sentence {
    struct ft_str text;
    struct place {
        size_t start, end;
    } * words;
    size_t n, cap;
    struct ft_tag_set tags;
    struct ft_entity *found[2]; /* true, predicted */
    size_t found_n[2];
};

static void take_words(struct sentence *s, const cJSON *tokens)
{
    const cJSON *x;
    cJSON_ArrayForEach(x, tokens)
    {
        const char *word = cJSON_IsString(x) ? x->valuestring : "";
        if (s->n) ft_str_addc(&s->text, ' ');
        ft_grow(&s->words, &s->cap, s->n + 1, sizeof *s->words);
        s->words[s->n].start = s->text.len;
        ft_str_addz(&s->text, word);
        s->words[s->n++].end = s->text.len;
    }
}

/* The entities of a list of tags; false: it is no list of as many tags as words. */
static bool take_tags(struct sentence *s, const cJSON *list, struct ft_labels *names, int32_t *tags)
{
    const cJSON *x;
    size_t i = 0;
    if (!cJSON_IsArray(list) || (size_t)cJSON_GetArraySize(list) != s->n) return false;
    cJSON_ArrayForEach(x, list)
    {
        const char *name = cJSON_IsString(x) ? x->valuestring : "O";
        tags[i++] = ft_labels_add(names, name, strlen(name));
    }
    return true;
}

static int type_of(const struct ft_scores *scores, const char *name)
{
    for (size_t i = 0; i + 1 < scores->labels; i++)
        if (!strcmp(scores->names[i], name)) return (int)i;
    return (int)scores->labels - 1;
}

static void place(const struct sentence *s, const struct ft_entity *e, size_t *start, size_t *end)
{
    *start = *end = 0;
    if (!e) return;
    *start = s->words[e->first].start;
    *end = s->words[e->end - 1].end;
}

/* One row: a true entity and what was predicted in its place, either of which may be missing. */
static void add_entity(struct evaluation_content *c, const struct sentence *s,
                       struct ft_evaluation_row row, const struct ft_entity *truth,
                       const struct ft_entity *said, enum ft_entity_error how)
{
    const struct ft_scores *scores = &c->f.scores;
    int none = (int)scores->labels - 1;
    bool same = how == FT_ENTITY_RIGHT || how == FT_ENTITY_WRONG_TYPE;
    row.error = how;
    row.gold = truth ? s->tags.types.names[truth->type] : "";
    row.answer = said ? s->tags.types.names[said->type] : "";
    row.label = truth ? type_of(scores, row.gold) : none;
    row.predicted = said && (same || !truth) ? type_of(scores, row.answer) : none;
    place(s, truth, &row.gold_start, &row.gold_end);
    place(s, said, &row.start, &row.end);
    struct ft_evaluation_row *r = evaluation_add_row(c, &row);
    r->gold = ft_arena_strndup(&c->arena, row.gold, strlen(row.gold));
    r->answer = ft_arena_strndup(&c->arena, row.answer, strlen(row.answer));
}

static void add_entities(struct evaluation_content *c, const struct sentence *s,
                         const struct ft_evaluation_row *row)
{
    size_t partner;
    for (size_t i = 0; i < s->found_n[0]; i++) {
        const struct ft_entity *e = &s->found[0][i];
        enum ft_entity_error how =
            ft_entity_error_of(e, s->found[1], s->found_n[1], false, &partner);
        add_entity(c, s, *row, e, partner == SIZE_MAX ? NULL : &s->found[1][partner], how);
    }
    for (size_t i = 0; i < s->found_n[1]; i++) {
        const struct ft_entity *e = &s->found[1][i];
        enum ft_entity_error how =
            ft_entity_error_of(e, s->found[0], s->found_n[0], true, &partner);
        if (how != FT_ENTITY_RIGHT && how != FT_ENTITY_WRONG_TYPE)
            add_entity(c, s, *row, NULL, e, how);
    }
}

static void keep_line(struct evaluation_content *c, const char *line, size_t n)
{
    ft_grow(&c->lines, &c->lines_cap, c->lines_n + 1, sizeof *c->lines);
    c->lines[c->lines_n].text = ft_arena_strndup(&c->arena, line, n);
    c->lines[c->lines_n++].n = n;
}

void evaluation_take_sentence(struct evaluation_content *c, const cJSON *tree, const char *line,
                              size_t n, const struct ft_evaluation_row *given)
{
    struct sentence s = {.n = 0};
    struct ft_labels names;
    struct ft_evaluation_row row = *given;
    if (!c->f.scores.labels) return;
    ft_labels_init(&names);
    take_words(&s, ft_json_get(tree, "tokens"));
    int32_t *tags = ft_xcalloc(2 * s.n + 1, sizeof *tags);
    bool good = take_tags(&s, ft_json_get(tree, "labels"), &names, tags) &&
                take_tags(&s, ft_json_get(tree, "predicted"), &names, tags + s.n);
    if (good) {
        row.sentence = c->lines_n;
        row.text = ft_str_text(&s.text);
        row.n = s.text.len;
        keep_line(c, line, n);
        ft_tag_set_init(&s.tags, (const char *const *)names.names, names.n);
        for (int k = 0; k < 2; k++) {
            s.found[k] = ft_xcalloc(s.n + 1, sizeof *s.found[k]);
            s.found_n[k] = ft_entities(&s.tags, tags + (size_t)k * s.n, s.n, s.found[k]);
        }
        add_entities(c, &s, &row);
        ft_tag_set_release(&s.tags);
    }
    free(s.found[0]);
    free(s.found[1]);
    free(s.words);
    free(tags);
    ft_str_release(&s.text);
    ft_labels_release(&names);
}

void evaluation_count_entities(struct evaluation_content *c)
{
    c->f.examples = c->lines_n;
    c->f.wrong = 0;
    for (size_t i = 0; i < c->n; i++)
        c->f.wrong += c->rows[i].error != FT_ENTITY_RIGHT;
}

static int by_loss(const void *a, const void *b, void *arg)
{
    const struct evaluation_content *c = arg;
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    double x = c->rows[i].loss, y = c->rows[k].loss;
    if (isnan(x)) x = -1;
    if (isnan(y)) y = -1;
    return x > y ? -1 : x < y ? 1 : i < k ? -1 : i > k;
}

size_t ft_evaluation_entities(const struct ft_evaluation *e, enum ft_entity_error kind,
                              bool right_too, size_t **index)
{
    const struct evaluation_content *c = evaluation_content_of(e);
    size_t n = 0;
    *index = ft_xmalloc((c->n + 1) * sizeof **index);
    for (size_t i = 0; i < c->n; i++) {
        const struct ft_evaluation_row *r = &c->rows[i];
        bool shown =
            kind == FT_ENTITY_ERRORS ? right_too || r->error != FT_ENTITY_RIGHT : r->error == kind;
        bool twice = r->error == FT_ENTITY_WRONG_BOUNDARY && !*r->gold;
        if (shown && !twice) (*index)[n++] = i; /* it is listed with its true entity */
    }
    if (n) qsort_r(*index, n, sizeof **index, by_loss, (void *)(uintptr_t)c);
    return n;
}
