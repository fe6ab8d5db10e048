/* Tags of words and the entities that they mark.
 *
 * A tag is a prefix (B, I, E, S, O) and, after a hyphen, a type: "B-PER". A run of words is an entity by
 * the rules of seqeval's default mode (https://github.com/chakki-works/seqeval): invalid sequences
 * have entities, too, "O I-PER" is one.
 *
 *     struct ft_tag_set set;
 *     ft_tag_set_init(&set, names, n);
 *     size_t k = ft_entities(&set, tags, words, found);        found: room for `words` of them
 *     ft_tag_set_release(&set);
 *
 * Threads: a finished set is read-only. */
#ifndef FT_DATA_ENTITIES_H
#define FT_DATA_ENTITIES_H

#include "data/labels.h"
#include "data/text.h"

/* How the tags of a file mark entities. */
enum ft_tag_scheme {
    FT_TAGS_IOB2,  /* B at the beginning of each entity, I within */
    FT_TAGS_IOB1,  /* B only between two entities of one type that touch */
    FT_TAGS_IOBES, /* E at the end of an entity, S for one of one word (also written L and U) */
    FT_TAGS_PLAIN  /* no prefixes: parts of speech, for example */
};
const char *ft_tag_scheme_name(enum ft_tag_scheme s); /* "IOB2", .. */

/* A tag's parts. The prefix is its first character, the type what follows the first hyphen behind it
 * ("_" when there is nothing), as seqeval takes any text apart. */
struct ft_tag {
    char prefix;    /* 0: a character that is not ASCII */
    bool marks;     /* it is O, or B, I, E, S, L or U with a hyphen and a type */
    int32_t type;   /* into types; -1 for O */
    int32_t key;    /* private: what types are compared by; O has the type "_", too */
    int32_t inside; /* the tag I-TYPE of the same set; where there is none: the tag itself */
};
struct ft_tag_set {
    struct ft_tag *tags; /* (n) */
    size_t n;
    int32_t outside;        /* the tag O, -1: there is none */
    struct ft_labels types; /* in the order of the tags */
};
void ft_tag_set_init(struct ft_tag_set *s, const char *const *names, size_t n);
void ft_tag_set_release(struct ft_tag_set *s);

/* Words [first, end) are an entity. */
struct ft_entity {
    size_t first, end;
    int32_t type;
};
/* The entities of one sentence, by place; returns how many. tags[i] -1 is O. `out` has room for n. */
size_t ft_entities(const struct ft_tag_set *s, const int32_t *tags, size_t n,
                   struct ft_entity *out);

#endif
