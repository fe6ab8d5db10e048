/* Sentences of words with tags, for token classification: from the rows of a table, one row a
 * sentence.
 *
 *     struct ft_tagged_columns c;
 *     struct ft_tagged g;
 *     ft_tagged_find(&table, NULL, NULL, &c);                 c.form: what the table has
 *     st = ft_tagged_build(&g, &table, &(struct ft_tagged_opt){.columns = c, .tok = tok}, &err);
 *     const struct ft_sentence *s = &g.sentences[row - 1];
 *     for (size_t i = s->first; i < s->first + s->n; i++) ... g.words[i], g.tags.names[g.words[i].tag] ...
 *     ft_tagged_release(&g);
 *
 * A row has its words in one of two forms:
 *   WORDS  a JSON list of words and one of as many tags: ["EU","rejects"] ["B-ORG","O"]; tags may be
 *          integers. CoNLL files are read into such columns. The text is the words with blanks between.
 *   SPANS  a text and a JSON list of places in it, in code points, end exclusive:
 *          [[0,2,"ORG"],..] or [{"start":0,"end":2,"label":"ORG"},..] (also start_offset and end_offset).
 *          The words are those of the tokenizer. Other formats with spans are read into this form.
 *   TEXT   a text without tags.
 *
 * Tags become IOB2: a span covers the words whose first character lies in it; IOB1 and IOBES (BILOU) are
 * converted; a file in IOB2 stays as it is, mistakes included. Texts and words are views into the table
 * or owned here; the table must outlive this.
 *
 * Threads: building is one thread's; afterwards read-only. */
#ifndef FT_DATA_TAGGED_H
#define FT_DATA_TAGGED_H

#include "data/edits.h"
#include "data/entities.h"
#include "data/table.h"
#include "data/tok.h"

enum ft_tagged_form { FT_TAGGED_NONE, FT_TAGGED_WORDS, FT_TAGGED_SPANS, FT_TAGGED_TEXT };
struct ft_tagged_columns {
    enum ft_tagged_form form;
    int words, tags, text; /* column numbers, -1: none; tags: of spans, too */
};
/* What a table has, by the names of its columns and the first rows. text, label: columns that the
 * user named (NULL or "": none), which count when they hold words or text, and tags or spans. Never
 * TEXT, unless `text_too`. */
void ft_tagged_find(const struct ft_table *t, const char *text, const char *label, bool text_too,
                    struct ft_tagged_columns *out);

/* What is wrong with rows. Not errors: the row is used as far as possible. */
#define FT_TAGGED_ISSUE_LIST(X)                                                                    \
    X(OUTSIDE, "span outside the text")                                                            \
    X(OVERLAP, "span overlaps another")                                                            \
    X(SPLIT, "span splits a word")                                                                 \
    X(NO_B, "I- without B-")                                                                       \
    X(FORM, "tag without a prefix (B-, I-)")
enum ft_tagged_issue_kind {
#define X(id, text) FT_TAGGED_##id##_ISSUE,
    FT_TAGGED_ISSUE_LIST(X)
#undef X
        FT_TAGGED_ISSUES
};
const char *ft_tagged_issue_name(enum ft_tagged_issue_kind k);
struct ft_tagged_issue {
    enum ft_tagged_issue_kind kind;
    size_t row;       /* from 1 */
    const char *what; /* one line, without the row */
};
enum { FT_TAGGED_ISSUES_MAX = 1000 }; /* kept of each kind; all are counted */

struct ft_word {
    uint32_t start, end;  /* bytes of the sentence's text */
    uint32_t first, last; /* code points of it: [first, last) */
    int32_t tag;          /* into ft_tagged.tags; -1: none, the word does not count */
};
struct ft_sentence {
    struct ft_text text;
    size_t first, n;      /* its words: g.words[first .. first + n) */
    bool tagged;          /* false: the row has no tags; those of its words are -1 */
    bool edited, dropped; /* by an edit */
    int32_t entity;       /* the tag of its first entity, before edits; -1: it has none */
};
struct ft_tagged {
    struct ft_sentence *sentences; /* one a row */
    size_t n;
    struct ft_word *words;
    size_t words_n;
    struct ft_labels tags; /* as found, in the order of the file; of integers: all names */
    enum ft_tagged_form form;
    enum ft_tag_scheme scheme;      /* that the file had */
    bool named;                     /* tags were integers: tags.names are those given */
    struct ft_tagged_issue *issues; /* by row */
    size_t issues_n, count[FT_TAGGED_ISSUES], spans; /* of all; spans: used */
    size_t recounted;                                /* spans whose places counted UTF-16 units */
    size_t edits_applied, edits_stale;
    /* private */
    size_t words_cap, issues_cap;
    struct ft_arena arena;
};
struct ft_tagged_opt {
    struct ft_tagged_columns columns;
    const struct ft_tok *tok; /* of words in texts; NULL: words end at blanks and punctuation */
    const struct ft_labels *names; /* of integer tags; NULL: there are none */
    bool unlabelled;               /* tags are not needed, and left out where they cannot be read */
    bool keep_scheme;              /* IOBES stays as it is: the model has such labels */
    const struct ft_edits *edits;  /* NULL: none */
};
/* Errors: FT_FORMAT naming the row (different numbers of words and tags, a cell that is not such a
 * list), FT_USAGE (integer tags without names, or without a name for one), FT_NOMEM. On error *g is
 * released. */
enum ft_status ft_tagged_build(struct ft_tagged *g, const struct ft_table *t,
                               const struct ft_tagged_opt *opt, struct ft_err *err);
void ft_tagged_release(struct ft_tagged *g);

/* The tags of a sentence as a JSON list, as label edits have them: ["B-ORG","O"]. Appended. */
void ft_tagged_json(const struct ft_tagged *g, const struct ft_sentence *s, struct ft_str *out);

/* Renumbers the tags of all words: old tag i becomes to[i], a place in `labels`, or -1. */
void ft_tagged_renumber(struct ft_tagged *g, const struct ft_labels *labels, const int32_t *to);
/* Do two sentences have the same tags? */
bool ft_tagged_same(const struct ft_tagged *a, const struct ft_sentence *s,
                    const struct ft_tagged *b, const struct ft_sentence *t);

/* A span of a text in code points, and its type; the caller's or in an arena. */
struct ft_text_span {
    size_t start, end;
    struct ft_text type;
    struct ft_text text; /* that the file says the span has; data NULL: it does not say */
};
/* Some tools count UTF-16 units: where the text of the span is found by these and not by code points,
 * start and end are corrected. True when they were. */
bool ft_span_recount(struct ft_text text, struct ft_text_span *span);
/* Reads a cell of spans in either form. False, with *why: it is none. Spans are not checked against a
 * text. The array is in `arena`. */
bool ft_spans_parse(struct ft_text cell, struct ft_arena *arena, struct ft_text_span **spans,
                    size_t *n, const char **why);

/* The words of a text: bytes and code points. tok NULL: as ft_tagged_opt says. Appended to *words,
 * tags -1. */
/* The words of an encoding of `text` (ft_tok_encode), appended; of[i] (may be NULL) is the number of
 * token i's word among them, -1 for one that is blanks. */
void ft_enc_words(const struct ft_enc *enc, struct ft_text text, struct ft_word **words, size_t *n,
                  size_t *cap, int32_t *of);
void ft_text_words(const struct ft_tok *tok, struct ft_tok_ctx *ctx, struct ft_text text,
                   struct ft_word **words, size_t *n, size_t *cap);

#endif
