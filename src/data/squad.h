/* Question answering data: SQuAD v1.1 and v2.0 as published (articles, paragraphs, questions), and
 * the flattened rows {id, title, context, question, answers:{text[], answer_start[]}} as JSON
 * array, as JSON with the rows under "data", or as JSONL. Compressed files are read as they are.
 *
 * answer_start counts code points; here every answer has both code points and bytes. An answer that
 * is not at its offset is looked for: if its text occurs once, or one occurrence is nearest, it is
 * moved there and counted; else its span stays empty (placed is false) and it is of use for scoring
 * only.
 *
 * Texts are views into the file or into this object. Threads: read-only after ft_squad_read. */
#ifndef FT_DATA_SQUAD_H
#define FT_DATA_SQUAD_H

#include "data/split.h"
#include "data/table.h"

struct ft_squad_answer {
    struct ft_text text;     /* as in the file */
    size_t start, end;       /* bytes of the context, [start, end) */
    size_t start_cp, end_cp; /* code points of the context */
    bool placed, moved;      /* the span holds the text; it was not at the offset of the file */
    bool no_start;           /* the file has no valid answer_start */
};
struct ft_squad_question {
    struct ft_text id, text;
    uint32_t paragraph;
    uint32_t answers_first, answers_n; /* into answers */
    bool impossible;                   /* no answer, in a version 2 file */
    bool unanswered;                   /* the file does not say what the answer is */
    uint8_t part;                      /* ft_part: see ft_squad_split; TRAIN after reading */
    bool kept;                         /* false: left out by ft_squad_limit or ft_squad_answered */
};
struct ft_squad_paragraph {
    struct ft_text context;
    size_t chars; /* code points */
    uint32_t article;
    uint32_t questions_first, questions_n; /* into questions */
};
struct ft_squad_article {
    struct ft_text title;
    uint32_t paragraphs_first, paragraphs_n;
};
struct ft_squad {
    char *path;
    char version[16]; /* of the file: "1.1", "v2.0"; "" when it says nothing */
    bool v2;          /* has impossible questions, or says version 2 */
    bool flat;        /* the file had flattened rows */
    enum ft_encoding encoding;
    const char *compression;
    struct ft_squad_article *articles;
    struct ft_squad_paragraph *paragraphs;
    struct ft_squad_question *questions; /* in the order of the file for nested files */
    struct ft_squad_answer *answers;
    size_t articles_n, paragraphs_n, questions_n, answers_n;
    size_t impossible;
    size_t moved, lost; /* answers put right; answers whose place is not known */
    size_t
        malformed; /* answers without text or without a valid answer_start, also in moved, lost */
    size_t unanswered; /* questions that can be asked only */
    size_t ids_made;   /* questions without an id: their number is used */
    size_t contexts_empty, questions_empty, duplicate_ids;
    size_t contradictions; /* said to be impossible, but with answers: they count as answerable */
    size_t invalid_utf8;   /* texts in which bytes became U+FFFD */
    /* private */
    size_t cap[4];
    struct ft_arena arena;
    struct ft_input *input;
};

/* progress is called with t == NULL and questions for rows. Errors: as ft_table_read; a missing or
 * wrong key is named with its path: data[3].paragraphs[0].qas. */
enum ft_status ft_squad_read(struct ft_squad *q, const char *path, ft_table_progress_fn *progress,
                             void *progress_arg, struct ft_err *err);
/* The same in an encoding that is known. */
enum ft_status ft_squad_read_as(struct ft_squad *q, const char *path, enum ft_encoding encoding,
                                ft_table_progress_fn *progress, void *progress_arg,
                                struct ft_err *err);
/* From bytes that stay the caller's and must outlive *q. */
enum ft_status ft_squad_read_mem(struct ft_squad *q, const char *name, const void *data, size_t n,
                                 struct ft_err *err);
void ft_squad_release(struct ft_squad *q);

/* Parts by article, so that no context is in two parts; sets question.part. fold.of 0: by shares. */
void ft_squad_split(struct ft_squad *q, const double share[FT_PART_COUNT], struct ft_fold fold,
                    uint64_t seed);
/* Keeps a seeded sample of `limit` questions, stratified by impossible or not; sets question.kept.
 */
void ft_squad_limit(struct ft_squad *q, size_t limit, uint64_t seed);
/* The same of the training part, after the split. */
void ft_squad_sample_training(struct ft_squad *q, struct ft_sample_size size, uint64_t seed);

/* Leaves out the questions without an answer in the file, for training and scoring. FT_FORMAT when
 * no question is left. */
enum ft_status ft_squad_answered(struct ft_squad *q, struct ft_err *err);

/* Appends one question as a JSON object in the flattened form, no newline. */
void ft_squad_row_json(const struct ft_squad *q, size_t question, struct ft_str *out);

#endif
