/* See known_models.h. Sources: config.json, the model card and the list of files of each model on
 * huggingface.co. Parameters are not in the table: they follow from the sizes. */
#include "engine/model/known_models.h"

#include "data/hf_config.h"
#include "util/kinds.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define APACHE "apache-2.0"
#define SMALL_BERT "bert", APACHE, "English", "uncased"
#define DEBERTA "deberta-v2", "mit" /* fp16 files */
#define ETTIN "modernbert", "mit", "English, code", "cased"
static const struct ft_known_model models[] = {
/*   id, also; family, licence, language, casing; use;
     layers, hidden, heads, ff, vocab, positions, types; download_mb; columns of the embeddings, 0: as hidden; speed. The most useful on a CPU first. */
    {"distilbert-base-uncased", "distilbert/distilbert-base-uncased",
     "distilbert", APACHE, "English", "uncased", "classification on a CPU: a good start",
     6, 768, 12, 3072, 30522, 512, 0, 269, 0, 2.1},
    {"sentence-transformers/all-MiniLM-L6-v2", NULL,
     SMALL_BERT, "fast classification, similarity of texts",
     6, 384, 12, 1536, 30522, 512, 2, 92, 0, 7.4},
    {"bert-base-uncased", "google-bert/bert-base-uncased",
     "bert", APACHE, "English", "uncased", "classification, question answering",
     12, 768, 12, 3072, 30522, 512, 2, 441, 0, 1},
    {"distilroberta-base", "distilbert/distilroberta-base",
     "roberta", APACHE, "English", "cased", "classification; capitals matter",
     6, 768, 12, 3072, 50265, 514, 1, 334, 0, 0},
    {"roberta-base", "FacebookAI/roberta-base",
     "roberta", "mit", "English", "cased", "higher scores than BERT of the same size",
     12, 768, 12, 3072, 50265, 514, 1, 502, 0, 0.97},
    {"distilbert-base-cased", "distilbert/distilbert-base-cased",
     "distilbert", APACHE, "English", "cased", "question answering; capitals matter",
     6, 768, 12, 3072, 28996, 512, 0, 264, 0, 2.1},
    {"bert-base-cased", "google-bert/bert-base-cased",
     "bert", APACHE, "English", "cased", "question answering; capitals matter",
     12, 768, 12, 3072, 28996, 512, 2, 436, 0, 1},
    {"distilbert-base-multilingual-cased", "distilbert/distilbert-base-multilingual-cased",
     "distilbert", APACHE, "104 languages", "cased", "other languages than English, smaller",
     6, 768, 12, 3072, 119547, 512, 0, 545, 0, 2.1},
    {"bert-base-multilingual-cased", "google-bert/bert-base-multilingual-cased",
     "bert", APACHE, "104 languages", "cased", "other languages than English",
     12, 768, 12, 3072, 119547, 512, 2, 717, 0, 1},
    {"bert-base-multilingual-uncased", "google-bert/bert-base-multilingual-uncased",
     "bert", APACHE, "102 languages", "uncased", "other languages than English",
     12, 768, 12, 3072, 105879, 512, 2, 675, 0, 1},
    {"dbmdz/bert-base-german-cased", NULL,
     "bert", "mit", "German", "cased", "classification of German text",
     12, 768, 12, 3072, 31102, 512, 2, 442, 0, 1},
    {"distilgpt2", "distilbert/distilgpt2",
     "gpt2", APACHE, "English", "cased", "text generation, faster",
     6, 768, 12, 3072, 50257, 1024, 0, 356, 0, 0},
    {"gpt2", "openai-community/gpt2",
     "gpt2", "mit", "English", "cased", "text generation",
     12, 768, 12, 3072, 50257, 1024, 0, 551, 0, 0},
    {"microsoft/MiniLM-L12-H384-uncased", NULL,
     "bert", "mit", "English", "uncased", "classification, half the time of DistilBERT",
     12, 384, 12, 1536, 30522, 512, 2, 134, 0, 0},
    {"sentence-transformers/all-MiniLM-L12-v2", NULL,
     SMALL_BERT, "similarity of texts, classification",
     12, 384, 12, 1536, 30522, 512, 2, 134, 0, 0},
    {"microsoft/xtremedistil-l6-h256-uncased", NULL,
     "bert", "mit", "English", "uncased", "fast classification",
     6, 256, 8, 1024, 30522, 512, 2, 52, 0, 0},
    {"google/bert_uncased_L-2_H-128_A-2", NULL,
     SMALL_BERT, "BERT tiny: first tries, very fast",
     2, 128, 2, 512, 30522, 512, 2, 18, 0, 0},
    {"google/bert_uncased_L-4_H-256_A-4", NULL,
     SMALL_BERT, "BERT mini: fast classification",
     4, 256, 4, 1024, 30522, 512, 2, 45, 0, 0},
    {"google/bert_uncased_L-4_H-512_A-8", NULL,
     SMALL_BERT, "BERT small: fast classification",
     4, 512, 8, 2048, 30522, 512, 2, 116, 0, 0},
    {"google/bert_uncased_L-8_H-512_A-8", NULL,
     SMALL_BERT, "BERT medium: classification on a CPU",
     8, 512, 8, 2048, 30522, 512, 2, 167, 0, 0},
    {"google/electra-small-discriminator", NULL,
     "electra", APACHE, "English", "uncased", "classification, faster than DistilBERT",
     12, 256, 4, 1024, 30522, 512, 2, 54, 128, 7.3},
    {"google/electra-base-discriminator", NULL,
     "electra", APACHE, "English", "uncased", "higher scores than BERT of the same size",
     12, 768, 12, 3072, 30522, 512, 2, 440, 0, 0.96},
    {"sentence-transformers/all-mpnet-base-v2", NULL,
     "mpnet", APACHE, "English", "uncased", "similarity of texts, classification",
     12, 768, 12, 3072, 30527, 514, 0, 438, 0, 0.97},
    {"albert-base-v2", "albert/albert-base-v2",
     "albert", APACHE, "English", "uncased", "a small file, as slow as BERT",
     12, 768, 12, 3072, 30000, 512, 2, 47, 128, 1},
    {"answerdotai/ModernBERT-base", NULL,
     "modernbert", APACHE, "English, code", "cased", "long texts; higher scores than BERT",
     22, 768, 12, 1152, 50368, 8192, 0, 602, 0, 0.73},
    {"jhu-clsp/ettin-encoder-17m", NULL,
     ETTIN, "long texts, very fast classification",
     7, 256, 4, 384, 50368, 7999, 0, 71, 0, 19},
    {"jhu-clsp/ettin-encoder-32m", NULL,
     ETTIN, "long texts, fast classification",
     10, 384, 6, 576, 50368, 7999, 0, 132, 0, 5.9},
    {"jhu-clsp/ettin-encoder-68m", NULL,
     ETTIN, "long texts, classification on a CPU",
     19, 512, 8, 768, 50368, 7999, 0, 277, 0, 1.8},
    {"jhu-clsp/ettin-encoder-150m", NULL,
     ETTIN, "long texts; higher scores than BERT",
     22, 768, 12, 1152, 50368, 7999, 0, 602, 0, 0.73},
    {"microsoft/deberta-v3-xsmall", NULL,
     DEBERTA, "English", "cased", "scores of larger models; a large vocabulary",
     12, 384, 6, 1536, 128100, 512, 0, 145, 0, 0},
    {"microsoft/deberta-v3-small", NULL,
     DEBERTA, "English", "cased", "high scores, less time than BERT",
     6, 768, 12, 3072, 128100, 512, 0, 289, 0, 1.8},
    {"microsoft/deberta-v3-base", NULL,
     DEBERTA, "English", "cased", "highest scores of its size, slower than BERT",
     12, 768, 12, 3072, 128100, 512, 0, 374, 0, 0.85},
    {"microsoft/mdeberta-v3-base", NULL,
     DEBERTA, "100 languages", "cased", "other languages than English, higher scores",
     12, 768, 12, 3072, 251000, 512, 0, 564, 0, 0.85},
    {"xlm-roberta-base", "FacebookAI/xlm-roberta-base",
     "xlm-roberta", "mit", "100 languages", "cased", "other languages than English, higher scores",
     12, 768, 12, 3072, 250002, 514, 1, 1116, 0, 0.97},
    {"bert-large-uncased", "google-bert/bert-large-uncased",
     "bert", APACHE, "English", "uncased", "higher scores, slow on a CPU",
     24, 1024, 16, 4096, 30522, 512, 2, 1345, 0, 0},
    {"answerdotai/ModernBERT-large", NULL,
     "modernbert", APACHE, "English, code", "cased", "long texts; highest scores, slow on a CPU",
     28, 1024, 16, 2624, 50368, 8192, 0, 1587, 0, 0},
    {"roberta-large", "FacebookAI/roberta-large",
     "roberta", "mit", "English", "cased", "highest scores, slow on a CPU",
     24, 1024, 16, 4096, 50265, 514, 1, 1424, 0, 0},
    {"gpt2-medium", "openai-community/gpt2-medium",
     "gpt2", "mit", "English", "cased", "better text generation, slow on a CPU",
     24, 1024, 16, 4096, 50257, 1024, 0, 1523, 0, 0},
};
/* clang-format on */
enum { MODELS = sizeof models / sizeof *models };

size_t ft_known_models_count(void)
{
    return MODELS;
}

const struct ft_known_model *ft_known_model_at(size_t i)
{
    return i < MODELS ? &models[i] : NULL;
}

static bool is_named(const struct ft_known_model *k, const char *id)
{
    return !strcmp(k->id, id) || (k->also && !strcmp(k->also, id));
}

const struct ft_known_model *ft_known_model(const char *id)
{
    for (size_t i = 0; i < MODELS; i++)
        if (is_named(&models[i], id)) return &models[i];
    return NULL;
}

/* --- search --- */

static bool has_word(const struct ft_known_model *k, const char *word)
{
    const char *const texts[] = {k->id,       k->also,   k->family, k->licence,
                                 k->language, k->casing, k->use};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i] && strcasestr(texts[i], word)) return true;
    return false;
}

static bool begins(const char *id, const char *typed)
{
    return id && !strncasecmp(id, typed, strlen(typed));
}

/* 0: the id itself, 1: it begins so, also behind its organisation, 2: it contains the text, 3: all
 * words are found somewhere, 4: not all. */
static int rank(const struct ft_known_model *k, const char *typed)
{
    const char *slash = strchr(k->id, '/');
    if (!strcasecmp(k->id, typed) || (k->also && !strcasecmp(k->also, typed))) return 0;
    if (begins(k->id, typed) || begins(k->also, typed) || (slash && begins(slash + 1, typed)))
        return 1;
    if (strcasestr(k->id, typed) || (k->also && strcasestr(k->also, typed))) return 2;
    char *words = ft_xstrdup(typed), *rest = words;
    bool all = true;
    for (char *word; all && (word = strsep(&rest, " \t"));)
        all = !*word || has_word(k, word);
    free(words);
    return all ? 3 : 4;
}

size_t ft_known_models_find(const char *typed, size_t *order)
{
    int ranks[MODELS];
    size_t n = 0;
    typed += strspn(typed, " \t");
    for (size_t i = 0; i < MODELS; i++)
        ranks[i] = *typed ? rank(&models[i], typed) : 3;
    for (int r = 0; r <= 3; r++)
        for (size_t i = 0; i < MODELS; i++)
            if (ranks[i] == r) order[n++] = i;
    return n;
}

/* --- before it is here --- */

enum ft_status ft_known_model_facts(struct ft_model_facts *f, const struct ft_known_model *k,
                                    const struct ft_model_ask *ask, struct ft_err *err)
{
    struct ft_hf_config c;
    int family = ft_family_parse(k->family);
    if (family < 0)
        return ft_fail(err, FT_UNSUPPORTED, "%s: model_type \"%s\" is not supported", k->id,
                       k->family);
    ft_hf_config_init(&c, (enum ft_family)family);
    c.layers = k->layers;
    c.hidden_size = k->hidden;
    c.heads = k->heads;
    c.intermediate_size = k->ff;
    c.vocab_size = k->vocab;
    c.positions = k->positions;
    if (k->types) c.type_vocab_size = k->types;
    ft_hf_disentangled_published(&c);
    if (c.embedding_size) c.embedding_size = k->embed ? k->embed : k->hidden;
    enum ft_status st = ft_hf_config_check(&c, err);
    if (!st) st = ft_model_facts_plan(f, k->id, &c, ask, err);
    ft_hf_config_release(&c);
    return st;
}
