/* The families' rows, and the names of transformers' classes: see hf_family.h. */
#include "data/hf_family.h"

#include "util/mem.h"
#include "util/str.h"

#include <string.h>

#define DERIVED FT_HF_DERIVED

/* What BERT's config.json has in common with those of families after it. */
#define BERT_SIZES(hidden, heads, ff)                                                              \
    [FT_HF_FIELD_HIDDEN] = {"hidden_size", hidden},                                                \
    [FT_HF_FIELD_HEADS] = {"num_attention_heads", heads},                                          \
    [FT_HF_FIELD_FF] = {"intermediate_size", ff}
#define BERT_DROPOUTS(p)                                                                           \
    [FT_HF_FIELD_HIDDEN_DROPOUT] = {"hidden_dropout_prob", p}, [FT_HF_FIELD_ATTENTION_DROPOUT] = { \
                                                                   "attention_probs_dropout_prob", \
                                                                   p}
#define ALL_BIASES                                                                                 \
    [FT_HF_FIELD_NORM_BIAS] = {NULL, 1}, [FT_HF_FIELD_ATTENTION_BIAS] = {NULL, 1},                 \
    [FT_HF_FIELD_FF_BIAS] = {NULL, 1}, [FT_HF_FIELD_HEAD_BIAS] = {NULL, 1},                        \
    [FT_HF_FIELD_LM_OUT_BIAS] = {NULL, 1}
#define BERT_OTHERS                                                                                \
    [FT_HF_FIELD_NORM_EPS] = {"layer_norm_eps", 1e-12},                                            \
    [FT_HF_FIELD_TOKEN_DROPOUT] = {NULL, DERIVED},                                                 \
    [FT_HF_FIELD_LAYERS] = {"num_hidden_layers", 12}, BERT_REST
#define BERT_REST                                                                                  \
    [FT_HF_FIELD_POSITIONS] = {"max_position_embeddings", 512},                                    \
    [FT_HF_FIELD_EMBEDDING_DROPOUT] = {NULL, DERIVED},                                             \
    [FT_HF_FIELD_INIT_RANGE] = {"initializer_range", 0.02},                                        \
    [FT_HF_FIELD_TIED] = {"tie_word_embeddings", 1}, [FT_HF_FIELD_ATTN_SCALED] = {NULL, 1},        \
    ALL_BIASES
#define BERT_TYPES      [FT_HF_FIELD_TYPES] = {"type_vocab_size", 2}
#define BERT_CLASSIFIER [FT_HF_FIELD_CLASSIFIER_DROPOUT] = {"classifier_dropout", DERIVED}
#define BERT_KEYS                                                                                  \
    BERT_SIZES(768, 12, 3072), BERT_DROPOUTS(0.1), BERT_OTHERS, BERT_TYPES, BERT_CLASSIFIER

static const struct ft_hf_family bert = {
    .class_prefix = "Bert",
    .tokenizer_class = "BertTokenizer",
    .lm = FT_HEAD_MLM,
    .lm_tensor = "cls.predictions.transform.dense.weight",
    .text_tensor = "pooler.dense.weight",
    .act_key = "hidden_act",
    .act = FT_HF_ACT_GELU,
    .keys = {BERT_KEYS, [FT_HF_FIELD_VOCAB] = {"vocab_size", 30522},
             [FT_HF_FIELD_PAD] = {"pad_token_id", 0}, [FT_HF_FIELD_BOS] = {"bos_token_id", -1},
             [FT_HF_FIELD_EOS] = {"eos_token_id", -1}},
};

static const struct ft_hf_family roberta = {
    .class_prefix = "Roberta",
    .tokenizer_class = "RobertaTokenizer",
    .lm = FT_HEAD_MLM,
    .lm_tensor = "lm_head.dense.weight",
    .text_tensor = "classifier.dense.weight",
    .act_key = "hidden_act",
    .act = FT_HF_ACT_GELU,
    .keys = {BERT_KEYS, [FT_HF_FIELD_VOCAB] = {"vocab_size", 50265},
             [FT_HF_FIELD_PAD] = {"pad_token_id", 1}, [FT_HF_FIELD_BOS] = {"bos_token_id", 0},
             [FT_HF_FIELD_EOS] = {"eos_token_id", 2}},
};

/* The epsilon of the norms is fixed in the model's code. */
static const struct ft_hf_family distilbert = {
    .class_prefix = "DistilBert",
    .tokenizer_class = "DistilBertTokenizer",
    .lm = FT_HEAD_MLM,
    .lm_tensor = "vocab_transform.weight",
    .text_tensor = "pre_classifier.weight",
    .act_key = "activation",
    .act = FT_HF_ACT_GELU,
    .keys = {ALL_BIASES,
             [FT_HF_FIELD_VOCAB] = {"vocab_size", 30522},
             [FT_HF_FIELD_HIDDEN] = {"dim", 768},
             [FT_HF_FIELD_LAYERS] = {"n_layers", 6},
             [FT_HF_FIELD_HEADS] = {"n_heads", 12},
             [FT_HF_FIELD_FF] = {"hidden_dim", 3072},
             [FT_HF_FIELD_POSITIONS] = {"max_position_embeddings", 512},
             [FT_HF_FIELD_NORM_EPS] = {NULL, 1e-12},
             [FT_HF_FIELD_HIDDEN_DROPOUT] = {"dropout", 0.1},
             [FT_HF_FIELD_EMBEDDING_DROPOUT] = {NULL, DERIVED},
             [FT_HF_FIELD_ATTENTION_DROPOUT] = {"attention_dropout", 0.1},
             [FT_HF_FIELD_CLASSIFIER_DROPOUT] = {"seq_classif_dropout", 0.2},
             [FT_HF_FIELD_QA_DROPOUT] = {"qa_dropout", 0.1},
             [FT_HF_FIELD_TOKEN_DROPOUT] = {NULL, DERIVED},
             [FT_HF_FIELD_INIT_RANGE] = {"initializer_range", 0.02},
             [FT_HF_FIELD_PAD] = {"pad_token_id", 0},
             [FT_HF_FIELD_BOS] = {"bos_token_id", -1},
             [FT_HF_FIELD_EOS] = {"eos_token_id", -1},
             [FT_HF_FIELD_TIED] = {"tie_word_embeddings", 1},
             [FT_HF_FIELD_ATTN_SCALED] = {NULL, 1}},
};

/* The head for classification of texts has no dropout, that of tokens has. */
static const struct ft_hf_family gpt2 = {
    .class_prefix = "GPT2",
    .tokenizer_class = "GPT2Tokenizer",
    .lm = FT_HEAD_CLM,
    .lm_tensor = "lm_head.weight",
    .act_key = "activation_function",
    .act = FT_HF_ACT_GELU_TANH,
    .keys = {ALL_BIASES, [FT_HF_FIELD_VOCAB] = {"vocab_size", 50257},
             [FT_HF_FIELD_HIDDEN] = {"n_embd", 768}, [FT_HF_FIELD_LAYERS] = {"n_layer", 12},
             [FT_HF_FIELD_HEADS] = {"n_head", 12}, [FT_HF_FIELD_FF] = {"n_inner", DERIVED},
             [FT_HF_FIELD_POSITIONS] = {"n_positions", 1024},
             [FT_HF_FIELD_NORM_EPS] = {"layer_norm_epsilon", 1e-5},
             [FT_HF_FIELD_HIDDEN_DROPOUT] = {"resid_pdrop", 0.1},
             [FT_HF_FIELD_EMBEDDING_DROPOUT] = {"embd_pdrop", 0.1},
             [FT_HF_FIELD_ATTENTION_DROPOUT] = {"attn_pdrop", 0.1},
             [FT_HF_FIELD_TOKEN_DROPOUT] = {"classifier_dropout", 0.1},
             [FT_HF_FIELD_INIT_RANGE] = {"initializer_range", 0.02},
             [FT_HF_FIELD_PAD] = {"pad_token_id", -1}, [FT_HF_FIELD_BOS] = {"bos_token_id", 50256},
             [FT_HF_FIELD_EOS] = {"eos_token_id", 50256},
             [FT_HF_FIELD_TIED] = {"tie_word_embeddings", 1},
             [FT_HF_FIELD_ATTN_SCALED] = {"scale_attn_weights", 1},
             [FT_HF_FIELD_ATTN_LAYER_SCALED] = {"scale_attn_by_inverse_layer_idx", 0}},
};

/* New vocabularies are RoBERTa's: AutoTokenizer goes by their class, not by the family. */
static const struct ft_hf_family xlm_roberta = {
    .class_prefix = "XLMRoberta",
    .tokenizer_class = "RobertaTokenizer",
    .lm = FT_HEAD_MLM,
    .lm_tensor = "lm_head.dense.weight",
    .text_tensor = "classifier.dense.weight",
    .act_key = "hidden_act",
    .act = FT_HF_ACT_GELU,
    .keys = {BERT_KEYS, [FT_HF_FIELD_VOCAB] = {"vocab_size", 30522},
             [FT_HF_FIELD_PAD] = {"pad_token_id", 1}, [FT_HF_FIELD_BOS] = {"bos_token_id", 0},
             [FT_HF_FIELD_EOS] = {"eos_token_id", 2}},
};

static const struct ft_hf_family electra = {
    .class_prefix = "Electra",
    .tokenizer_class = "BertTokenizer",
    .lm = FT_HEAD_MLM,
    .lm_tensor = "generator_predictions.dense.weight",
    .text_tensor = "classifier.dense.weight",
    .act_key = "hidden_act",
    .act = FT_HF_ACT_GELU,
    .keys = {BERT_SIZES(256, 4, 1024), BERT_DROPOUTS(0.1), BERT_OTHERS, BERT_TYPES,
             BERT_CLASSIFIER, [FT_HF_FIELD_VOCAB] = {"vocab_size", 30522},
             [FT_HF_FIELD_EMBED] = {"embedding_size", 128}, [FT_HF_FIELD_PAD] = {"pad_token_id", 0},
             [FT_HF_FIELD_BOS] = {"bos_token_id", -1}, [FT_HF_FIELD_EOS] = {"eos_token_id", -1}},
};

/* The padding row of its embeddings is fixed in the model's code, as are the classifier's dropout and
 * the number of buckets that are used. */
static const struct ft_hf_family mpnet = {
    .class_prefix = "MPNet",
    .tokenizer_class = "RobertaTokenizer",
    .lm = FT_HEAD_MLM,
    .lm_tensor = "lm_head.dense.weight",
    .text_tensor = "classifier.dense.weight",
    .act_key = "hidden_act",
    .act = FT_HF_ACT_GELU,
    .keys = {BERT_SIZES(768, 12, 3072), BERT_DROPOUTS(0.1),
             BERT_OTHERS, [FT_HF_FIELD_VOCAB] = {"vocab_size", 30527},
             [FT_HF_FIELD_CLASSIFIER_DROPOUT] = {NULL, DERIVED},
             [FT_HF_FIELD_BUCKETS] = {"relative_attention_num_buckets", 32},
             [FT_HF_FIELD_PAD] = {"pad_token_id", 1}, [FT_HF_FIELD_BOS] = {"bos_token_id", 0},
             [FT_HF_FIELD_EOS] = {"eos_token_id", 2}},
};

static const struct ft_hf_family albert = {
    .class_prefix = "Albert",
    .tokenizer_class = "BertTokenizer",
    .lm = FT_HEAD_MLM,
    .lm_tensor = "predictions.dense.weight",
    .text_tensor = "pooler.weight",
    .act_key = "hidden_act",
    .act = FT_HF_ACT_GELU_TANH,
    .keys = {BERT_SIZES(4096, 64, 16384), BERT_DROPOUTS(0), BERT_OTHERS,
             BERT_TYPES, [FT_HF_FIELD_VOCAB] = {"vocab_size", 30000},
             [FT_HF_FIELD_EMBED] = {"embedding_size", 128},
             [FT_HF_FIELD_CLASSIFIER_DROPOUT] = {"classifier_dropout_prob", 0.1},
             [FT_HF_FIELD_PAD] = {"pad_token_id", 0}, [FT_HF_FIELD_BOS] = {"bos_token_id", 2},
             [FT_HF_FIELD_EOS] = {"eos_token_id", 3}},
};

/* New vocabularies are RoBERTa's, as byte-level ones are. All of its heads have one dense layer, so the
 * tensors of a classifier of texts and of one of tokens have the same names. */
static const struct ft_hf_family modernbert = {
    .class_prefix = "ModernBert",
    .tokenizer_class = "RobertaTokenizer",
    .lm = FT_HEAD_MLM,
    .lm_tensor = "head.dense.weight",
    .text_tensor = "head.dense.weight",
    .act_key = "hidden_activation",
    .act = FT_HF_ACT_GELU,
    .head_act_key = "classifier_activation",
    .pooling_key = "classifier_pooling",
    .keys = {BERT_SIZES(768, 12, 1152),
             [FT_HF_FIELD_VOCAB] = {"vocab_size", 50368},
             [FT_HF_FIELD_LAYERS] = {"num_hidden_layers", 22},
             [FT_HF_FIELD_POSITIONS] = {"max_position_embeddings", 8192},
             [FT_HF_FIELD_NORM_EPS] = {"norm_eps", 1e-5},
             [FT_HF_FIELD_HIDDEN_DROPOUT] = {"mlp_dropout", 0},
             [FT_HF_FIELD_EMBEDDING_DROPOUT] = {"embedding_dropout", 0},
             [FT_HF_FIELD_ATTENTION_DROPOUT] = {"attention_dropout", 0},
             [FT_HF_FIELD_CLASSIFIER_DROPOUT] = {"classifier_dropout", 0},
             [FT_HF_FIELD_TOKEN_DROPOUT] = {NULL, DERIVED},
             [FT_HF_FIELD_QA_DROPOUT] = {NULL, DERIVED},
             [FT_HF_FIELD_LOCAL_ATTENTION] = {"local_attention", 128},
             [FT_HF_FIELD_GLOBAL_EVERY] = {"global_attn_every_n_layers", 3},
             [FT_HF_FIELD_ROPE_THETA] = {"global_rope_theta", 160000},
             [FT_HF_FIELD_ROPE_THETA_LOCAL] = {"local_rope_theta", 10000},
             [FT_HF_FIELD_NORM_BIAS] = {"norm_bias", 0},
             [FT_HF_FIELD_ATTENTION_BIAS] = {"attention_bias", 0},
             [FT_HF_FIELD_FF_BIAS] = {"mlp_bias", 0},
             [FT_HF_FIELD_HEAD_BIAS] = {"classifier_bias", 0},
             [FT_HF_FIELD_LM_OUT_BIAS] = {"decoder_bias", 1},
             [FT_HF_FIELD_INIT_RANGE] = {"initializer_range", 0.02},
             [FT_HF_FIELD_PAD] = {"pad_token_id", 50283},
             [FT_HF_FIELD_BOS] = {"bos_token_id", 50281},
             [FT_HF_FIELD_EOS] = {"eos_token_id", 50282},
             [FT_HF_FIELD_CLS] = {"cls_token_id", 50281},
             [FT_HF_FIELD_SEP] = {"sep_token_id", 50282},
             [FT_HF_FIELD_TIED] = {"tie_word_embeddings", 1},
             [FT_HF_FIELD_ATTN_SCALED] = {NULL, 1}},
};

/* Without classifier_dropout: its key is cls_dropout, and of texts only. config.json of v2 and v3 is the same. */
static const struct ft_hf_family deberta_v2 = {
    .class_prefix = "DebertaV2",
    .tokenizer_class = "BertTokenizer",
    .lm = FT_HEAD_MLM,
    .lm_tensor = "cls.predictions.transform.dense.weight",
    .own_lm_tensor = "lm_predictions.lm_head.dense.weight",
    .text_tensor = "pooler.dense.weight",
    .act_key = "hidden_act",
    .act = FT_HF_ACT_GELU,
    .head_act_key = "pooler_hidden_act",
    .disentangled = true,
    .keys = {BERT_SIZES(1536, 24, 6144),
             BERT_DROPOUTS(0.1),
             BERT_REST,
             [FT_HF_FIELD_NORM_EPS] = {"layer_norm_eps", 1e-7},
             [FT_HF_FIELD_LAYERS] = {"num_hidden_layers", 24},
             [FT_HF_FIELD_VOCAB] = {"vocab_size", 128100},
             [FT_HF_FIELD_TYPES] = {"type_vocab_size", 0},
             [FT_HF_FIELD_EMBED] = {"embedding_size", 0},
             [FT_HF_FIELD_RELATIVE] = {"relative_attention", 0},
             [FT_HF_FIELD_POSITION_BUCKETS] = {"position_buckets", -1},
             [FT_HF_FIELD_RELATIVE_POSITIONS] = {"max_relative_positions", -1},
             [FT_HF_FIELD_POSITIONS_ADDED] = {"position_biased_input", 1},
             [FT_HF_FIELD_SHARED_KEYS] = {"share_att_key", 0},
             [FT_HF_FIELD_OLD_HEAD] = {"legacy", 1},
             [FT_HF_FIELD_CLASSIFIER_DROPOUT] = {"cls_dropout", DERIVED},
             [FT_HF_FIELD_POOLER_DROPOUT] = {"pooler_dropout", 0},
             [FT_HF_FIELD_TOKEN_DROPOUT] = {NULL, FT_HF_HIDDEN_DROPOUT},
             [FT_HF_FIELD_PAD] = {"pad_token_id", 0},
             [FT_HF_FIELD_BOS] = {"bos_token_id", -1},
             [FT_HF_FIELD_EOS] = {"eos_token_id", -1}},
};

const struct ft_hf_family *ft_hf_family(enum ft_family family)
{
    static const struct ft_hf_family *const rows[FT_FAMILY_COUNT] = {
#define X(id, name, word, title) &name,
        FT_FAMILY_LIST(X)
#undef X
    };
    return rows[family];
}

/* What follows the prefix in a class's name; the first of a head is the one that is written. */
static const struct {
    const char *suffix;
    enum ft_head head;
} suffixes[] = {{"ForSequenceClassification", FT_HEAD_CLASSIFY},
                {"ForQuestionAnswering", FT_HEAD_QA},
                {"ForMaskedLM", FT_HEAD_MLM},
                {"ForPreTraining", FT_HEAD_MLM},
                {"LMHeadModel", FT_HEAD_CLM},
                {"DoubleHeadsModel", FT_HEAD_CLM},
                {"ForTokenClassification", FT_HEAD_TOKENS},
                {"ForMultipleChoice", FT_HEAD_CHOICE},
                {"ForNextSentencePrediction", FT_HEAD_NEXT},
                {"Model", FT_HEAD_NONE}};
enum { SUFFIXES = sizeof suffixes / sizeof *suffixes };

char *ft_hf_class_name(enum ft_family family, enum ft_head head)
{
    for (size_t i = 0; i < SUFFIXES; i++)
        if (suffixes[i].head == head)
            return ft_xprintf("%s%s", ft_hf_family(family)->class_prefix, suffixes[i].suffix);
    return NULL;
}

int ft_hf_class_family(const char *class_name)
{
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        const char *prefix = ft_hf_family((enum ft_family)f)->class_prefix;
        if (!strncmp(class_name, prefix, strlen(prefix))) return f;
    }
    return -1;
}

enum ft_head ft_hf_class_head(const char *class_name)
{
    size_t n = strlen(class_name);
    for (size_t i = 0; i < SUFFIXES; i++) {
        size_t k = strlen(suffixes[i].suffix);
        if (n > k && !strcmp(class_name + n - k, suffixes[i].suffix)) return suffixes[i].head;
    }
    return FT_HEAD_NONE;
}
