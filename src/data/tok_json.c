/* tokenizer.json to a tokenizer. Each component is looked up by its "type" in a table of what is
 * built; any other one is refused by name. Truncation and padding of the file are not read. */
#include "data/tok_json_in.h"
#include "util/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *tok_json_text(const cJSON *obj, const char *key)
{
    const cJSON *v = ft_json_get(obj, key);

    return cJSON_IsString(v) ? v->valuestring : NULL;
}

bool tok_json_flag(const cJSON *obj, const char *key, bool otherwise)
{
    const cJSON *v = ft_json_get(obj, key);

    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : otherwise;
}

enum ft_status tok_json_bad(struct tok_reader *r, const char *what)
{
    return ft_fail(r->err, FT_FORMAT, "%s: %s", r->name, what);
}

enum ft_status tok_component(struct tok_reader *r, const cJSON *obj, const char *slot,
                             const struct tok_component *table, size_t n)
{
    const char *type = tok_json_text(obj, "type");
    char names[256] = "";

    if (!obj || cJSON_IsNull(obj)) {
        return FT_OK;
    }
    for (size_t i = 0; i < n; i++) {
        if (type && strcmp(type, table[i].type) == 0) {
            return table[i].read(r, obj);
        }
        size_t at = strlen(names);
        size_t len = strlen(table[i].type);
        if (at + len + 3 < sizeof names) {
            memcpy(names + at, i ? ", " : "", i ? 2 : 0);
            memcpy(names + at + (i ? 2 : 0), table[i].type, len + 1);
        }
    }
    return ft_fail(r->err, FT_UNSUPPORTED, "%s: %s \"%s\" is not supported; expected %s", r->name,
                   slot, type ? type : "(no type)", names);
}

enum ft_status tok_sequence(struct tok_reader *r, const cJSON *obj, const char *key,
                            tok_component_fn *each)
{
    const cJSON *list = ft_json_get(obj, key), *item;
    enum ft_status st = FT_OK;

    if (!cJSON_IsArray(list)) {
        return ft_fail(r->err, FT_FORMAT, "%s: a Sequence without a list of %s", r->name, key);
    }
    cJSON_ArrayForEach(item, list)
    {
        st = st ? st : each(r, item);
    }
    return st;
}

/* An integer in [0, TOK_ID_MAX), or -1. */
static int32_t id_of(const cJSON *v)
{
    if (!cJSON_IsNumber(v) || !(v->valuedouble >= 0 && v->valuedouble < TOK_ID_MAX) ||
        v->valuedouble != (double)(int32_t)v->valuedouble) {
        return -1;
    }
    return (int32_t)v->valuedouble;
}

/* Post-processors. */

static enum ft_status post_byte_level(struct tok_reader *r, const cJSON *obj)
{
    if (tok_json_flag(obj, "trim_offsets", true)) {
        r->tok->trim_offsets = true;
        r->tok->trim_keeps_prefix = tok_json_flag(obj, "add_prefix_space", true);
    }
    return FT_OK;
}

/* ["[SEP]", 102] */
static int32_t named_id(const cJSON *obj, const char *key)
{
    const cJSON *v = ft_json_get(obj, key);

    return cJSON_IsArray(v) ? id_of(cJSON_GetArrayItem(v, 1)) : -1;
}

static enum ft_status cls_and_sep(struct tok_reader *r, const cJSON *obj, int32_t *cls,
                                  int32_t *sep)
{
    *cls = named_id(obj, "cls");
    *sep = named_id(obj, "sep");
    return *cls < 0 || *sep < 0 ? tok_json_bad(r, "post_processor: cls and sep must be [text, id]")
                                : FT_OK;
}

static enum ft_status post_bert(struct tok_reader *r, const cJSON *obj)
{
    int32_t cls, sep;
    enum ft_status st = cls_and_sep(r, obj, &cls, &sep);

    if (!st) {
        tok_template_bert(r->tok, cls, sep);
    }
    return st;
}

static enum ft_status post_roberta(struct tok_reader *r, const cJSON *obj)
{
    int32_t cls, sep;
    enum ft_status st = cls_and_sep(r, obj, &cls, &sep);

    if (!st) {
        tok_template_roberta(r->tok, cls, sep);
        st = post_byte_level(r, obj);
    }
    return st;
}

static enum ft_status template_special(struct tok_reader *r, struct tok_template *t,
                                       const cJSON *piece, const cJSON *specials)
{
    const char *name = tok_json_text(piece, "id");
    const cJSON *ids = name ? ft_json_get(ft_json_get(specials, name), "ids") : NULL, *item;
    int32_t type = id_of(ft_json_get(piece, "type_id"));

    if (!cJSON_IsArray(ids) || type < 0 || type > 255) {
        return ft_fail(r->err, FT_FORMAT,
                       "%s: post_processor: special token \"%s\" has no ids or type", r->name,
                       name ? name : "");
    }
    cJSON_ArrayForEach(item, ids)
    {
        if (id_of(item) < 0 || t->n > 64) {
            return tok_json_bad(r, "post_processor: a special token's id is not one");
        }
        tok_template_add(t, id_of(item), (unsigned)type);
    }
    return FT_OK;
}

static enum ft_status template_read(struct tok_reader *r, struct tok_template *t, const cJSON *list,
                                    const cJSON *specials, bool pair)
{
    const cJSON *item;
    int seen[2] = {0, 0};

    t->n = 0;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *text = ft_json_get(item, "Sequence"), *sp = ft_json_get(item, "SpecialToken");
        const char *id = tok_json_text(text, "id");
        int32_t type = id_of(ft_json_get(text, "type_id"));
        if (sp) {
            enum ft_status st = template_special(r, t, sp, specials);
            if (st) {
                return st;
            }
        } else if (id && type >= 0 && type <= 255 &&
                   (!strcmp(id, "A") || (pair && !strcmp(id, "B")))) {
            seen[id[0] == 'B']++;
            tok_template_add(t, id[0] == 'A' ? TOK_PIECE_A : TOK_PIECE_B, (unsigned)type);
        } else {
            return tok_json_bad(
                r, "post_processor: a template item must be a SpecialToken or Sequence A or B");
        }
    }
    if (seen[0] != 1 || seen[1] != (pair ? 1 : 0)) {
        return tok_json_bad(r, "post_processor: a template must contain each text once");
    }
    return FT_OK;
}

static enum ft_status post_template(struct tok_reader *r, const cJSON *obj)
{
    const cJSON *specials = ft_json_get(obj, "special_tokens");
    enum ft_status st =
        template_read(r, &r->tok->single, ft_json_get(obj, "single"), specials, false);

    return st ? st : template_read(r, &r->tok->pair, ft_json_get(obj, "pair"), specials, true);
}

static enum ft_status post_processor(struct tok_reader *r, const cJSON *obj);

static enum ft_status post_sequence(struct tok_reader *r, const cJSON *obj)
{
    return tok_sequence(r, obj, "processors", post_processor);
}

static enum ft_status post_processor(struct tok_reader *r, const cJSON *obj)
{
    static const struct tok_component table[] = {
        {"TemplateProcessing", post_template}, {"BertProcessing", post_bert},
        {"RobertaProcessing", post_roberta},   {"ByteLevel", post_byte_level},
        {"Sequence", post_sequence},
    };
    return tok_component(r, obj, "post_processor", table, sizeof table / sizeof table[0]);
}

/* Models. */

static enum ft_status read_vocab(struct tok_reader *r, const cJSON *model)
{
    const cJSON *vocab = ft_json_get(model, "vocab"), *item;

    if (!cJSON_IsObject(vocab)) {
        return tok_json_bad(r, "model: vocab must be an object of token: id");
    }
    cJSON_ArrayForEach(item, vocab)
    {
        int32_t id = id_of(item);
        size_t n = strlen(item->string);
        if (id < 0 || !tok_entry_set(r->tok, id, item->string, n)) {
            return ft_fail(r->err, FT_FORMAT, "%s: model: vocab: \"%.80s\" has no valid id",
                           r->name, item->string);
        }
        tok_map_put(&r->tok->vocab, r->tok->entries[id].text, n, id);
    }
    return FT_OK;
}

static int32_t vocab_id(const struct ft_tok *tok, const char *text)
{
    size_t n = text ? strlen(text) : 0;

    return text ? tok_map_get(&tok->vocab, tok_hash(text, n), text, n) : -1;
}

static enum ft_status model_wordpiece(struct tok_reader *r, const cJSON *obj)
{
    struct ft_tok *tok = r->tok;
    const char *prefix = tok_json_text(obj, "continuing_subword_prefix");
    int64_t chars_max = 100;
    enum ft_status st = read_vocab(r, obj);

    if (!st) {
        st = ft_json_i64(obj, "max_input_chars_per_word", 1, 1 << 20, &chars_max, r->name, r->err);
    }
    tok->word_chars_max = (size_t)chars_max;
    tok->prefix = ft_xstrdup(prefix ? prefix : "##");
    tok->unk =
        vocab_id(tok, tok_json_text(obj, "unk_token") ? tok_json_text(obj, "unk_token") : "[UNK]");
    return st;
}

static enum ft_status read_merges(struct tok_reader *r, const cJSON *list)
{
    const cJSON *item;
    size_t at = 0;
    enum ft_status st = FT_OK;

    cJSON_ArrayForEach(item, list)
    {
        const char *a = NULL, *b = NULL;
        size_t an = 0;
        at++;
        if (cJSON_IsString(item)) {
            a = item->valuestring;
            b = strchr(a, ' ');
            an = b ? (size_t)(b - a) : 0;
            b = b && !strchr(b + 1, ' ') ? b + 1 : NULL;
        } else if (cJSON_IsArray(item) && cJSON_GetArraySize(item) == 2) {
            const cJSON *x = item->child, *y = x->next;
            a = cJSON_IsString(x) ? x->valuestring : NULL;
            b = a && cJSON_IsString(y) ? y->valuestring : NULL;
            an = a ? strlen(a) : 0;
        }
        if (!b) {
            return ft_fail(r->err, FT_FORMAT, "%s: merge %zu is not a pair of tokens", r->name, at);
        }
        st = tok_merge_add(r->tok, a, an, b, strlen(b), at, "merge", r->name, r->err);
        if (st) {
            return st;
        }
    }
    return st;
}

static enum ft_status add_piece(struct tok_reader *r, const char *text, double score, size_t at)
{
    struct ft_tok *tok = r->tok;
    size_t n = strlen(text);

    if (!isfinite(score)) {
        return ft_fail(r->err, FT_FORMAT,
                       "%s: model: vocab: the score of piece %zu is not a number", r->name, at);
    }
    if (!tok_entry_set(tok, (int64_t)at, text, n)) {
        return ft_fail(r->err, FT_FORMAT,
                       "%s: model: vocab: piece %zu is too long, or there are "
                       "too many pieces",
                       r->name, at);
    }
    tok_map_put(&tok->vocab, tok->entries[at].text, n, (int32_t)at);
    ft_grow(&tok->scores, &tok->scores_cap, at + 1, sizeof *tok->scores);
    tok->scores[at] = score;
    tok->scores_n = at + 1;
    return FT_OK;
}

static enum ft_status model_unigram(struct tok_reader *r, const cJSON *obj)
{
    const cJSON *vocab = ft_json_get(obj, "vocab"), *item;
    size_t at = 0;
    enum ft_status st = FT_OK;

    if (!cJSON_IsArray(vocab)) {
        return tok_json_bad(r, "model: vocab must be a list of [piece, score]");
    }
    for (item = vocab->child; item && !st; item = item->next, at++) {
        const cJSON *text = cJSON_IsArray(item) ? item->child : NULL;
        const cJSON *score = text ? text->next : NULL;
        if (!cJSON_IsString(text) || !cJSON_IsNumber(score) || score->next) {
            return ft_fail(r->err, FT_FORMAT, "%s: model: vocab: entry %zu is not [piece, score]",
                           r->name, at);
        }
        st = add_piece(r, text->valuestring, score->valuedouble, at);
    }
    r->tok->unk = id_of(ft_json_get(obj, "unk_id"));
    r->tok->byte_fallback = tok_json_flag(obj, "byte_fallback", false);
    return st;
}

static enum ft_status model_bpe(struct tok_reader *r, const cJSON *obj)
{
    static const char *const affixes[] = {"continuing_subword_prefix", "end_of_word_suffix"};
    struct ft_tok *tok = r->tok;
    const cJSON *dropout = ft_json_get(obj, "dropout");
    enum ft_status st;

    for (size_t i = 0; i < 2; i++) {
        const char *affix = tok_json_text(obj, affixes[i]);
        if (affix && affix[0]) {
            return ft_fail(r->err, FT_UNSUPPORTED,
                           "%s: model: BPE with %s \"%.40s\" is not supported", r->name, affixes[i],
                           affix);
        }
    }
    if (tok_json_flag(obj, "byte_fallback", false)) {
        return ft_fail(r->err, FT_UNSUPPORTED, "%s: model: BPE with byte_fallback is not supported",
                       r->name);
    }
    if (cJSON_IsNumber(dropout) && dropout->valuedouble > 0) {
        return ft_fail(r->err, FT_UNSUPPORTED, "%s: model: BPE with dropout is not supported",
                       r->name);
    }
    st = read_vocab(r, obj);
    if (!st) {
        st = read_merges(r, ft_json_get(obj, "merges"));
    }
    tok->unk = vocab_id(tok, tok_json_text(obj, "unk_token"));
    tok->fuse_unk = tok_json_flag(obj, "fuse_unk", false);
    tok->ignore_merges = tok_json_flag(obj, "ignore_merges", false);
    return st;
}

bool tok_added_parse(const cJSON *item, struct tok_added *a)
{
    const char *text = cJSON_IsString(item) ? item->valuestring : tok_json_text(item, "content");

    if (!text || !text[0]) {
        return false;
    }
    a->text = text;
    a->len = (uint32_t)strlen(text);
    a->single_word = tok_json_flag(item, "single_word", a->single_word);
    a->lstrip = tok_json_flag(item, "lstrip", a->lstrip);
    a->rstrip = tok_json_flag(item, "rstrip", a->rstrip);
    a->special = tok_json_flag(item, "special", a->special);
    a->normalized = tok_json_flag(item, "normalized", a->normalized);
    return true;
}

static enum ft_status read_added(struct tok_reader *r, const cJSON *list)
{
    const cJSON *item;
    size_t at = 0;

    cJSON_ArrayForEach(item, list)
    {
        struct tok_added a = {.normalized = true, .id = id_of(ft_json_get(item, "id"))};
        int32_t known;
        bool good = ++at <= 100000 && a.id >= 0 && tok_added_parse(item, &a);
        if (good && (known = vocab_id(r->tok, a.text)) >= 0) {
            a.id = known; /* the model's own id counts, as in the library */
        }
        if (!good || !tok_added_put(r->tok, &a)) {
            return ft_fail(r->err, FT_FORMAT, "%s: added token %zu needs an id and a content",
                           r->name, at);
        }
    }
    return FT_OK;
}

enum ft_status tok_json_parse(struct ft_tok **tok, const char *text, size_t n, const char *name,
                              struct ft_err *err)
{
    static const struct tok_component models[] = {
        {"WordPiece", model_wordpiece}, {"BPE", model_bpe}, {"Unigram", model_unigram}};
    cJSON *tree = NULL;
    const cJSON *model;
    struct tok_reader r = {.name = name, .err = err};
    const char *type;
    enum ft_status st = ft_json_parse(text, n, name, &tree, err);

    if (st) {
        return st;
    }
    model = ft_json_get(tree, "model");
    type = tok_json_text(model, "type");
    if (!type) { /* files older than the key */
        type = ft_json_get(model, "merges")   ? "BPE"
               : ft_json_get(model, "unk_id") ? "Unigram"
                                              : "WordPiece";
        if (cJSON_IsObject(model)) {
            cJSON_AddStringToObject(cJSON_GetObjectItemCaseSensitive(tree, "model"), "type", type);
        }
    }
    *tok = r.tok = tok_new(strcmp(type, "BPE") == 0       ? FT_TOK_BPE
                           : strcmp(type, "Unigram") == 0 ? FT_TOK_UNIGRAM
                                                          : FT_TOK_WORDPIECE);
    r.tok->json = ft_xstrndup(text, n);
    st = cJSON_IsObject(model) ? tok_component(&r, model, "model", models, 3)
                               : tok_json_bad(&r, "no \"model\"; is this a tokenizer.json?");
    st = st ? st : tok_read_normalizer(&r, ft_json_get(tree, "normalizer"));
    st = st ? st : tok_read_pre_tokenizer(&r, ft_json_get(tree, "pre_tokenizer"));
    st = st ? st : read_added(&r, ft_json_get(tree, "added_tokens"));
    st = st ? st : post_processor(&r, ft_json_get(tree, "post_processor"));
    st = st ? st : tok_read_decoder(&r, ft_json_get(tree, "decoder"));
    for (size_t i = 0; !st && i < r.tok->single.n + r.tok->pair.n; i++) {
        int32_t id =
            (i < r.tok->single.n ? r.tok->single.items[i] : r.tok->pair.items[i - r.tok->single.n])
                .id;
        if (id >= 0 && ((size_t)id >= r.tok->n || !r.tok->entries[id].text)) {
            st = ft_fail(err, FT_FORMAT, "%s: post_processor: no token has the id %d", name,
                         (int)id);
        }
    }
    cJSON_Delete(tree);
    return st;
}
