/* Tokenizer files as Hugging Face's classes write them. What came from files goes back as it came,
 * but for truncation and padding; what was not there is made from the tables. */
#include "data/tok_in.h"
#include "util/fs.h"
#include "util/json.h"

#include <stdlib.h>
#include <string.h>

static cJSON *parse(const char *text)
{
    return text ? cJSON_Parse(text) : NULL;
}

static void set_null(cJSON *tree, const char *key)
{
    cJSON_DeleteItemFromObjectCaseSensitive(tree, key);
    cJSON_AddNullToObject(tree, key);
}

static void add_text(cJSON *obj, const char *key, const char *value)
{
    cJSON_AddItemToObject(obj, key, cJSON_CreateString(value));
}

static cJSON *component(const char *type)
{
    cJSON *obj = cJSON_CreateObject();

    add_text(obj, "type", type);
    return obj;
}

static bool has_op(const struct ft_tok *tok, enum tok_op op)
{
    return memchr(tok->ops, (int)op, tok->ops_n) != NULL;
}

/* Only for tokenizers that did not come from a tokenizer.json: BertNormalizer or none. */
static cJSON *normalizer(const struct ft_tok *tok)
{
    cJSON *obj;

    if (tok->ops_n == 0) {
        return cJSON_CreateNull();
    }
    obj = component("BertNormalizer");
    cJSON_AddBoolToObject(obj, "clean_text", has_op(tok, TOK_OP_CLEAN));
    cJSON_AddBoolToObject(obj, "handle_chinese_chars", has_op(tok, TOK_OP_CJK));
    if (has_op(tok, TOK_OP_NONSPACING) == has_op(tok, TOK_OP_LOWER)) {
        cJSON_AddNullToObject(obj, "strip_accents");
    } else {
        cJSON_AddBoolToObject(obj, "strip_accents", has_op(tok, TOK_OP_NONSPACING));
    }
    cJSON_AddBoolToObject(obj, "lowercase", has_op(tok, TOK_OP_LOWER));
    return obj;
}

static cJSON *byte_level(bool prefix, bool trim, bool regex)
{
    cJSON *obj = component("ByteLevel");

    cJSON_AddBoolToObject(obj, "add_prefix_space", prefix);
    cJSON_AddBoolToObject(obj, "trim_offsets", trim);
    cJSON_AddBoolToObject(obj, "use_regex", regex);
    return obj;
}

static cJSON *template_list(const struct ft_tok *tok, const struct tok_template *t)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < t->n; i++) {
        struct tok_piece p = t->items[i];
        cJSON *outer = cJSON_CreateObject(), *inner = cJSON_CreateObject();
        add_text(inner, "id",
                 p.id >= 0             ? tok->entries[p.id].text
                 : p.id == TOK_PIECE_A ? "A"
                                       : "B");
        cJSON_AddNumberToObject(inner, "type_id", p.type_id);
        cJSON_AddItemToObject(outer, p.id >= 0 ? "SpecialToken" : "Sequence", inner);
        cJSON_AddItemToArray(list, outer);
    }
    return list;
}

static cJSON *template_specials(const struct ft_tok *tok)
{
    cJSON *all = cJSON_CreateObject();

    for (size_t i = 0; i < tok->pair.n; i++) {
        int32_t id = tok->pair.items[i].id;
        if (id < 0 || cJSON_GetObjectItemCaseSensitive(all, tok->entries[id].text)) {
            continue;
        }
        const char *text = tok->entries[id].text;
        cJSON *obj = cJSON_AddObjectToObject(all, text);
        add_text(obj, "id", text);
        cJSON_AddItemToObject(obj, "ids", cJSON_CreateIntArray(&id, 1));
        cJSON_AddItemToObject(obj, "tokens", cJSON_CreateStringArray(&text, 1));
    }
    return all;
}

static cJSON *text_and_id(const struct ft_tok *tok, int32_t id)
{
    cJSON *list = cJSON_CreateArray();

    cJSON_AddItemToArray(list, cJSON_CreateString(tok->entries[id].text));
    cJSON_AddItemToArray(list, cJSON_CreateNumber(id));
    return list;
}

static cJSON *post_processor(const struct ft_tok *tok)
{
    cJSON *obj;

    if (tok->single.n == 1) {
        return tok->model == FT_TOK_BPE ? byte_level(true, tok->trim_offsets, true)
                                        : cJSON_CreateNull();
    }
    if (tok->model == FT_TOK_BPE) {
        obj = component("RobertaProcessing");
        cJSON_AddItemToObject(obj, "sep", text_and_id(tok, tok->special[FT_TOK_SEP]));
        cJSON_AddItemToObject(obj, "cls", text_and_id(tok, tok->special[FT_TOK_CLS]));
        cJSON_AddBoolToObject(obj, "trim_offsets", tok->trim_offsets);
        cJSON_AddBoolToObject(obj, "add_prefix_space", tok->add_prefix_space);
        return obj;
    }
    obj = component("TemplateProcessing");
    cJSON_AddItemToObject(obj, "single", template_list(tok, &tok->single));
    cJSON_AddItemToObject(obj, "pair", template_list(tok, &tok->pair));
    cJSON_AddItemToObject(obj, "special_tokens", template_specials(tok));
    return obj;
}

static cJSON *added_tokens(const struct ft_tok *tok)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t id = 0; id < tok->n; id++) { /* in order of ids, as the library wants them */
        for (size_t i = 0; tok->entries[id].added && i < tok->added_n; i++) {
            const struct tok_added *a = &tok->added[i];
            if ((size_t)a->id != id) {
                continue;
            }
            cJSON *obj = cJSON_CreateObject();
            cJSON_AddNumberToObject(obj, "id", a->id);
            add_text(obj, "content", a->text);
            cJSON_AddBoolToObject(obj, "single_word", a->single_word);
            cJSON_AddBoolToObject(obj, "lstrip", a->lstrip);
            cJSON_AddBoolToObject(obj, "rstrip", a->rstrip);
            cJSON_AddBoolToObject(obj, "normalized", a->normalized);
            cJSON_AddBoolToObject(obj, "special", a->special);
            cJSON_AddItemToArray(list, obj);
        }
    }
    return list;
}

static bool in_vocab(const struct ft_tok *tok, size_t id)
{
    const struct tok_entry *e = &tok->entries[id];

    return e->text &&
           tok_map_get(&tok->vocab, tok_hash(e->text, e->len), e->text, e->len) == (int32_t)id;
}

static cJSON *vocab_object(const struct ft_tok *tok)
{
    cJSON *vocab = cJSON_CreateObject();

    for (size_t id = 0; id < tok->n; id++) {
        if (in_vocab(tok, id)) {
            cJSON_AddNumberToObject(vocab, tok->entries[id].text, (double)id);
        }
    }
    return vocab;
}

static cJSON *model(const struct ft_tok *tok)
{
    bool bpe = tok->model == FT_TOK_BPE;
    cJSON *obj = component(bpe ? "BPE" : "WordPiece");

    if (bpe) {
        cJSON_AddNullToObject(obj, "dropout");
        cJSON_AddNullToObject(obj, "unk_token");
        add_text(obj, "continuing_subword_prefix", "");
        add_text(obj, "end_of_word_suffix", "");
        cJSON_AddBoolToObject(obj, "fuse_unk", tok->fuse_unk);
        cJSON_AddBoolToObject(obj, "byte_fallback", false);
        cJSON_AddBoolToObject(obj, "ignore_merges", tok->ignore_merges);
    } else {
        add_text(obj, "unk_token", tok->entries[tok->unk].text);
        add_text(obj, "continuing_subword_prefix", tok->prefix);
        cJSON_AddNumberToObject(obj, "max_input_chars_per_word", (double)tok->word_chars_max);
    }
    cJSON_AddItemToObject(obj, "vocab", vocab_object(tok));
    if (bpe) {
        cJSON *list = cJSON_AddArrayToObject(obj, "merges");
        for (size_t i = 0; i < tok->merge_list_n; i++) {
            const char *pair[2] = {tok->entries[tok->merge_list[i].a].text,
                                   tok->entries[tok->merge_list[i].b].text};
            cJSON_AddItemToArray(list, cJSON_CreateStringArray(pair, 2));
        }
    }
    return obj;
}

static cJSON *made_json(const struct ft_tok *tok)
{
    bool bpe = tok->model == FT_TOK_BPE;
    cJSON *tree = cJSON_CreateObject(), *decoder;

    add_text(tree, "version", "1.0");
    cJSON_AddNullToObject(tree, "truncation");
    cJSON_AddNullToObject(tree, "padding");
    cJSON_AddItemToObject(tree, "added_tokens", added_tokens(tok));
    cJSON_AddItemToObject(tree, "normalizer", normalizer(tok));
    cJSON_AddItemToObject(tree, "pre_tokenizer",
                          bpe ? byte_level(tok->add_prefix_space, true, tok->use_regex)
                              : component("BertPreTokenizer"));
    cJSON_AddItemToObject(tree, "post_processor", post_processor(tok));
    decoder = bpe ? byte_level(true, true, true) : component("WordPiece");
    if (!bpe) {
        add_text(decoder, "prefix", tok->prefix);
        cJSON_AddBoolToObject(decoder, "cleanup", tok->cleanup);
    }
    cJSON_AddItemToObject(tree, "decoder", decoder);
    cJSON_AddItemToObject(tree, "model", model(tok));
    return tree;
}

static cJSON *special_names(const struct ft_tok *tok)
{
    cJSON *obj = cJSON_CreateObject();

    for (int i = 0; i < FT_TOK_SPECIALS; i++) {
        if (tok->special[i] >= 0) {
            add_text(obj, tok_special_keys[i], tok->entries[tok->special[i]].text);
        }
    }
    return obj;
}

static cJSON *made_config(const struct ft_tok *tok)
{
    cJSON *obj = special_names(tok);

    add_text(obj, "tokenizer_class", ft_tok_class(tok));
    if (tok->byte_level) {
        cJSON_AddBoolToObject(obj, "add_prefix_space", tok->add_prefix_space);
    } else if (tok->model == FT_TOK_WORDPIECE) {
        cJSON_AddBoolToObject(obj, "do_lower_case", has_op(tok, TOK_OP_LOWER));
        cJSON_AddBoolToObject(obj, "tokenize_chinese_chars", has_op(tok, TOK_OP_CJK));
        cJSON_AddItemToObject(obj, "strip_accents", cJSON_CreateNull());
        if (has_op(tok, TOK_OP_NONSPACING) != has_op(tok, TOK_OP_LOWER)) {
            cJSON_ReplaceItemInObjectCaseSensitive(
                obj, "strip_accents", cJSON_CreateBool(has_op(tok, TOK_OP_NONSPACING)));
        }
    }
    if (tok->length_max) {
        cJSON_AddNumberToObject(obj, "model_max_length", (double)tok->length_max);
    }
    return obj;
}

/* A padding token that was set after loading belongs in the files, too. */
static void note_pad(const struct ft_tok *tok, cJSON *tree)
{
    int32_t pad = tok->special[FT_TOK_PAD];

    if (pad >= 0 && !cJSON_GetObjectItemCaseSensitive(tree, "pad_token")) {
        add_text(tree, "pad_token", tok->entries[pad].text);
    }
}

static enum ft_status write_text(const char *dir, const char *file, const char *text, size_t n,
                                 struct ft_err *err)
{
    char *path = ft_path_join(dir, file);
    enum ft_status st = ft_file_write(path, text, n, err);

    free(path);
    return st;
}

static enum ft_status write_pretty(const char *dir, const char *file, cJSON *tree,
                                   struct ft_err *err)
{
    struct ft_str s = {0};
    enum ft_status st;

    ft_json_pretty(&s, tree);
    st = write_text(dir, file, ft_str_text(&s), s.len, err);
    ft_str_release(&s);
    cJSON_Delete(tree);
    return st;
}

/* Restores the settings of tokenizer.json that the files next to it overrode. */
static void bring_up_to_date(const struct ft_tok *tok, cJSON *tree)
{
    cJSON *pre = cJSON_GetObjectItemCaseSensitive(tree, "pre_tokenizer");

    cJSON_DeleteItemFromObjectCaseSensitive(tree, "added_tokens");
    cJSON_AddItemToObject(tree, "added_tokens", added_tokens(tok));
    if (tok->bert_ops) {
        cJSON_DeleteItemFromObjectCaseSensitive(tree, "normalizer");
        cJSON_AddItemToObject(tree, "normalizer", normalizer(tok));
    }
    if (tok->byte_level && !tok->pre_n) {
        cJSON *list = cJSON_GetObjectItemCaseSensitive(pre, "pretokenizers");
        pre = list && list->child ? list->child : pre;
        cJSON_DeleteItemFromObjectCaseSensitive(pre, "add_prefix_space");
        cJSON_AddBoolToObject(pre, "add_prefix_space", tok->add_prefix_space);
    }
}

cJSON *tok_json_tree(const struct ft_tok *tok)
{
    cJSON *tree = parse(tok->json);

    if (!tree) {
        return made_json(tok);
    }
    set_null(tree, "truncation");
    set_null(tree, "padding");
    if (tok->changed) {
        bring_up_to_date(tok, tree);
    }
    return tree;
}

static enum ft_status write_tokenizer_json(const struct ft_tok *tok, const char *dir,
                                           struct ft_err *err)
{
    cJSON *tree = tok_json_tree(tok);
    char *text;
    enum ft_status st;

    text = cJSON_PrintUnformatted(tree);
    st = text ? write_text(dir, "tokenizer.json", text, strlen(text), err)
              : ft_fail(err, FT_NOMEM, "%s: no memory for tokenizer.json", dir);
    free(text);
    cJSON_Delete(tree);
    return st;
}

static enum ft_status write_vocab(const struct ft_tok *tok, const char *dir, struct ft_err *err)
{
    struct ft_str s = {0};
    enum ft_status st;

    if (tok->model != FT_TOK_WORDPIECE && !tok->byte_level) {
        const char *name;
        bool made = tok_spm_text(tok, &name, &s);
        st = made ? write_text(dir, name, ft_str_text(&s), s.len, err) : FT_OK;
    } else if (tok->model == FT_TOK_BPE) {
        bool first = true;
        ft_str_addc(&s, '{');
        for (size_t id = 0; id < tok->n; id++) {
            if (in_vocab(tok, id)) {
                ft_str_addz(&s, first ? "" : ",");
                ft_json_add_str(&s, tok->entries[id].text, tok->entries[id].len);
                ft_str_addf(&s, ":%zu", id);
                first = false;
            }
        }
        ft_str_addc(&s, '}');
        st = write_text(dir, "vocab.json", s.data, s.len, err);
        ft_str_clear(&s);
        ft_str_addz(&s, "#version: 0.2\n");
        for (size_t i = 0; i < tok->merge_list_n; i++) {
            ft_str_addf(&s, "%s %s\n", tok->entries[tok->merge_list[i].a].text,
                        tok->entries[tok->merge_list[i].b].text);
        }
        st = st ? st : write_text(dir, "merges.txt", s.data, s.len, err);
    } else {
        for (size_t id = 0; id < tok->n; id++) {
            ft_str_addf(&s, "%s\n", tok->entries[id].text ? tok->entries[id].text : "");
        }
        st = write_text(dir, "vocab.txt", ft_str_text(&s), s.len, err);
    }
    ft_str_release(&s);
    return st;
}

enum ft_status ft_tok_save(const struct ft_tok *tok, const char *dir, struct ft_err *err)
{
    cJSON *config = parse(tok->config_json), *specials = parse(tok->specials_json);
    enum ft_status st;

    config = config ? config : made_config(tok);
    specials = specials ? specials : special_names(tok);
    note_pad(tok, config);
    note_pad(tok, specials);
    st = write_pretty(dir, "tokenizer_config.json", config, err);
    if (st) {
        cJSON_Delete(specials);
        return st;
    }
    st = write_pretty(dir, "special_tokens_map.json", specials, err);
    st = st ? st : write_vocab(tok, dir, err);
    return st ? st : write_tokenizer_json(tok, dir, err);
}
