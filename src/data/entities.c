/* Tags and entities: see entities.h. The rules for where an entity begins and ends are those that
 * seqeval's documentation and CONVENTIONS give for its default mode. */
#include "data/entities.h"

#include <stdlib.h>
#include <string.h>

const char *ft_tag_scheme_name(enum ft_tag_scheme s)
{
    static const char *const names[] = {[FT_TAGS_IOB2] = "IOB2",
                                        [FT_TAGS_IOB1] = "IOB1",
                                        [FT_TAGS_IOBES] = "IOBES",
                                        [FT_TAGS_PLAIN] = "tags without prefixes"};
    return names[s];
}

/* What follows the first hyphen behind the first character; "_" when that is nothing. */
static const char *type_of(const char *name)
{
    const char *rest = name, *hyphen;
    if (*rest) rest++;
    while (((unsigned char)*rest & 0xC0) == 0x80)
        rest++;
    hyphen = strchr(rest, '-');
    if (hyphen) rest = hyphen + 1;
    return *rest ? rest : "_";
}

static int32_t inside_of(const struct ft_tag_set *s, size_t tag)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->tags[i].marks && s->tags[i].prefix == 'I' && s->tags[i].type == s->tags[tag].type)
            return (int32_t)i;
    return (int32_t)tag;
}

void ft_tag_set_init(struct ft_tag_set *s, const char *const *names, size_t n)
{
    *s = (struct ft_tag_set){.n = n, .outside = -1};
    ft_labels_init(&s->types);
    s->tags = ft_xcalloc(n + 1, sizeof *s->tags);
    for (size_t i = 0; i < n; i++) {
        const char *name = names[i];
        struct ft_tag *t = &s->tags[i];
        bool outside = !strcmp(name, "O");
        t->prefix = (unsigned char)*name < 0x80 ? *name : 0;
        t->marks = outside || (*name && strchr("BIESLU", *name) && name[1] == '-' && name[2]);
        t->type = -1;
        if (outside && s->outside < 0) s->outside = (int32_t)i;
        const char *type = type_of(name);
        if (!outside) t->type = ft_labels_add(&s->types, type, strlen(type));
        t->key = strcmp(type, "_") ? t->type : -1;
    }
    for (size_t i = 0; i < n; i++)
        s->tags[i].inside = s->tags[i].marks && s->tags[i].type >= 0 ? inside_of(s, i) : (int32_t)i;
}

void ft_tag_set_release(struct ft_tag_set *s)
{
    free(s->tags);
    ft_labels_release(&s->types);
    memset(s, 0, sizeof *s);
}

static bool ends(struct ft_tag before, struct ft_tag now)
{
    char p = before.prefix, c = now.prefix;
    if (p == 'E' || p == 'S') return true;
    if ((p == 'B' || p == 'I') && (c == 'B' || c == 'S' || c == 'O')) return true;
    return p != 'O' && p != '.' && before.key != now.key;
}

static bool starts(struct ft_tag before, struct ft_tag now)
{
    char p = before.prefix, c = now.prefix;
    if (c == 'B' || c == 'S') return true;
    if ((p == 'E' || p == 'S' || p == 'O') && (c == 'E' || c == 'I')) return true;
    return c != 'O' && c != '.' && before.key != now.key;
}

size_t ft_entities(const struct ft_tag_set *s, const int32_t *tags, size_t n, struct ft_entity *out)
{
    static const struct ft_tag none = {.prefix = 'O', .marks = true, .type = -1, .key = -1};
    struct ft_tag before = {.prefix = 'O', .type = -1, .key = -2};
    size_t k = 0, first = 0;
    for (size_t i = 0; i <= n; i++) {
        struct ft_tag now = i < n && tags[i] >= 0 ? s->tags[tags[i]] : none;
        if (ends(before, now) && i > first) out[k++] = (struct ft_entity){first, i, before.type};
        if (starts(before, now)) first = i;
        before = now;
    }
    return k;
}
