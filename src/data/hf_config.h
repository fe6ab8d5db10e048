/* config.json of a Hugging Face model folder: read into plain numbers, kept as a tree, written
 * back. Every field that changes a model's result is honoured or refused with its name; fields that
 * do not (use_cache, gradient_checkpointing ..) and fields we do not know stay in the tree and are
 * written again. Missing fields have the family's defaults in transformers.
 *
 *     struct ft_hf_config c = {0};
 *     if ((st = ft_hf_config_load(&c, "models/minilm/config.json", &err))) return st;
 *     ft_hf_config_set_labels(&c, names, 4);
 *     ft_hf_config_set_task(&c, task);
 *     st = ft_hf_config_save(&c, "out/config.json", &err);
 *     ft_hf_config_release(&c);
 *
 * Source of names, defaults and meaning: transformers'
 * configuration_NAME. Threads: none of its own; one owner. */
#ifndef FT_DATA_HF_CONFIG_H
#define FT_DATA_HF_CONFIG_H

#include "data/hf_family.h"
#include "util/err.h"
#include "util/kinds.h"
#include "util/str.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

const char *ft_hf_act_name(enum ft_hf_act act); /* "gelu", "gelu_new", "relu", "tanh", "silu" */

enum { FT_HF_END_IDS_MAX = 16 };

struct ft_hf_config {
    enum ft_family family;
    enum ft_head head;
    enum ft_hf_act act;
    enum ft_problem_type problem;
    int64_t vocab_size, hidden_size, layers, heads, intermediate_size;
    int64_t positions;        /* rows of the position table (RoBERTa: 2 more than usable tokens) */
    int64_t embedding_size;   /* of tokens and positions; 0: hidden_size */
    int64_t relative_buckets; /* MPNet's bias by distance; 0: none */
    /* Disentangled attention (DeBERTa). */
    bool relative_attention;
    int64_t position_buckets;       /* rows for distances on either side; below 1: one for each.. */
    int64_t max_relative_positions; /* ..of so many; below 1: max_position_embeddings */
    bool position_biased_input;     /* position embeddings, too */
    bool share_att_key;             /* positions are projected as tokens are */
    unsigned pos_att;               /* FT_HF_POS_* */
    bool norm_rel;                  /* norm_rel_ebd: a norm behind the embedding of distances */
    bool legacy; /* the MLM head of transformers' class, else that of the files */
    double pooler_dropout;
    int64_t type_vocab_size; /* 0: no token types (DistilBERT, GPT-2) */
    double layer_norm_eps;
    double hidden_dropout;    /* after embeddings and blocks (GPT-2: resid_pdrop) */
    double embedding_dropout; /* GPT-2's embd_pdrop; else equal to hidden_dropout */
    double attention_dropout;
    double
        classifier_dropout; /* in force before the classification head: classifier_dropout or, when
                               null, hidden_dropout; DistilBERT's seq_classif_dropout; GPT-2: 0 */
    double qa_dropout;      /* DistilBERT's; 0 elsewhere */
    double token_dropout;   /* before a head of tokens: classifier_dropout; DistilBERT's dropout */
    double initializer_range;
    int64_t pad_token_id, bos_token_id, eos_token_id; /* -1: none */
    int64_t cls_token_id, sep_token_id; /* ModernBERT has keys for them; they change nothing */
    int64_t end_ids[FT_HF_END_IDS_MAX]; /* each of them ends a text: eos_token_id, which may be a
                                           list, and that of generation_config.json */
    size_t end_n;
    bool end_given;           /* a file sets what ends a text, possibly nothing (null) */
    bool tie_word_embeddings; /* MLM, CLM: the output matrix is the word embeddings */
    bool attn_scaled;         /* GPT-2's scale_attn_weights: scores divided by sqrt(head size) */
    bool attn_layer_scaled;   /* GPT-2's scale_attn_by_inverse_layer_idx */
    int64_t local_attention;  /* ModernBERT: local layers see half as many tokens on each side */
    int64_t global_every;     /* one layer in as many attends to all tokens, if that says it.. */
    uint64_t local_layers[FT_HF_LAYERS_MAX / 64 + 1]; /* ..a bit per layer: it is a local one */
    double rope_theta, rope_theta_local; /* rotary positions of the two kinds; 0: none */
    bool norm_bias, attention_bias, ff_bias, head_bias, lm_out_bias; /* there are biases */
    enum ft_hf_act head_act; /* in a head, where it is a setting */
    bool pool_mean;          /* a classifier reads the mean of all tokens */
    size_t label_count;      /* of id2label; 2 when the file has none */
    char **labels;           /* label_count names in the order of ids */
    bool labels_given;       /* the file had id2label; else the names are LABEL_0 .. */
    double *thresholds; /* label_thresholds: (label_count) the probabilities above which a label is
                         * predicted; NULL: 0.5 for all. Several labels only */
    const char *dtype;  /* to be written: "bfloat16"; NULL: "float32" */
    cJSON *tree;        /* the whole file; owned */
    char *name;         /* its path, for error texts; owned */
};

/* `c` is zeroed or released. On failure it is released. Errors: FT_NOTFOUND, FT_IO, FT_FORMAT (a
 * value of the wrong type or out of range), FT_UNSUPPORTED (a model or option that is not built).
 */
enum ft_status ft_hf_config_load(struct ft_hf_config *c, const char *path, struct ft_err *err);
enum ft_status ft_hf_config_parse(struct ft_hf_config *c, const char *text, size_t n,
                                  const char *name, struct ft_err *err);
/* The family's defaults, for a new model; the caller then sets sizes and calls ft_hf_config_check.
 */
void ft_hf_config_init(struct ft_hf_config *c, enum ft_family family);
/* Sets what the published models of a family with disentangled attention have beyond the defaults, which are
 * without it; nothing in other families. */
void ft_hf_disentangled_published(struct ft_hf_config *c);
void ft_hf_config_release(struct ft_hf_config *c);

/* Ranges, and that they fit together (hidden_size a multiple of heads ..). Done by load and parse.
 */
enum ft_status ft_hf_config_check(const struct ft_hf_config *c, struct ft_err *err);
/* The i-th of the fields that change what the net computes or how it is trained, by its name in the
 * file, with the value in force as text; *given (may be NULL): set in the file, else it is the
 * family's default. false: there are no more. */
bool ft_hf_config_field(const struct ft_hf_config *c, size_t i, const char **key, char *value,
                        size_t size, bool *given);

/* Whether a token of the layer sees near ones only. */
bool ft_hf_config_local(const struct ft_hf_config *c, size_t layer);
/* Leaves the layers of which `kept` (one each) is true, in their order. */
void ft_hf_config_keep_layers(struct ft_hf_config *c, const bool *kept);

/* The thresholds (label_count) are copied; NULL: none. Setting labels removes them. */
void ft_hf_config_set_thresholds(struct ft_hf_config *c, const double *thresholds);
/* Names are copied; label2id and problem_type follow. n == 0: the file names none (QA, MLM, CLM).
 */
void ft_hf_config_set_labels(struct ft_hf_config *c, const char *const *names, size_t n);
/* Sets head, architectures (the class that transformers has for family and task, which must be one
 * that check_task allows) and problem: the task's. */
void ft_hf_config_set_task(struct ft_hf_config *c, enum ft_task task);
/* "BertForSequenceClassification": the first of `architectures`, "" when there is none. */
const char *ft_hf_config_architecture(const struct ft_hf_config *c);

/* Appends the file's text: the tree with our fields brought up to date (sizes, dropouts and ids
 * where they differ; dtype), sorted keys, indent 2, final newline. */
void ft_hf_config_text(struct ft_hf_config *c, struct ft_str *out);
enum ft_status ft_hf_config_save(struct ft_hf_config *c, const char *path, struct ft_err *err);
/* Reads the end-of-text tokens of generation_config.json in `dir`, if it exists. */
enum ft_status ft_hf_config_add_generation(struct ft_hf_config *c, const char *dir,
                                           struct ft_err *err);
/* generation_config.json for a causal LM. */
enum ft_status ft_hf_config_save_generation(const struct ft_hf_config *c, const char *path,
                                            struct ft_err *err);

/* Whether a tokenizer's ids (tokens of them, the largest being max_id) fit an embedding of `rows`.
 * Fewer tokens than rows are fine (padded tables are common). `name`: the model's folder. */
enum ft_status ft_hf_config_check_vocab(int64_t tokens, int64_t max_id, int64_t rows,
                                        const char *name, struct ft_err *err);

#endif
