/* Tokenizers from the files that came before tokenizer.json: vocab.txt, or vocab.json with
 * merges.txt; and the small files next to them, which name the special tokens. */
#include "data/tok_in.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL_FILE_MAX = 16 << 20 };

/* Reads dir/file if it exists. */
static enum ft_status read_small(const char *dir, const char *file, cJSON **tree, char **text,
                                 struct ft_err *err)
{
    char *path = ft_path_join(dir, file);
    size_t n = 0;
    enum ft_status st = FT_OK;

    *tree = NULL;
    if (ft_path_is_file(path)) {
        char *data = NULL;
        st = ft_file_read(path, SMALL_FILE_MAX, &data, &n, err);
        if (!st) {
            st = ft_json_parse(data, n, path, tree, err);
        }
        if (!st && !cJSON_IsObject(*tree)) {
            st = ft_fail(err, FT_FORMAT, "%s: must be a JSON object", path);
            cJSON_Delete(*tree);
            *tree = NULL;
        }
        if (text && !st) {
            free(*text);
            *text = data;
        } else {
            free(data);
        }
    }
    free(path);
    return st;
}

/* What the files of the original models call them. */
static const char *const usual[][FT_TOK_SPECIALS] = {
    [FT_TOK_WORDPIECE] = {[FT_TOK_UNK] = "[UNK]",
                          [FT_TOK_SEP] = "[SEP]",
                          [FT_TOK_PAD] = "[PAD]",
                          [FT_TOK_CLS] = "[CLS]",
                          [FT_TOK_MASK] = "[MASK]"},
    [FT_TOK_BPE] = {[FT_TOK_BOS] = "<s>",
                    [FT_TOK_EOS] = "</s>",
                    [FT_TOK_UNK] = "<unk>",
                    [FT_TOK_SEP] = "</s>",
                    [FT_TOK_PAD] = "<pad>",
                    [FT_TOK_CLS] = "<s>",
                    [FT_TOK_MASK] = "<mask>"},
    [FT_TOK_UNIGRAM] = {[FT_TOK_BOS] = "<s>",
                        [FT_TOK_EOS] = "</s>",
                        [FT_TOK_UNK] = "<unk>",
                        [FT_TOK_SEP] = "[SEP]",
                        [FT_TOK_PAD] = "<pad>",
                        [FT_TOK_CLS] = "[CLS]",
                        [FT_TOK_MASK] = "[MASK]"},
};
/* SentencePiece's models have either these or BERT's. */
static const char *const usual_too[FT_TOK_SPECIALS] = {
    [FT_TOK_BOS] = "[CLS]", [FT_TOK_EOS] = "[SEP]", [FT_TOK_UNK] = "[UNK]",  [FT_TOK_SEP] = "</s>",
    [FT_TOK_PAD] = "[PAD]", [FT_TOK_CLS] = "<s>",   [FT_TOK_MASK] = "<mask>"};
#define END_OF_TEXT "<|endoftext|>"

/* BERT's WordPiece with RoBERTa's special tokens. */
static const char *const of_mpnet[FT_TOK_SPECIALS] = {
    [FT_TOK_BOS] = "<s>",   [FT_TOK_EOS] = "</s>", [FT_TOK_UNK] = "[UNK]",  [FT_TOK_SEP] = "</s>",
    [FT_TOK_PAD] = "<pad>", [FT_TOK_CLS] = "<s>",  [FT_TOK_MASK] = "<mask>"};

static bool is_mpnet(const struct ft_tok *tok)
{
    return tok->model == FT_TOK_WORDPIECE && tok->class_name && strstr(tok->class_name, "MPNet");
}

static int32_t find(const struct ft_tok *tok, const char *text)
{
    return text ? tok_find(tok, text, strlen(text)) : -1;
}

static bool is_gpt2(const struct ft_tok *tok)
{
    return tok->model == FT_TOK_BPE && (find(tok, "<s>") < 0 || find(tok, "</s>") < 0 ||
                                        (tok->class_name && strstr(tok->class_name, "GPT2")));
}

static void guess_specials(struct ft_tok *tok)
{
    bool gpt2 = is_gpt2(tok);

    for (int i = 0; i < FT_TOK_SPECIALS; i++) {
        const char *text = is_mpnet(tok) ? of_mpnet[i] : usual[tok->model][i];
        if (gpt2) {
            text = i == FT_TOK_BOS || i == FT_TOK_EOS || i == FT_TOK_UNK ? END_OF_TEXT : NULL;
        }
        tok->special[i] = find(tok, text);
        if (tok->special[i] < 0 && tok->model == FT_TOK_UNIGRAM) {
            tok->special[i] = find(tok, usual_too[i]);
        }
    }
}

static void read_specials(struct ft_tok *tok, const cJSON *tree)
{
    for (int i = 0; i < FT_TOK_SPECIALS; i++) {
        struct tok_added a = {0};
        if (tok_added_parse(ft_json_get(tree, tok_special_keys[i]), &a)) {
            int32_t id = tok_find(tok, a.text, a.len);
            tok->special[i] = id >= 0 ? id : tok->special[i];
        }
    }
}

static void read_config(struct ft_tok *tok, const cJSON *config)
{
    const cJSON *class = ft_json_get(config, "tokenizer_class");
    const cJSON *max = ft_json_get(config, "model_max_length");

    if (cJSON_IsString(class)) {
        size_t n = strlen(class->valuestring);
        if (n > 4 && ft_ends_with(class->valuestring, n, "Fast")) n -= 4;
        free(tok->class_name);
        tok->class_name = ft_xstrndup(class->valuestring, n);
    }
    if (cJSON_IsNumber(max) && max->valuedouble >= 1 && max->valuedouble < 1e9) {
        tok->length_max = (size_t)max->valuedouble;
    }
}

static void name_specials(struct ft_tok *tok, const cJSON *config, const cJSON *map)
{
    read_config(tok, config);
    guess_specials(tok);
    read_specials(tok, map);
    read_specials(tok, config);
}

enum ft_status tok_side_files(struct ft_tok *tok, const char *dir, struct ft_err *err)
{
    cJSON *config = NULL, *map = NULL;
    enum ft_status st = read_small(dir, "tokenizer_config.json", &config, &tok->config_json, err);

    st = st ? st : read_small(dir, "special_tokens_map.json", &map, &tok->specials_json, err);
    if (!st) {
        st = tok_agree(tok, dir, config, err);
    }
    if (!st) {
        name_specials(tok, config, map);
    }
    cJSON_Delete(config);
    cJSON_Delete(map);
    return st;
}

/* A line of text[*at, n), without its end; false at the end of the text. */
static bool next_line(const char *text, size_t n, size_t *at, const char **line, size_t *len)
{
    const char *stop;

    if (*at >= n) {
        return false;
    }
    *line = text + *at;
    stop = memchr(*line, '\n', n - *at);
    *len = stop ? (size_t)(stop - *line) : n - *at;
    *at += *len + 1;
    if (*len && (*line)[*len - 1] == '\r') {
        --*len;
    }
    return true;
}

static enum ft_status read_vocab_txt(struct ft_tok *tok, const char *path, struct ft_err *err)
{
    char *text = NULL;
    const char *line;
    size_t n = 0, at = 0, len;
    int32_t id = 0;
    enum ft_status st = ft_file_read(path, TOK_FILE_MAX, &text, &n, err);

    while (!st && next_line(text, n, &at, &line, &len)) {
        if (!tok_entry_set(tok, id, line, len)) {
            st = ft_fail(err, FT_FORMAT,
                         "%s: line %d: a line is too long, or there are too many lines", path,
                         (int)id + 1);
            break;
        }
        tok_map_put(&tok->vocab, tok->entries[id].text, len, id);
        id++;
    }
    free(text);
    return st;
}

static enum ft_status read_vocab_json(struct ft_tok *tok, const char *path, struct ft_err *err)
{
    cJSON *tree = NULL, *item;
    enum ft_status st = ft_json_read(path, TOK_FILE_MAX, &tree, err);

    if (!st && !cJSON_IsObject(tree)) {
        st = ft_fail(err, FT_FORMAT, "%s: must be an object of token: id", path);
    }
    for (item = !st ? tree->child : NULL; item && !st; item = item->next) {
        double id = cJSON_IsNumber(item) ? item->valuedouble : -1;
        size_t n = strlen(item->string);
        if (!(id >= 0 && id < TOK_ID_MAX) || !tok_entry_set(tok, (int64_t)id, item->string, n)) {
            st = ft_fail(err, FT_FORMAT, "%s: \"%.80s\" has no valid id", path, item->string);
        } else {
            tok_map_put(&tok->vocab, tok->entries[(int64_t)id].text, n, (int32_t)id);
        }
    }
    cJSON_Delete(tree);
    return st;
}

static enum ft_status read_merges_txt(struct ft_tok *tok, const char *path, struct ft_err *err)
{
    char *text = NULL;
    const char *line, *blank;
    size_t n = 0, at = 0, len, number = 0;
    enum ft_status st = ft_file_read(path, TOK_FILE_MAX, &text, &n, err);

    while (!st && next_line(text, n, &at, &line, &len)) {
        number++;
        if (len == 0 || (len >= 8 && memcmp(line, "#version", 8) == 0)) {
            continue;
        }
        blank = memchr(line, ' ', len);
        if (!blank || memchr(blank + 1, ' ', len - (size_t)(blank + 1 - line))) {
            st = ft_fail(err, FT_FORMAT, "%s: line %zu: expected two tokens separated by one space",
                         path, number);
            break;
        }
        st = tok_merge_add(tok, line, (size_t)(blank - line), blank + 1,
                           len - (size_t)(blank + 1 - line), number, "line", path, err);
    }
    free(text);
    return st;
}

static enum ft_status add_token(struct ft_tok *tok, const struct tok_added *a, const char *dir,
                                struct ft_err *err)
{
    if (a->id < 0 || !tok_added_put(tok, a)) {
        return ft_fail(err, FT_FORMAT, "%s: added token \"%.80s\" has no valid id", dir, a->text);
    }
    return FT_OK;
}

/* A token of the files next to the vocabulary: new, or known under the same id. */
static enum ft_status add_beside(struct ft_tok *tok, const struct tok_added *a, const char *dir,
                                 const char *file, struct ft_err *err)
{
    int32_t known = tok_find(tok, a->text, a->len);
    const struct tok_entry *e = a->id >= 0 && (size_t)a->id < tok->n ? &tok->entries[a->id] : NULL;

    if (known >= 0 && known != a->id) {
        ft_str_addf(&tok->notes,
                    "%s%s: %.80s has the id %d, but %d in the vocabulary, which is used",
                    tok->notes.len ? "; " : "", file, a->text, (int)a->id, (int)known);
        return FT_OK;
    }
    if (e && e->text && known < 0) {
        return ft_fail(
            err, FT_FORMAT,
            "%s: %s: %.80s has the id %d, which is %.80s in the vocabulary; give it another id",
            dir, file, a->text, (int)a->id, e->text);
    }
    return add_token(tok, a, dir, err);
}

/* Special tokens without a role; those of the vocabulary are not split in a text. */
static enum ft_status add_additional(struct ft_tok *tok, const cJSON *list, const char *dir,
                                     struct ft_err *err)
{
    const cJSON *item;
    enum ft_status st = FT_OK;

    cJSON_ArrayForEach(item, list)
    {
        struct tok_added a = {.special = true};
        if (st || !tok_added_parse(item, &a)) {
            continue;
        }
        a.id = tok_find(tok, a.text, a.len);
        if (a.id < 0) {
            ft_str_addf(&tok->notes,
                        "%stokenizer_config.json: the special token %.80s is not in the "
                        "vocabulary; it is ignored",
                        tok->notes.len ? "; " : "", a.text);
        } else if (!tok->entries[a.id].added) {
            a.special = true;
            st = add_token(tok, &a, dir, err);
        }
    }
    return st;
}

enum ft_status tok_read_added(struct ft_tok *tok, const char *dir, const cJSON *config,
                              struct ft_err *err)
{
    cJSON *tree = NULL;
    const cJSON *item;
    enum ft_status st = read_small(dir, "added_tokens.json", &tree, NULL, err);

    for (item = tree ? tree->child : NULL; item && !st; item = item->next) {
        struct tok_added a = {.text = item->string,
                              .len = (uint32_t)strlen(item->string),
                              .id = -1,
                              .normalized = true};
        if (cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble < TOK_ID_MAX) {
            a.id = (int32_t)item->valuedouble;
        }
        int32_t known = tok_find(tok, a.text, a.len);
        if (known < 0 || known != a.id || !tok->entries[known].added) { /* else it adds nothing */
            st = add_beside(tok, &a, dir, "added_tokens.json", err);
        }
    }
    item = ft_json_get(config, "added_tokens_decoder");
    for (item = item ? item->child : NULL; item && !st; item = item->next) {
        struct tok_added a = {.normalized = true, .id = -1};
        long long id;
        if (item->string && ft_parse_i64(item->string, &id) && id >= 0 && id < TOK_ID_MAX &&
            tok_added_parse(item, &a)) {
            a.id = (int32_t)id;
            st = add_beside(tok, &a, dir, "added_tokens_decoder", err);
        }
    }
    st = st ? st : add_additional(tok, ft_json_get(config, "additional_special_tokens"), dir, err);
    cJSON_Delete(tree);
    return st;
}

/* The special tokens are found in a text, too. RoBERTa's mask takes the blank before it. */
static enum ft_status add_specials(struct ft_tok *tok, const cJSON *config, const cJSON *map,
                                   const char *dir, struct ft_err *err)
{
    enum ft_status st = FT_OK;

    for (int i = 0; i < FT_TOK_SPECIALS && !st; i++) {
        struct tok_added a = {.special = true};
        int32_t id = tok->special[i];
        const char *key = tok_special_keys[i];
        if (id < 0 || tok->entries[id].added) {
            continue;
        }
        a.lstrip = i == FT_TOK_MASK && tok->model == FT_TOK_BPE;
        if (!tok_added_parse(ft_json_get(config, key), &a)) {
            tok_added_parse(ft_json_get(map, key), &a);
        }
        a.special = true;
        a.normalized = false;
        a.id = id;
        a.text = tok->entries[id].text;
        a.len = tok->entries[id].len;
        st = add_token(tok, &a, dir, err);
    }
    return st;
}

static bool config_flag(const cJSON *config, const char *key, bool otherwise)
{
    const cJSON *v = ft_json_get(config, key);

    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : otherwise;
}

static void set_up_bert(struct ft_tok *tok, const cJSON *config)
{
    bool lower = config_flag(config, "do_lower_case", true);

    tok->prefix = ft_xstrdup("##");
    tok->unk = tok->special[FT_TOK_UNK];
    tok_bert_ops(tok, true, config_flag(config, "tokenize_chinese_chars", true),
                 config_flag(config, "strip_accents", lower), lower);
    if (tok->special[FT_TOK_CLS] >= 0 && tok->special[FT_TOK_SEP] >= 0) {
        (is_mpnet(tok) ? tok_template_roberta : tok_template_bert)(tok, tok->special[FT_TOK_CLS],
                                                                   tok->special[FT_TOK_SEP]);
    }
}

static void set_up_bpe(struct ft_tok *tok, const cJSON *config)
{
    bool gpt2 = is_gpt2(tok);

    tok->add_prefix_space = config_flag(config, "add_prefix_space", false);
    tok->trim_offsets = !gpt2 && config_flag(config, "trim_offsets", true);
    tok->trim_keeps_prefix = tok->add_prefix_space;
    if (!gpt2 && tok->special[FT_TOK_CLS] >= 0 && tok->special[FT_TOK_SEP] >= 0) {
        tok_template_roberta(tok, tok->special[FT_TOK_CLS], tok->special[FT_TOK_SEP]);
    }
}

enum ft_status tok_set_up(struct ft_tok *tok, const cJSON *config, const cJSON *map,
                          const char *name, struct ft_err *err)
{
    enum ft_status st;

    name_specials(tok, config, map);
    st = add_specials(tok, config, map, name, err);
    if (st) {
        return st;
    }
    if (tok->model == FT_TOK_WORDPIECE) {
        set_up_bert(tok, config);
    } else {
        set_up_bpe(tok, config);
    }
    return FT_OK;
}

enum ft_status tok_files_load(struct ft_tok **tok, const char *dir, struct ft_err *err)
{
    char *txt = ft_path_join(dir, "vocab.txt"), *json = ft_path_join(dir, "vocab.json"),
         *merges = ft_path_join(dir, "merges.txt");
    cJSON *config = NULL, *map = NULL;
    char *config_text = NULL;
    enum tok_source from = ft_path_is_file(txt)    ? TOK_FROM_TXT
                           : ft_path_is_file(json) ? TOK_FROM_MERGES
                                                   : TOK_FROM_NOTHING;
    enum ft_status st = read_small(dir, "tokenizer_config.json", &config, &config_text, err);

    st = st ? st : tok_check_class(dir, config, from, err);
    if (st) {
        /* said */
    } else if (from == TOK_FROM_TXT) {
        *tok = tok_new(FT_TOK_WORDPIECE);
        st = read_vocab_txt(*tok, txt, err);
    } else if (from == TOK_FROM_MERGES) {
        *tok = tok_new(FT_TOK_BPE);
        st = read_vocab_json(*tok, json, err);
        st = st ? st : read_merges_txt(*tok, merges, err);
    } else {
        st = ft_fail(err, FT_NOTFOUND,
                     "%s: no tokenizer found: expected tokenizer.json, vocab.txt, vocab.json with "
                     "merges.txt, or a SentencePiece model (spiece.model, "
                     "sentencepiece.bpe.model, spm.model)",
                     dir);
    }
    if (!st) {
        (*tok)->config_json = config_text;
        config_text = NULL;
    }
    st = st ? st : read_small(dir, "special_tokens_map.json", &map, &(*tok)->specials_json, err);
    st = st ? st : tok_read_added(*tok, dir, config, err);
    st = st ? st : tok_set_up(*tok, config, map, dir, err);
    free(config_text);
    cJSON_Delete(config);
    cJSON_Delete(map);
    free(txt);
    free(json);
    free(merges);
    return st;
}
