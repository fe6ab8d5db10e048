/* The names that every module shares: heads, tasks, model families and splits.
 *
 * A task is one row of FT_TASK_LIST: its word, the head that a net gets for it, what it predicts, and
 * its traits. Everything else about a task is in engine/task/task_WORD.c (struct ft_task_ops). A row of
 * FT_TASK_NAMED_LIST is a value of --task; the others are named by a task with the same head and a
 * problem type (FT_PROBLEM_TYPE_LIST). docs/ADDING_A_TASK.md walks through one. */
#ifndef FT_UTIL_KINDS_H
#define FT_UTIL_KINDS_H

#include <stdbool.h>

/* What a net ends in. core has code for CLASSIFY to TOKENS; models with others are told apart, so
 * that a message can say what they are for. */
enum ft_head {
    FT_HEAD_NONE,     /* a body alone */
    FT_HEAD_CLASSIFY, /* logits of a sequence */
    FT_HEAD_QA,       /* for each token: the answer starts here, ends here */
    FT_HEAD_MLM,      /* for each token: which token stands here */
    FT_HEAD_CLM,      /* for each token: which token comes next */
    FT_HEAD_TOKENS,   /* logits of each token (ner) */
    FT_HEAD_CHOICE,   /* from here on not supported: multiple choice */
    FT_HEAD_NEXT,     /* next sentence prediction */
    FT_HEAD_COUNT
};
const char *ft_head_name(enum ft_head head); /* "classify", "qa", "mlm", "clm", .. */

/* What the examples and answers of a task are. Options say for which traits they are; code that
 * is needed for some tasks only asks for the trait. */
enum ft_trait {
    FT_TRAIT_LABELS = 1,      /* an example has one label of a list */
    FT_TRAIT_ANSWERS = 2,     /* an example is a question whose answer is a span of its context */
    FT_TRAIT_TEXT = 4,        /* running text, no labels; tokens are the targets */
    FT_TRAIT_MASKS = 8,       /* some tokens are masked, and predicted */
    FT_TRAIT_GENERATES = 16,  /* each token predicts the next: text generation */
    FT_TRAIT_HIDDEN = 32,     /* no head, no labels: a teacher's hidden states are the targets */
    FT_TRAIT_LABEL_SETS = 64, /* an example has any number of labels of a list */
    FT_TRAIT_ROWS =
        128, /* an example is a row of a table: a text or a pair, its target in columns */
    FT_TRAIT_TAGS = 256,    /* an example is a sentence, each of its words has a tag of a list */
    FT_TRAIT_NUMBERS = 512, /* an example has a number */
};
/* There is a list of labels: for texts; for texts or words. OUTPUTS: or a number; how many outputs its
 * head has is up to the data. */
#define FT_TRAIT_TEXT_CLASSES (FT_TRAIT_LABELS | FT_TRAIT_LABEL_SETS)
#define FT_TRAIT_CLASSES      (FT_TRAIT_TEXT_CLASSES | FT_TRAIT_TAGS)
#define FT_TRAIT_OUTPUTS      (FT_TRAIT_ROWS | FT_TRAIT_TAGS)

/* What a prediction is. Code that differs between all of these is a switch without a default, so
 * that the compiler names every place when one is added. */
enum ft_predicts {
    FT_PREDICTS_NOTHING,  /* no task, or one without predictions */
    FT_PREDICTS_LABEL,    /* one label of a list, with probabilities */
    FT_PREDICTS_LABELS,   /* any number of labels, a probability each */
    FT_PREDICTS_ENTITIES, /* a tag for each word, and the entities that they mark */
    FT_PREDICTS_SPAN,     /* a part of the context, or no answer */
    FT_PREDICTS_TOKENS,   /* the tokens at the masks */
    FT_PREDICTS_TEXT,     /* a continuation */
    FT_PREDICTS_NUMBER,   /* a number */
};

/* X(ENUM, word, head, predicts, traits) */
#define FT_TASK_NAMED_LIST(X)                                                                      \
    X(CLASSIFY, classify, FT_HEAD_CLASSIFY, FT_PREDICTS_LABEL, FT_TRAIT_LABELS | FT_TRAIT_ROWS)    \
    X(NER, ner, FT_HEAD_TOKENS, FT_PREDICTS_ENTITIES, FT_TRAIT_TAGS)                               \
    X(QA, qa, FT_HEAD_QA, FT_PREDICTS_SPAN, FT_TRAIT_ANSWERS)                                      \
    X(MLM, mlm, FT_HEAD_MLM, FT_PREDICTS_TOKENS, FT_TRAIT_TEXT | FT_TRAIT_MASKS)                   \
    X(CLM, clm, FT_HEAD_CLM, FT_PREDICTS_TEXT, FT_TRAIT_TEXT | FT_TRAIT_GENERATES)                 \
    X(EMBED, embed, FT_HEAD_NONE, FT_PREDICTS_NOTHING, FT_TRAIT_HIDDEN)
#define FT_TASK_LIST(X)                                                                            \
    FT_TASK_NAMED_LIST(X)                                                                          \
    X(MULTI_LABEL, multi_label, FT_HEAD_CLASSIFY, FT_PREDICTS_LABELS,                              \
      FT_TRAIT_LABEL_SETS | FT_TRAIT_ROWS)                                                         \
    X(REGRESS, regress, FT_HEAD_CLASSIFY, FT_PREDICTS_NUMBER, FT_TRAIT_NUMBERS | FT_TRAIT_ROWS)

/* X(ENUM, word, task): what the outputs of a classification head are, as config.json's problem_type says,
 * and the task for it (NONE: not supported). */
#define FT_PROBLEM_TYPE_LIST(X)                                                                    \
    X(SINGLE_LABEL, "single_label_classification", CLASSIFY)                                       \
    X(MULTI_LABEL, "multi_label_classification", MULTI_LABEL)                                      \
    X(REGRESSION, "regression", REGRESS)
enum ft_problem_type {
    FT_PROBLEM_TYPE_NONE, /* not known, or another head */
#define X(id, word, task) FT_PROBLEM_TYPE_##id,
    FT_PROBLEM_TYPE_LIST(X)
#undef X
        FT_PROBLEM_TYPE_COUNT
};
const char *ft_problem_type_name(enum ft_problem_type type); /* NULL for NONE */
int ft_problem_type_parse(const char *name);                 /* NONE: no such type */

enum ft_task {
    FT_TASK_NONE = -1, /* not known, or none */
#define X(id, word, head, predicts, traits) FT_TASK_##id,
    FT_TASK_LIST(X)
#undef X
        FT_TASK_COUNT
};
/* Its name on the command line and in files: its word, or that of the first task with its head. */
const char *ft_task_name(enum ft_task task);
/* The task of that name and problem type; the one without, where there is no such pair. -1: no such
 * task, or the type is not supported. */
int ft_task_parse(const char *name, enum ft_problem_type type);
/* All names: "classify|qa|..", a constant; the place of one is its task. */
#define FT_TASK_WORD(id, word, head, predicts, traits) "|" #word
#define FT_TASK_WORDS                                  (&("" FT_TASK_NAMED_LIST(FT_TASK_WORD))[1])
enum ft_problem_type ft_task_problem(enum ft_task task);    /* NONE: another head */
enum ft_task ft_task_of_problem(enum ft_problem_type type); /* -1: none, or not supported */
enum ft_head ft_task_head(enum ft_task task);               /* the head that a net gets for it */
unsigned ft_task_traits(enum ft_task task);
enum ft_predicts ft_task_predicts(enum ft_task task); /* FT_PREDICTS_NOTHING for -1 */
bool ft_task_has(enum ft_task task,
                 unsigned traits);               /* one of them; false for -1, which is no task */
enum ft_task ft_task_of_head(enum ft_head head); /* the first task with this head; -1: none */
enum ft_task ft_task_of_traits(unsigned traits); /* the first task with all of these; -1: none */
enum ft_task ft_task_or_first(int task);         /* task; the first of the list for -1 */

/* X(ENUM, name, word, title): `name` is in the names of the family's two rows, ft_family_NAME in
 * core/family_NAME.c and NAME in data/hf_family.c; the word is config.json's model_type. No other file
 * names a family. docs/ADDING_A_MODEL.md walks through one. */
#define FT_FAMILY_LIST(X)                                                                          \
    X(BERT, bert, "bert", "BERT")                                                                  \
    X(ROBERTA, roberta, "roberta", "RoBERTa")                                                      \
    X(DISTILBERT, distilbert, "distilbert", "DistilBERT")                                          \
    X(GPT2, gpt2, "gpt2", "GPT-2")                                                                 \
    X(XLM_ROBERTA, xlm_roberta, "xlm-roberta", "XLM-RoBERTa")                                      \
    X(ELECTRA, electra, "electra", "ELECTRA")                                                      \
    X(MPNET, mpnet, "mpnet", "MPNet")                                                              \
    X(ALBERT, albert, "albert", "ALBERT")                                                          \
    X(MODERNBERT, modernbert, "modernbert", "ModernBERT")                                          \
    X(DEBERTA_V2, deberta_v2, "deberta-v2", "DeBERTa-v2")

enum ft_family {
#define X(id, name, word, title) FT_FAMILY_##id,
    FT_FAMILY_LIST(X)
#undef X
        FT_FAMILY_COUNT
};
#define FT_FAMILY_ALL ((1u << FT_FAMILY_COUNT) - 1)
const char *ft_family_name(enum ft_family family);  /* its word */
const char *ft_family_title(enum ft_family family); /* as its authors write it */
int ft_family_parse(const char *name);              /* -1: not supported */
/* Appends the words, or the titles, of a set of families (bit 1 << family), for a sentence: "bert,
 * roberta and gpt2" with `join` "and". */
struct ft_str;
void ft_family_words(struct ft_str *out, unsigned set, const char *join);
void ft_family_titles(struct ft_str *out, unsigned set, const char *join);

#endif
