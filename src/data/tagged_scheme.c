/* The scheme of a file's tags, and its conversion to IOB2: see tagged.h. */
#include "data/tagged_in.h"

#include "util/str.h"

#include <stdlib.h>
#include <string.h>

/* BILOU to IOBES, "B_PER" to "B-PER". */
static void rename_tags(struct ft_tagged *g)
{
    struct ft_labels out;
    bool bilou = false, odd = false;
    for (size_t i = 0; i < g->tags.n; i++) {
        const char *s = g->tags.names[i];
        bilou |= (*s == 'L' || *s == 'U') && (s[1] == '-' || s[1] == '_') && s[2];
        odd |= *s && strchr("BIESLU", *s) && s[1] == '_' && s[2];
    }
    for (size_t i = 0; i < g->tags.n && (bilou || odd); i++) {
        const char *s = g->tags.names[i]; /* a tag of another form: these are no such prefixes */
        if (strcmp(s, "O") && !(*s && strchr("BIESLU", *s) && (s[1] == '-' || s[1] == '_') && s[2]))
            return;
    }
    if (!bilou && !odd) return;
    int32_t *to = ft_xcalloc(g->tags.n, sizeof *to);
    ft_labels_init(&out);
    for (size_t i = 0; i < g->tags.n; i++) {
        char *name = ft_xstrdup(g->tags.names[i]);
        if (name[0] == 'L') name[0] = 'E';
        if (name[0] == 'U') name[0] = 'S';
        if (name[0] != 'O' && name[1] == '_') name[1] = '-';
        to[i] = ft_labels_add(&out, name, strlen(name));
        free(name);
    }
    for (size_t i = 0; i < g->words_n; i++)
        if (g->words[i].tag >= 0) g->words[i].tag = to[g->words[i].tag];
    ft_labels_release(&g->tags);
    g->tags = out;
    free(to);
}

struct seen {
    size_t marked, plain, ends; /* tags with a prefix; without one; E or S */
    size_t no_b, begins; /* I where an entity begins; B where none of its type is before it */
};

static int32_t *sentence_tags(const struct ft_tagged *g, const struct ft_sentence *s, int32_t *buf)
{
    for (size_t i = 0; i < s->n; i++)
        buf[i] = g->words[s->first + i].tag;
    return buf;
}

/* Is the word at i the second or later of one entity type: does the one before it have its type? */
static bool follows(const struct ft_tag_set *set, const int32_t *tags, size_t i)
{
    return i && tags[i - 1] >= 0 && set->tags[tags[i - 1]].type == set->tags[tags[i]].type;
}

static void look(const struct ft_tagged *g, const struct ft_tag_set *set, int32_t *buf,
                 struct seen *n)
{
    for (size_t r = 0; r < g->n; r++) {
        const int32_t *tags = sentence_tags(g, &g->sentences[r], buf);
        for (size_t i = 0; i < g->sentences[r].n; i++) {
            if (tags[i] < 0) continue;
            struct ft_tag t = set->tags[tags[i]];
            if (t.type < 0) continue;
            n->marked += t.marks;
            n->plain += !t.marks;
            n->ends += t.marks && (t.prefix == 'E' || t.prefix == 'S');
            n->no_b += t.marks && t.prefix == 'I' && !follows(set, tags, i);
            n->begins += t.marks && t.prefix == 'B' && !follows(set, tags, i);
        }
    }
}

static int32_t tag_named(struct ft_tagged *g, char prefix, const char *type)
{
    struct ft_str name = {0};
    ft_str_addf(&name, "%c-%s", prefix, type);
    int32_t tag = ft_labels_add(&g->tags, name.data, name.len);
    ft_str_release(&name);
    return tag;
}

/* Each entity as B and I. Tags that no word has any more go. */
static void to_iob2(struct ft_tagged *g, const struct ft_tag_set *set, int32_t *buf)
{
    struct ft_entity *found = ft_xcalloc(g->words_n + 1, sizeof *found);
    for (size_t r = 0; r < g->n; r++) {
        const struct ft_sentence *s = &g->sentences[r];
        size_t n = ft_entities(set, sentence_tags(g, s, buf), s->n, found);
        for (size_t e = 0; e < n; e++)
            for (size_t i = found[e].first; i < found[e].end; i++)
                g->words[s->first + i].tag =
                    tag_named(g, i > found[e].first ? 'I' : 'B', set->types.names[found[e].type]);
    }
    free(found);
}

/* Leaves only tags that are in use. */
static void drop_unused(struct ft_tagged *g)
{
    struct ft_labels out;
    int32_t *to = ft_xcalloc(g->tags.n + 1, sizeof *to);
    ft_labels_init(&out);
    for (size_t i = 0; i < g->words_n; i++)
        if (g->words[i].tag >= 0) to[g->words[i].tag] = 1;
    for (size_t i = 0; i < g->tags.n; i++)
        if (to[i]) to[i] = ft_labels_add(&out, g->tags.names[i], strlen(g->tags.names[i]));
    for (size_t i = 0; i < g->words_n; i++)
        if (g->words[i].tag >= 0) g->words[i].tag = to[g->words[i].tag];
    ft_labels_release(&g->tags);
    g->tags = out;
    free(to);
}

static void note_mistakes(struct ft_tagged *g, const struct ft_tag_set *set, int32_t *buf,
                          bool plain_are_mistakes)
{
    for (size_t r = 0; r < g->n; r++) {
        const struct ft_sentence *s = &g->sentences[r];
        const int32_t *tags = sentence_tags(g, s, buf);
        for (size_t i = 0; i < s->n; i++) {
            if (tags[i] < 0 || set->tags[tags[i]].type < 0) continue;
            const struct ft_word *w = &g->words[s->first + i];
            struct ft_tag t = set->tags[tags[i]];
            bool bare = !t.marks && plain_are_mistakes;
            bool no_b = t.marks && t.prefix == 'I' && !follows(set, tags, i);
            if (!bare && !no_b) continue;
            size_t n = w->end - w->start < 60 ? w->end - w->start : 60;
            n = ft_utf8_prefix(s->text.data + w->start, n);
            ft_tagged_issue(g, bare ? FT_TAGGED_FORM_ISSUE : FT_TAGGED_NO_B_ISSUE, r + 1,
                            "word %zu (%.*s): %s %s", i + 1, (int)n, s->text.data + w->start,
                            g->tags.names[tags[i]],
                            bare ? "has no prefix B- or I-" : "begins an entity without B-");
        }
    }
}

void ft_tagged_settle(struct ft_tagged *g, const struct ft_tagged_opt *opt)
{
    struct seen n = {0};
    struct ft_tag_set set;
    size_t longest = 0;
    if (!opt->names) rename_tags(g);
    for (size_t r = 0; r < g->n; r++)
        if (g->sentences[r].n > longest) longest = g->sentences[r].n;
    int32_t *buf = ft_xcalloc(longest + 1, sizeof *buf);
    ft_tag_set_init(&set, (const char *const *)g->tags.names, g->tags.n);
    look(g, &set, buf, &n);
    g->scheme = n.plain > n.marked    ? FT_TAGS_PLAIN
                : n.ends              ? FT_TAGS_IOBES
                : n.no_b && !n.begins ? FT_TAGS_IOB1
                                      : FT_TAGS_IOB2;
    if (g->scheme == FT_TAGS_IOB2) note_mistakes(g, &set, buf, true);
    if (g->scheme == FT_TAGS_IOB1 || (g->scheme == FT_TAGS_IOBES && !opt->keep_scheme)) {
        to_iob2(g, &set, buf);
        if (!g->named && !opt->names) drop_unused(g);
    }
    ft_tag_set_release(&set);
    free(buf);
}
