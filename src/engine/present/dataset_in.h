/* The inside of a data set: dataset.c (the object), dataset_work.c and dataset_count.c (the worker),
 * dataset_facts.c and dataset_numbers.c (its facts for the screen), dataset_rows.c (rows), dataset_tags.c
 * (tagged words), dataset_order.c (filter and sort), dataset_edits.c (edits, undo, files). The worker's results
 * are reference-counted and never change after they are handed over; the rest belongs to the main
 * thread. */
#ifndef FT_ENGINE_PRESENT_DATASET_IN_H
#define FT_ENGINE_PRESENT_DATASET_IN_H

#include "data/columns.h"
#include "data/edits.h"
#include "data/examples.h"
#include "data/problems.h"
#include "data/squad.h"
#include "data/table.h"
#include "data/tagged.h"
#include "engine/present/dataset.h"
#include "util/mem.h"

#include <pthread.h>
#include <stdatomic.h>

/* The files, read. While a table is being read, its first rows are there already. */
struct dataset_source {
    atomic_int refs;
    char *key;
    struct ft_table tables[FT_PART_COUNT];
    struct ft_squad squad;
    bool is_squad;
    char sha256[65];
};

/* What came of them. */
struct dataset_build {
    atomic_int refs;
    char *key;
    struct dataset_source *source;
    struct ft_columns columns;
    /* Tagged words: with the edits, and the training table's without them (form 0: there are none);
     * the tokenizer whose words texts have. */
    struct ft_tagged tagged[FT_PART_COUNT], plain;
    struct ft_tok *tok;
    struct ft_examples x; /* empty for SQuAD */
    struct ft_edits edits;
    char note[1024];   /* why it can't be trained on */
    char **set_texts;  /* (x.sets.n) several labels per row: each set as "a, b"; NULL: one label */
    double *values[2]; /* labels that are numbers, sorted: of all parts, of training; NULL: none */
    size_t values_n[2];
};

struct dataset_checks {
    struct ft_problems problems;
    size_t changed[FT_CLEAN_COUNT];
    struct ft_column_facts columns[FT_DATASET_COLUMNS];
    size_t columns_n, columns_rows; /* columns looked at, rows they were looked at in */
};

/* Lengths of the examples (of the questions with their contexts). */
struct dataset_tokens {
    atomic_int refs;
    char *key;
    size_t n;
    atomic_size_t counted;
    char unknown_name[64];              /* "[UNK]"; "" there is none */
    atomic_uint_fast64_t seen, unknown; /* tokens without special ones, so far */
    int32_t *len;
    int32_t *question; /* (n) of them, those of the question and the special ones; NULL: no SQuAD */
    /* running text that is joined and cut into blocks */
    bool joined;
    size_t max_tokens;       /* of the model */
    uint64_t *from;          /* (n) tokens of its part before each example; NULL: not joined */
    uint64_t part_tokens[3]; /* whole once all is counted */
};

enum { DATASET_LENGTHS = 16384 }; /* lengths counted one by one; longer ones in the last */

struct dataset_job;
struct dataset_sorter;

struct dataset_step { /* of undo */
    size_t row;
    bool had, has;                /* an edit before, after */
    char *before, *after;         /* labels; NULL: dropped */
    bool kept_before, kept_after; /* its label was marked as correct */
};

struct ft_dataset {
    struct ft_wake *wake;
    pthread_mutex_t mu; /* guards `ready` */
    struct {
        struct dataset_source *source;
        struct dataset_build *build;
        struct dataset_checks *checks;
        struct dataset_tokens *tokens;
    } ready; /* handed over by the worker, one reference each */
    struct ft_job *work;
    struct dataset_job *job;
    struct ft_options wanted;
    bool stale; /* wanted changed since the job began */
    struct ft_err failed;

    struct dataset_source *source; /* shown: of build, or one that is being read */
    struct dataset_build *build;
    struct dataset_checks *checks;
    struct dataset_tokens *tokens;
    struct ft_dataset_facts facts;
    uint64_t lengths[DATASET_LENGTHS], lengths_sum;
    size_t lengths_n, longest;

    char filter[512];
    enum ft_dataset_sort sort;
    bool descending;
    size_t *order, order_n; /* order NULL: all examples as they come */
    size_t *order_pick;     /* (order_n) of a picked list: which pick each is; else NULL */
    struct dataset_sorter *sorter;
    struct ft_dataset_pick *picks; /* NULL: none are picked */
    size_t picks_n;

    struct ft_edits edits;
    struct ft_edits kept; /* labels that were marked as correct */
    char *edits_path;     /* of the option, as read */
    uint64_t edits_version, edits_written, edits_built;
    uint64_t kept_version, kept_written;
    struct dataset_step *steps;
    size_t steps_n, steps_cap, steps_at;
    struct ft_edits base; /* the labels that the run shown was trained with */
};

/* One round of the worker, which owns it until the main thread has joined it. */
struct dataset_job {
    struct ft_dataset *d;
    struct ft_options o;
    struct ft_edits edits;
    uint64_t edits_version;
    struct dataset_source *source; /* to begin with; may be NULL */
    struct dataset_build *build;
    struct dataset_tokens *tokens;
    struct ft_job *work;
    atomic_bool cancel; /* polled by the functions of data */
};

void dataset_source_unref(struct dataset_source *s);
void dataset_build_unref(struct dataset_build *b);
void dataset_tokens_unref(struct dataset_tokens *t);
void dataset_checks_free(struct dataset_checks *c);
void dataset_edits_copy(struct ft_edits *to, const struct ft_edits *from);

/* What was made of the source that is shown; NULL: it is being read, or it broke. */
static inline struct dataset_build *dataset_shown(const struct ft_dataset *d)
{
    return d->build && d->build->source == d->source ? d->build : NULL;
}

/* dataset_work.c */
enum ft_status dataset_work(struct ft_job *w, void *arg, struct ft_err *err); /* arg: dataset_job */
bool dataset_cancelled(struct dataset_job *j); /* polled by everything that takes long */

/* dataset_numbers.c: once the examples are built */
void dataset_numbers_make(struct dataset_build *b);

/* dataset_count.c: counts for j->build with the model of j->o; the counts own `key`. */
enum ft_status dataset_count_tokens(struct dataset_job *j, char *key, struct ft_err *err);

/* dataset_facts.c */
void dataset_facts_make(struct ft_dataset *d);
void dataset_lengths_reset(struct ft_dataset *d);
bool dataset_lengths_follow(struct ft_dataset *d); /* counts what is new */

/* dataset_rows.c: items are examples, then rows left out; for SQuAD questions. */
bool dataset_is_squad(const struct dataset_build *b);
size_t dataset_items(const struct dataset_build *b);
size_t dataset_examples(const struct dataset_build *b); /* of them, not left out */
void dataset_item(const struct dataset_build *b, size_t i, struct ft_dataset_row *r);
long dataset_item_tokens(const struct dataset_tokens *t, size_t i);    /* -1: not counted */
bool dataset_text_holds(const char *text, size_t n, const char *what); /* case ignored */

/* dataset_tags.c: tagged words. edit: the new tags of the row's edit, NULL: it has none. */
enum ft_status dataset_tags_read(struct dataset_build *b, const struct ft_options *o,
                                 bool unlabelled, struct ft_err *err);
void dataset_tags_release(struct dataset_build *b);
bool dataset_tagged(const struct dataset_build *b);
/* Row `row` of --data as the file has it; *tags a list as JSON, NULL: untagged, free(). */
bool dataset_tags_row(const struct dataset_build *b, size_t row, struct ft_text *text, char **tags);
/* "2 PER, 1 LOC"; of the thread, until the next call. */
const char *dataset_tags_label(const struct dataset_build *b, int file, size_t row,
                               const char *edit);
size_t dataset_tags_entities(const struct dataset_build *b, int file, size_t row, const char *edit,
                             struct ft_dataset_entity *out, size_t max);
/* The tags with one more entity, "WORDS TYPE": free() *tags. Errors: FT_USAGE. */
enum ft_status dataset_tags_change(const struct dataset_build *b, size_t row, const char *now,
                                   const char *what, char **tags, struct ft_err *err);

/* dataset_order.c */
void dataset_order_refresh(struct ft_dataset *d); /* after a change of content */
bool dataset_order_follow(struct ft_dataset *d);
void dataset_order_release(struct ft_dataset *d);

/* dataset_edits.c */
void dataset_edits_option(struct ft_dataset *d, const char *path);
void dataset_edits_release(struct ft_dataset *d);
/* A JSON list of labels as "a, b"; valid until the next call on this thread. */
const char *dataset_set_text(const char *list);
/* Of several labels: whether the sets are the same, each a JSON list (of an edit) or "a, b" (of a row); of other
 * data whether the labels are. NULL is the same as none. */
bool dataset_same_label(const struct ft_dataset *d, const char *a, const char *b);
/* The place among the items; SIZE_MAX: there is none. */
size_t dataset_item_of(const struct dataset_build *b, const struct ft_dataset_pick *place);
/* The edit of row `row` of --data when it was made for this text and label; NULL: none. */
const struct ft_edit *dataset_edit_of(const struct ft_dataset *d, size_t row);
/* Asks the worker to build again with the edits as they are. */
void dataset_rebuild(struct ft_dataset *d);

/* Tokens of a block; 0: texts are not joined, or not counted yet. */
size_t dataset_block_length(const struct ft_dataset *d);

#endif
