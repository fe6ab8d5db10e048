/* Sentences of tagged words of a data set: their entities for the screen, and other entities given
 * to them, which are label edits with lists of tags. */
#include "engine/present/dataset_in.h"

#include "data/hub.h"
#include "engine/task/run_tags.h"
#include "util/json.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- reading --- */

static enum ft_status load_tokenizer(struct dataset_build *b, const char *model, struct ft_err *err)
{
    struct ft_hub_model found = {0};
    if (b->tok || !*model) return FT_OK;
    enum ft_status st = ft_hub_resolve(&found, model, err);
    if (!st) st = ft_tok_load(&b->tok, found.path, err);
    ft_hub_model_release(&found);
    return st;
}

void dataset_tags_release(struct dataset_build *b)
{
    for (int part = 0; part < FT_PART_COUNT; part++)
        ft_tagged_release(&b->tagged[part]);
    ft_tagged_release(&b->plain);
    ft_tok_free(b->tok);
    memset(b->tagged, 0, sizeof b->tagged);
    memset(&b->plain, 0, sizeof b->plain);
    b->tok = NULL;
}

enum ft_status dataset_tags_read(struct dataset_build *b, const struct ft_options *o,
                                 bool unlabelled, struct ft_err *err)
{
    struct ft_labels names;
    ft_run_tags_names(o, &names);
    dataset_tags_release(b);
    /* a model that cannot be read does not keep the words from being looked at */
    if (load_tokenizer(b, ft_options_text(o, FT_OPT_model), NULL)) b->tok = NULL;
    struct ft_run_tags_opt opt = {.o = o, .names = &names, .tok = b->tok, .unlabelled = unlabelled};
    enum ft_status st = FT_OK;
    for (int part = 0; part < FT_PART_COUNT && !st; part++) {
        const struct ft_table *t = &b->source->tables[part];
        if (!t->path) continue;
        opt.edits = part == FT_PART_TRAIN ? &b->edits : NULL;
        st = ft_run_tags_read(&b->tagged[part], t, &opt, part == FT_PART_TRAIN ? &b->columns : NULL,
                              err);
        if (st) memset(&b->tagged[part], 0, sizeof b->tagged[part]);
        if (st || part != FT_PART_TRAIN || !b->edits.n) continue;
        opt.edits = NULL;
        st = ft_run_tags_read(&b->plain, t, &opt, NULL, err);
        if (st) memset(&b->plain, 0, sizeof b->plain);
    }
    ft_labels_release(&names);
    if (st) dataset_tags_release(b);
    return st;
}

/* --- the tags of a row --- */

bool dataset_tagged(const struct dataset_build *b)
{
    return b && b->tagged[FT_PART_TRAIN].form != FT_TAGGED_NONE;
}

/* The row as its file has it. */
static const struct ft_tagged *file_of(const struct dataset_build *b, int file, size_t row)
{
    const struct ft_tagged *g =
        file == FT_PART_TRAIN && b->plain.form ? &b->plain : &b->tagged[file];
    return row && row <= g->n ? g : NULL;
}

bool dataset_tags_row(const struct dataset_build *b, size_t row, struct ft_text *text, char **tags)
{
    const struct ft_tagged *g = file_of(b, FT_PART_TRAIN, row);
    struct ft_str s = {0};
    if (!g) return false;
    *text = g->sentences[row - 1].text;
    *tags = NULL;
    if (!g->sentences[row - 1].tagged) return true;
    ft_tagged_json(g, &g->sentences[row - 1], &s);
    *tags = ft_str_take(&s);
    return true;
}

/* A sentence with the tags that it has now. */
struct now {
    const struct ft_tagged *g;
    const struct ft_sentence *s;
    struct ft_labels names;
    int32_t *tags;
    struct ft_tag_set set;
    struct ft_entity *found;
    size_t found_n;
};

static void now_release(struct now *x)
{
    ft_tag_set_release(&x->set);
    ft_labels_release(&x->names);
    free(x->tags);
    free(x->found);
}

static bool now_edit(struct now *x, const char *edit)
{
    cJSON *list = NULL;
    const cJSON *item;
    size_t i = 0;
    bool good = !ft_json_parse(edit, strlen(edit), "tags", &list, NULL) && cJSON_IsArray(list) &&
                (size_t)cJSON_GetArraySize(list) == x->s->n;
    if (good) cJSON_ArrayForEach(item, list)
        {
            const char *name = cJSON_IsString(item) ? item->valuestring : "O";
            x->tags[i++] = ft_labels_add(&x->names, name, strlen(name));
        }
    cJSON_Delete(list);
    return good;
}

/* edit: its new tags, NULL: those of the file. */
static bool now_take(struct now *x, const struct dataset_build *b, int file, size_t row,
                     const char *edit)
{
    memset(x, 0, sizeof *x);
    x->g = file_of(b, file, row);
    if (!x->g) return false;
    x->s = &x->g->sentences[row - 1];
    ft_labels_init(&x->names);
    x->tags = ft_xcalloc(x->s->n + 1, sizeof *x->tags);
    x->found = ft_xcalloc(x->s->n + 1, sizeof *x->found);
    if (!edit || !now_edit(x, edit)) {
        for (size_t i = 0; i < x->s->n; i++) {
            int32_t tag = x->g->words[x->s->first + i].tag;
            const char *name = tag < 0 ? "O" : x->g->tags.names[tag];
            x->tags[i] = ft_labels_add(&x->names, name, strlen(name));
        }
    }
    ft_tag_set_init(&x->set, (const char *const *)x->names.names, x->names.n);
    x->found_n = ft_entities(&x->set, x->tags, x->s->n, x->found);
    return true;
}

const char *dataset_tags_label(const struct dataset_build *b, int file, size_t row,
                               const char *edit)
{
    static _Thread_local char text[128];
    struct now x;
    size_t n = 0;
    *text = 0;
    if (!now_take(&x, b, file, row, edit)) return text;
    for (size_t k = 0; k < x.set.types.n && n < sizeof text; k++) {
        size_t count = 0;
        for (size_t i = 0; i < x.found_n; i++)
            count += x.found[i].type == (int32_t)k;
        if (count)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%zu %s", n ? ", " : "", count,
                                  x.set.types.names[k]);
    }
    if (!n && x.s->tagged) snprintf(text, sizeof text, "none");
    now_release(&x);
    return text;
}

size_t dataset_tags_entities(const struct dataset_build *b, int file, size_t row, const char *edit,
                             struct ft_dataset_entity *out, size_t max)
{
    struct now x;
    size_t n = 0;
    if (!now_take(&x, b, file, row, edit)) return 0;
    for (; n < x.found_n && n < max; n++) {
        const struct ft_word *w = &x.g->words[x.s->first];
        out[n] = (struct ft_dataset_entity){.start = w[x.found[n].first].start,
                                            .end = w[x.found[n].end - 1].end};
        snprintf(out[n].type, sizeof out[n].type, "%s", x.set.types.names[x.found[n].type]);
    }
    now_release(&x);
    return n;
}

/* --- other entities --- */

/* The words that `what` names: "3", "3-5" (from 1), or as they stand in the text. */
static bool words_of(const struct now *x, struct ft_text what, size_t *first, size_t *end)
{
    const struct ft_word *w = &x->g->words[x->s->first];
    char number[48];
    long long from, to;
    snprintf(number, sizeof number, "%.*s", (int)(what.n < 40 ? what.n : 40), what.data);
    for (size_t i = 0; i < x->s->n; i++) {
        size_t at = w[i].start;
        if (at + what.n > x->s->text.n || memcmp(x->s->text.data + at, what.data, what.n)) continue;
        for (size_t k = i; k < x->s->n && w[k].end <= at + what.n; k++) {
            if (w[k].end != at + what.n) continue;
            *first = i;
            *end = k + 1;
            return true;
        }
    }
    char *dash = strchr(number, '-');
    if (dash) *dash = 0;
    if (!ft_parse_i64(number, &from)) return false;
    to = from;
    if (dash && !ft_parse_i64(dash + 1, &to)) return false;
    if (from < 1 || to < from || (size_t)to > x->s->n) return false;
    *first = (size_t)from - 1;
    *end = (size_t)to;
    return true;
}

enum ft_status dataset_tags_change(const struct dataset_build *b, size_t row, const char *now,
                                   const char *what, char **tags, struct ft_err *err)
{
    struct now x;
    struct ft_text all = ft_text_trim((struct ft_text){what, strlen(what)}), words, type;
    size_t cut = all.n, first, end;
    while (cut && all.data[cut - 1] != ' ')
        cut--;
    words = ft_text_trim((struct ft_text){all.data, cut});
    type = (struct ft_text){all.data + cut, all.n - cut};
    if (!words.n || !type.n)
        return ft_fail(err, FT_USAGE,
                       "'%s': expected words of the text, or their numbers, and a type (O: no "
                       "entity), as in: Ada Lovelace PER, or 3-4 PER",
                       what);
    if (!now_take(&x, b, FT_PART_TRAIN, row, now))
        return ft_fail(err, FT_USAGE, "there is no row %zu", row);
    if (!words_of(&x, words, &first, &end)) {
        size_t n = x.s->n;
        now_release(&x);
        return ft_fail(err, FT_USAGE, "row %zu has no words '%.*s' (it has %zu words)", row,
                       (int)words.n, words.data, n);
    }
    const char **names = ft_xcalloc(x.s->n + 1, sizeof *names);
    for (size_t i = 0; i < x.s->n; i++)
        names[i] = x.names.names[x.tags[i]];
    for (size_t k = 0; k < x.found_n; k++) /* what it overlaps goes */
        for (size_t i = x.found[k].first;
             x.found[k].end > first && x.found[k].first < end && i < x.found[k].end; i++)
            names[i] = "O";
    bool none = type.n == 1 && *type.data == 'O';
    char *tag[2] = {ft_xprintf("B-%.*s", (int)type.n, type.data),
                    ft_xprintf("I-%.*s", (int)type.n, type.data)};
    for (size_t i = first; i < end; i++)
        names[i] = none ? "O" : tag[i > first];
    struct ft_str s = {0};
    ft_str_addc(&s, '[');
    for (size_t i = 0; i < x.s->n; i++) {
        if (i) ft_str_addc(&s, ',');
        ft_json_add_str(&s, names[i], strlen(names[i]));
    }
    ft_str_addc(&s, ']');
    *tags = ft_str_take(&s);
    free(tag[0]);
    free(tag[1]);
    free(names);
    now_release(&x);
    return FT_OK;
}
