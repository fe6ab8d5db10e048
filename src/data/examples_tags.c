/* Examples whose words are labelled: see examples_in.h. Labels are tags; a sentence is sampled and
 * split by the type of its first entity. */
#include "data/examples_in.h"

#include "util/str.h"

#include <stdlib.h>
#include <string.h>

void ft_examples_tags_begin(struct ft_examples_build *b)
{
    for (size_t f = 0; f < FT_PART_COUNT; f++) {
        const struct ft_tagged *g = b->opt->tagged[f];
        b->x->tagged[f] = g;
        if (g) ft_tag_set_init(&b->tags[f], (const char *const *)g->tags.names, g->tags.n);
    }
}

void ft_examples_tags_end(struct ft_examples_build *b)
{
    for (size_t f = 0; f < FT_PART_COUNT; f++)
        if (b->opt->tagged[f]) ft_tag_set_release(&b->tags[f]);
}

const struct ft_sentence *ft_examples_sentence(const struct ft_examples *x, size_t i)
{
    const struct ft_example *e = &x->items[i];
    const struct ft_tagged *g = x->tagged[e->file];
    return g ? &g->sentences[e->row - 1] : NULL;
}

bool ft_examples_has_type(const struct ft_examples *x, size_t i, size_t type)
{
    const struct ft_sentence *s = ft_examples_sentence(x, i);
    const struct ft_tagged *g = x->tagged[x->items[i].file];
    bool found = false;
    struct ft_tag_set set;
    ft_tag_set_init(&set, (const char *const *)g->tags.names, g->tags.n);
    for (size_t k = s->first; k < s->first + s->n && !found; k++)
        found = g->words[k].tag >= 0 && set.tags[g->words[k].tag].type == (int32_t)type;
    ft_tag_set_release(&set);
    return found;
}

int32_t ft_examples_tags_stratum(struct ft_examples_build *b, uint8_t file,
                                 const struct ft_sentence *s)
{
    const struct ft_tag_set *set = &b->tags[file];
    const char *name = s->entity < 0 ? "O" : set->types.names[set->tags[s->entity].type];
    return ft_labels_add(&b->strata, name, strlen(name));
}

/* Where each tag is used: in training, and the first row in any part. */
struct use {
    bool trained;
    size_t rows, row;
};

static struct use *find_uses(const struct ft_examples_build *b, uint8_t file)
{
    const struct ft_tagged *g = b->opt->tagged[file];
    struct use *use = ft_xcalloc(g->tags.n + 1, sizeof *use);
    size_t *last = ft_xcalloc(g->tags.n + 1, sizeof *last);
    for (size_t i = 0; i < b->x->n; i++) {
        const struct ft_example *e = &b->x->items[i];
        if (e->file != file || e->dropped) continue;
        const struct ft_sentence *s = &g->sentences[e->row - 1];
        for (size_t k = s->first; k < s->first + s->n; k++) {
            int32_t tag = g->words[k].tag;
            if (tag < 0) continue;
            if (!use[tag].row) use[tag].row = e->row;
            use[tag].rows += last[tag] != e->row;
            last[tag] = e->row;
            use[tag].trained |= e->part == FT_PART_TRAIN;
        }
    }
    free(last);
    return use;
}

static enum ft_status fail_unknown(struct ft_examples_build *b, uint8_t file, size_t tag,
                                   const struct use *use)
{
    enum { SHOWN = 8 };
    const struct ft_labels *known = b->opt->labels ? b->opt->labels : &b->x->labels;
    struct ft_str list = {0};
    for (size_t i = 0; i < known->n && i < SHOWN; i++)
        ft_str_addf(&list, "%s%s", i ? ", " : "", known->names[i]);
    enum ft_status st = ft_fail(
        b->err, FT_FORMAT,
        "%s: row %zu: tag \"%s\" (%zu row%s) is not %s; expected %s%s: correct it or remove the "
        "row%s",
        b->opt->tables[file]->path, use->row, b->opt->tagged[file]->tags.names[tag], use->rows,
        ft_plural(use->rows),
        b->opt->labels ? "one of the model's labels" : "in the training split", ft_str_text(&list),
        known->n > SHOWN ? ", .." : "", ft_plural(use->rows));
    ft_str_release(&list);
    return st;
}

/* The tags of the training part; of the other parts those of a type that it has. */
static enum ft_status collect(struct ft_examples_build *b, struct use *const use[FT_PART_COUNT])
{
    struct ft_labels *labels = &b->x->labels, types;
    enum ft_status st = FT_OK;
    ft_labels_init(&types);
    for (int pass = 0; pass < 2 && !st; pass++)
        for (uint8_t f = 0; f < FT_PART_COUNT && !st; f++) {
            const struct ft_tagged *g = b->opt->tagged[f];
            for (size_t t = 0; g && t < g->tags.n && !st; t++) {
                const char *name = g->tags.names[t];
                int32_t type = b->tags[f].tags[t].type;
                const char *what = type < 0 ? "O" : b->tags[f].types.names[type];
                if (!use[f][t].row || (!pass && !use[f][t].trained)) continue;
                bool known = ft_labels_find(&types, what, strlen(what)) >= 0 || type < 0;
                if (pass && !known && !b->opt->unlabelled) st = fail_unknown(b, f, t, &use[f][t]);
                if (st) break;
                ft_labels_add(labels, name, strlen(name));
                ft_labels_add(&types, what, strlen(what));
            }
        }
    ft_labels_release(&types);
    return st;
}

enum ft_status ft_examples_tags_settle(struct ft_examples_build *b)
{
    struct ft_examples *x = b->x;
    const struct ft_tagged *first = b->opt->tagged[FT_PART_TRAIN];
    struct use *use[FT_PART_COUNT] = {NULL};
    enum ft_status st = FT_OK;
    for (uint8_t f = 0; f < FT_PART_COUNT; f++)
        if (b->opt->tagged[f]) use[f] = find_uses(b, f);
    ft_labels_release(&x->labels);
    if (b->opt->labels || first->named) {
        ft_labels_copy(&x->labels, b->opt->labels ? b->opt->labels : &first->tags);
    } else {
        ft_labels_init(&x->labels);
        st = collect(b, use);
        if (!st) ft_labels_sort(&x->labels, NULL);
    }
    for (uint8_t f = 0; f < FT_PART_COUNT && !st; f++) {
        struct ft_tagged *g = b->opt->tagged[f];
        if (!g) continue;
        int32_t *to = ft_xcalloc(g->tags.n + 1, sizeof *to);
        for (size_t t = 0; t < g->tags.n && !st; t++) {
            const char *name = g->tags.names[t];
            to[t] = ft_labels_find(&x->labels, name, strlen(name));
            if (to[t] < 0 && use[f][t].row && !b->opt->unlabelled)
                st = fail_unknown(b, f, t, &use[f][t]);
        }
        if (!st) ft_tagged_renumber(g, &x->labels, to);
        free(to);
    }
    for (uint8_t f = 0; f < FT_PART_COUNT; f++)
        free(use[f]);
    return st;
}

void ft_examples_tags_count(struct ft_examples *x)
{
    struct ft_tag_set set;
    size_t longest = 0;
    ft_tag_set_init(&set, (const char *const *)x->labels.names, x->labels.n);
    for (size_t i = 0; i < x->n; i++) {
        size_t n = ft_examples_sentence(x, i)->n;
        if (n > longest) longest = n;
    }
    ft_labels_release(&x->types);
    ft_labels_copy(&x->types, &set.types);
    x->type_counts = ft_xcalloc(x->types.n + 1, sizeof *x->type_counts);
    int32_t *tags = ft_xcalloc(longest + 1, sizeof *tags);
    struct ft_entity *found = ft_xcalloc(longest + 1, sizeof *found);
    for (size_t i = 0; i < x->n; i++) {
        const struct ft_example *e = &x->items[i];
        const struct ft_sentence *s = ft_examples_sentence(x, i);
        for (size_t k = 0; k < s->n; k++) {
            tags[k] = x->tagged[e->file]->words[s->first + k].tag;
            if (tags[k] >= 0) x->counts[tags[k]][e->part]++;
        }
        size_t n = ft_entities(&set, tags, s->n, found);
        for (size_t k = 0; k < n; k++)
            if (found[k].type >= 0) x->type_counts[found[k].type][e->part]++;
    }
    free(found);
    free(tags);
    ft_tag_set_release(&set);
}
