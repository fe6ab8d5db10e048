/* Settings of the files next to tokenizer.json that differ from it. As in transformers,
 * tokenizer_config.json counts for the flags that its class has, and added_tokens.json and
 * added_tokens_decoder add to the vocabulary; every disagreement is noted. A class whose words are
 * found in another way than in these files is refused. */
#include "data/tok_in.h"
#include "util/fs.h"
#include "util/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_FILE_MAX = 16 << 20 };

/* Classes that read vocab.txt as BERT does, and vocab.json with merges.txt as GPT-2 does. */
static const char *const of_wordpiece[] = {
    "Bert",        "DistilBert", "Electra", "MPNet",     "MobileBert",        "ConvBert",
    "SqueezeBert", "LayoutLM",   "Lxmert",  "RetriBert", "DPRContextEncoder", "DPRQuestionEncoder",
    "DPRReader"};
static const char *const of_bpe[] = {"GPT2", "Roberta", "Longformer", "Bart", "LED"};
/* They use the setting of tokenizer.json. */
static const char *const generic[] = {"PreTrained", "TokenizersBackend"};
/* These too, if that file exists. */
static const char *const known[] = {"Albert",   "XLMRoberta", "DebertaV2", "Deberta",
                                    "Funnel",   "Camembert",  "Barthez",   "T5",
                                    "Splinter", "Qwen2",      "GPTNeoX"};
/* They split words by programs or rules of their own, whatever files lie there. */
static const char *const other[] = {"BertJapanese", "Bertweet", "Phobert", "Cpm",  "RoFormer",
                                    "BioGpt",       "Flaubert", "XLM",     "CTRL", "ProphetNet"};
#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* The name without "Tokenizer" and "Fast" at its end is in the list. */
static bool among(const char *class_name, const char *const *list, size_t n)
{
    size_t len = strlen(class_name);
    static const char *const ends[] = {"Fast", "Tokenizer"};

    for (size_t i = 0; i < 2; i++) {
        size_t k = strlen(ends[i]);
        len -= len > k && memcmp(class_name + len - k, ends[i], k) == 0 ? k : 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (strlen(list[i]) == len && memcmp(class_name, list[i], len) == 0) {
            return true;
        }
    }
    return false;
}

static const char *text_of(const cJSON *obj, const char *key)
{
    const cJSON *v = ft_json_get(obj, key);

    return cJSON_IsString(v) && v->valuestring[0] ? v->valuestring : NULL;
}

static enum ft_status refuse(const char *dir, const char *class_name, const char *how,
                             struct ft_err *err)
{
    return ft_fail(
        err, FT_UNSUPPORTED,
        "%s: tokenizer_class %s%s%s%s is not supported, only the "
        "WordPiece of "
        "BERT, the byte-level BPE of RoBERTa and GPT-2, and SentencePiece; choose another model",
        dir, class_name, how ? " (" : "", how ? how : "", how ? ")" : "");
}

static enum ft_status check_class(const char *dir, const char *class_name, const cJSON *config,
                                  enum tok_source from, struct ft_err *err)
{
    const char *words = text_of(config, "word_tokenizer_type");
    bool wordpiece = among(class_name, of_wordpiece, COUNT(of_wordpiece));
    bool bpe = among(class_name, of_bpe, COUNT(of_bpe));

    if ((words && strcmp(words, "basic") != 0) || among(class_name, other, COUNT(other))) {
        return refuse(dir, class_name, words, err);
    }
    if (from == TOK_FROM_JSON || among(class_name, generic, COUNT(generic)) ||
        (from == TOK_FROM_TXT && wordpiece) || (from == TOK_FROM_MERGES && bpe)) {
        return FT_OK;
    }
    if ((wordpiece || bpe) && from == TOK_FROM_NOTHING) {
        return ft_fail(err, FT_NOTFOUND,
                       "%s: no tokenizer found: expected tokenizer.json, or %s, which "
                       "tokenizer_class %s reads",
                       dir, wordpiece ? "vocab.txt" : "vocab.json with merges.txt", class_name);
    }
    if (wordpiece || bpe) {
        return ft_fail(err, FT_FORMAT, "%s: tokenizer_class %s needs %s, which is missing", dir,
                       class_name, wordpiece ? "vocab.txt" : "vocab.json with merges.txt");
    }
    return refuse(dir, class_name, NULL, err);
}

enum ft_status tok_check_class(const char *dir, const cJSON *config, enum tok_source from,
                               struct ft_err *err)
{
    const char *class_name = text_of(config, "tokenizer_class");
    char *path = ft_path_join(dir, "config.json");
    cJSON *model = NULL;
    enum ft_status st = FT_OK;

    /* older folders name it there; a broken file is reported where it is read as a model's */
    if (!class_name && ft_path_is_file(path) &&
        !ft_json_read(path, CONFIG_FILE_MAX, &model, NULL)) {
        class_name = text_of(model, "tokenizer_class");
    }
    if (class_name || text_of(config, "word_tokenizer_type")) {
        st = check_class(dir, class_name ? class_name : "(none)", config, from, err);
    }
    cJSON_Delete(model);
    free(path);
    return st;
}

static void note(struct ft_tok *tok, const char *file, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void note(struct ft_tok *tok, const char *file, const char *fmt, ...)
{
    va_list args;
    char text[400];

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    ft_str_addf(&tok->notes, "%s%s: %s", tok->notes.len ? "; " : "", file, text);
}

#define CONFIG "tokenizer_config.json"

static bool has_op(const struct ft_tok *tok, enum tok_op op)
{
    return memchr(tok->ops, (int)op, tok->ops_n) != NULL;
}

static const char *word(bool value)
{
    return value ? "true" : "false";
}

/* The config's value of a flag that is `is` in tokenizer.json; a note if they differ. */
static bool overruled(struct ft_tok *tok, const cJSON *config, const char *key, bool is,
                      bool counts)
{
    const cJSON *v = ft_json_get(config, key);

    if (!cJSON_IsBool(v) || cJSON_IsTrue(v) == is) {
        return is;
    }
    note(tok, CONFIG, "%s is %s, but tokenizer.json has %s; %s is used", key, word(!is), word(is),
         counts ? CONFIG : "tokenizer.json");
    return counts ? !is : is;
}

static void agree_bert(struct ft_tok *tok, const cJSON *config, bool counts)
{
    const cJSON *strip = ft_json_get(config, "strip_accents");
    bool clean = has_op(tok, TOK_OP_CLEAN), accents = has_op(tok, TOK_OP_NONSPACING);

    counts = counts && tok->bert_ops && tok->bert_ops == tok->ops_n;
    bool lower = overruled(tok, config, "do_lower_case", has_op(tok, TOK_OP_LOWER), counts);
    bool cjk = overruled(tok, config, "tokenize_chinese_chars", has_op(tok, TOK_OP_CJK), counts);
    if (!cJSON_IsBool(strip)) { /* default: do_lower_case */
        accents = counts && (strip || tok->bert_follows) ? lower : accents;
    } else {
        accents = overruled(tok, config, "strip_accents", accents, counts);
    }
    if (!counts) {
        return;
    }
    tok->changed = tok->changed || lower != has_op(tok, TOK_OP_LOWER) ||
                   cjk != has_op(tok, TOK_OP_CJK) || accents != has_op(tok, TOK_OP_NONSPACING);
    tok->ops_n = 0;
    tok_bert_ops(tok, clean, cjk, accents, lower);
}

static void agree_bpe(struct ft_tok *tok, const cJSON *config, bool counts)
{
    bool prefix = overruled(tok, config, "add_prefix_space", tok->add_prefix_space, counts);

    if (prefix != tok->add_prefix_space) {
        tok->changed = true;
        tok->add_prefix_space = prefix;
        tok->trim_keeps_prefix =
            tok->trim_offsets && tok->single.n > 1 ? prefix : tok->trim_keeps_prefix;
    }
}

/* The special tokens by name: each must be in the vocabulary, and be the one that is used. */
static void agree_specials(struct ft_tok *tok, const cJSON *config)
{
    for (int i = 0; i < FT_TOK_SPECIALS; i++) {
        struct tok_added a = {0};
        int32_t used = i == FT_TOK_UNK && tok->model == FT_TOK_WORDPIECE ? tok->unk
                       : i == FT_TOK_CLS && tok->single.n > 1            ? tok->single.items[0].id
                       : i == FT_TOK_SEP && tok->single.n > 1
                           ? tok->single.items[tok->single.n - 1].id
                           : -1;
        if (!tok_added_parse(ft_json_get(config, tok_special_keys[i]), &a)) {
            continue;
        }
        int32_t id = tok_find(tok, a.text, a.len);
        if (id < 0) {
            note(tok, CONFIG, "%s is %.80s, which is not in the vocabulary; it is ignored",
                 tok_special_keys[i], a.text);
        } else if (used >= 0 && id != used && (size_t)used < tok->n && tok->entries[used].text) {
            note(tok, CONFIG, "%s is %.80s, but tokenizer.json has %.80s; tokenizer.json is used",
                 tok_special_keys[i], a.text, tok->entries[used].text);
        }
    }
}

enum ft_status tok_agree(struct ft_tok *tok, const char *dir, const cJSON *config,
                         struct ft_err *err)
{
    const char *class_name = text_of(config, "tokenizer_class");
    bool wordpiece = class_name && among(class_name, of_wordpiece, COUNT(of_wordpiece));
    bool bpe = class_name && among(class_name, of_bpe, COUNT(of_bpe));
    size_t before = tok->added_n;
    enum ft_status st = tok_check_class(dir, config, TOK_FROM_JSON, err);

    st = st ? st : tok_read_added(tok, dir, config, err);
    if (st) {
        return st;
    }
    tok->changed = tok->changed || tok->added_n != before;
    if ((wordpiece && tok->model != FT_TOK_WORDPIECE) || (bpe && tok->model != FT_TOK_BPE)) {
        note(tok, CONFIG,
             "tokenizer_class is %s, but tokenizer.json has a %s model; tokenizer.json is used",
             class_name,
             tok->model == FT_TOK_BPE       ? "BPE"
             : tok->model == FT_TOK_UNIGRAM ? "Unigram"
                                            : "WordPiece");
        wordpiece = bpe = false;
    }
    if (class_name && !among(class_name, known, COUNT(known)) && !wordpiece && !bpe &&
        !among(class_name, generic, COUNT(generic)) &&
        !among(class_name, of_wordpiece, COUNT(of_wordpiece)) &&
        !among(class_name, of_bpe, COUNT(of_bpe))) {
        note(tok, CONFIG, "tokenizer_class %.80s is not known; tokenizer.json is used", class_name);
    }
    if (tok->model == FT_TOK_WORDPIECE) {
        agree_bert(tok, config, wordpiece);
    } else if (tok->byte_level) {
        agree_bpe(tok, config, bpe);
    }
    agree_specials(tok, config);
    return FT_OK;
}
