/* Names shared by all modules: tasks, model families and splits. */
#ifndef FT_UTIL_KINDS_H
#define FT_UTIL_KINDS_H

enum ft_task { FT_TASK_CLASSIFY, FT_TASK_QA, FT_TASK_MLM, FT_TASK_CLM, FT_TASK_COUNT };
const char *ft_task_name(enum ft_task task); /* "classify", "qa", "mlm", "clm" */
int ft_task_parse(const char *name);         /* -1: no such task */

/* X(ENUM, name, word, title): `name` is in the names of the family's two rows, ft_family_NAME in
 * core/family_NAME.c and NAME in data/hf_family.c; the word is config.json's model_type. No other file
 * names a family. docs/ADDING_A_MODEL.md walks through one. */
#define FT_FAMILY_LIST(X)                                                                          \
    X(BERT, bert, "bert", "BERT")                                                                  \
    X(ROBERTA, roberta, "roberta", "RoBERTa")                                                      \
    X(DISTILBERT, distilbert, "distilbert", "DistilBERT")                                          \
    X(GPT2, gpt2, "gpt2", "GPT-2")

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
