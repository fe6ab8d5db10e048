/* tokenizer.json to a tokenizer. Each component is looked up by its "type" in a table of what is
 * built; any other one is refused by name. Truncation and padding of the file are not read. */
#include "data/tok_in.h"
#include "util/json.h"

#include <stdlib.h>
#include <string.h>

struct reader {
    struct ft_tok *tok;
    const char *name;
    struct ft_err *err;
};

typedef enum ft_status component_fn(struct reader *r, const cJSON *obj);
struct component {
    const char *type;
    component_fn *read;
};

static const char *text_of(const cJSON *obj, const char *key)
{
    const cJSON *v = ft_json_get(obj, key);

    return cJSON_IsString(v) ? v->valuestring : NULL;
}

static bool flag(const cJSON *obj, const char *key, bool otherwise)
{
    const cJSON *v = ft_json_get(obj, key);

    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : otherwise;
}

static enum ft_status bad(struct reader *r, const char *what)
{
    return ft_fail(r->err, FT_FORMAT, "%s: %s", r->name, what);
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

static enum ft_status component(struct reader *r, const cJSON *obj, const char *slot,
                                const struct component *table, size_t n)
{
    const char *type = text_of(obj, "type");
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

static enum ft_status sequence(struct reader *r, const cJSON *obj, const char *key,
                               component_fn *each)
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

/* Normalizers. */

static enum ft_status add_op(struct reader *r, enum tok_op op)
{
    struct ft_tok *tok = r->tok;

    if (tok->ops_n == TOK_OPS_MAX) {
        return bad(r, "too many normalizers");
    }
    tok->ops[tok->ops_n++] = (uint8_t)op;
    return FT_OK;
}

void tok_bert_ops(struct ft_tok *tok, bool clean, bool cjk, bool accents, bool lower)
{
    static const enum tok_op ops[] = {TOK_OP_CLEAN, TOK_OP_CJK, TOK_OP_NFD, TOK_OP_NONSPACING,
                                      TOK_OP_LOWER};
    const bool wanted[] = {clean, cjk, accents, accents, lower};

    for (size_t i = 0; i < 5; i++) {
        if (wanted[i]) {
            tok->ops[tok->ops_n++] = (uint8_t)ops[i];
        }
    }
}

static enum ft_status normalizer_bert(struct reader *r, const cJSON *obj)
{
    struct ft_tok *tok = r->tok;
    bool lower = flag(obj, "lowercase", true), only = tok->ops_n == 0;

    if (tok->ops_n + 5 > TOK_OPS_MAX) {
        return bad(r, "too many normalizers");
    }
    tok_bert_ops(tok, flag(obj, "clean_text", true), flag(obj, "handle_chinese_chars", true),
                 flag(obj, "strip_accents", lower), lower);
    tok->bert_ops = only ? tok->ops_n : 0;
    tok->bert_follows = !cJSON_IsBool(ft_json_get(obj, "strip_accents"));
    return FT_OK;
}

#define NORMALIZER_LIST(X)                                                                         \
    X(NFD, NFD)                                                                                    \
    X(NFC, NFC)                                                                                    \
    X(NFKD, NFKD)                                                                                  \
    X(NFKC, NFKC)                                                                                  \
    X(StripAccents, MARKS)                                                                         \
    X(Lowercase, LOWER)
#define X(type, op)                                                                                \
    static enum ft_status normalizer_##type(struct reader *r, const cJSON *obj)                    \
    {                                                                                              \
        (void)obj;                                                                                 \
        return add_op(r, TOK_OP_##op);                                                             \
    }
NORMALIZER_LIST(X)
#undef X

static enum ft_status normalizer(struct reader *r, const cJSON *obj);

static enum ft_status normalizer_sequence(struct reader *r, const cJSON *obj)
{
    return sequence(r, obj, "normalizers", normalizer);
}

static enum ft_status normalizer(struct reader *r, const cJSON *obj)
{
    static const struct component table[] = {
        {"BertNormalizer", normalizer_bert},
#define X(type, op) {#type, normalizer_##type},
        NORMALIZER_LIST(X)
#undef X
            {"Sequence", normalizer_sequence},
    };
    return component(r, obj, "normalizer", table, sizeof table / sizeof table[0]);
}

/* Pre-tokenizers: one for each model. */

static enum ft_status pre_bert(struct reader *r, const cJSON *obj)
{
    (void)obj;
    if (r->tok->model != FT_TOK_WORDPIECE) {
        return ft_fail(r->err, FT_UNSUPPORTED,
                       "%s: pre_tokenizer \"BertPreTokenizer\" with a BPE model is not supported; "
                       "expected ByteLevel",
                       r->name);
    }
    return FT_OK;
}

static enum ft_status pre_byte_level(struct reader *r, const cJSON *obj)
{
    if (r->tok->model != FT_TOK_BPE) {
        return ft_fail(r->err, FT_UNSUPPORTED,
                       "%s: pre_tokenizer \"ByteLevel\" with a WordPiece model is not supported; "
                       "expected BertPreTokenizer",
                       r->name);
    }
    r->tok->add_prefix_space = flag(obj, "add_prefix_space", true);
    r->tok->use_regex = flag(obj, "use_regex", true);
    return FT_OK;
}

static enum ft_status pre_tokenizer(struct reader *r, const cJSON *obj)
{
    static const struct component table[] = {
        {"BertPreTokenizer", pre_bert},
        {"ByteLevel", pre_byte_level},
    };
    const char *type = text_of(obj, "type");

    if (!type) {
        return ft_fail(r->err, FT_UNSUPPORTED,
                       "%s: a tokenizer without pre_tokenizer is not supported; expected "
                       "BertPreTokenizer or ByteLevel",
                       r->name);
    }
    if (strcmp(type, "Sequence") == 0) {
        const cJSON *list = ft_json_get(obj, "pretokenizers");
        if (cJSON_IsArray(list) && cJSON_GetArraySize(list) == 1) {
            return pre_tokenizer(r, list->child);
        }
    }
    return component(r, obj, "pre_tokenizer", table, sizeof table / sizeof table[0]);
}

/* Post-processors. */

static enum ft_status post_byte_level(struct reader *r, const cJSON *obj)
{
    if (flag(obj, "trim_offsets", true)) {
        r->tok->trim_offsets = true;
        r->tok->trim_keeps_prefix = flag(obj, "add_prefix_space", true);
    }
    return FT_OK;
}

/* ["[SEP]", 102] */
static int32_t named_id(const cJSON *obj, const char *key)
{
    const cJSON *v = ft_json_get(obj, key);

    return cJSON_IsArray(v) ? id_of(cJSON_GetArrayItem(v, 1)) : -1;
}

static enum ft_status cls_and_sep(struct reader *r, const cJSON *obj, int32_t *cls, int32_t *sep)
{
    *cls = named_id(obj, "cls");
    *sep = named_id(obj, "sep");
    return *cls < 0 || *sep < 0 ? bad(r, "post_processor: cls and sep must be [text, id]") : FT_OK;
}

static enum ft_status post_bert(struct reader *r, const cJSON *obj)
{
    int32_t cls, sep;
    enum ft_status st = cls_and_sep(r, obj, &cls, &sep);

    if (!st) {
        tok_template_bert(r->tok, cls, sep);
    }
    return st;
}

static enum ft_status post_roberta(struct reader *r, const cJSON *obj)
{
    int32_t cls, sep;
    enum ft_status st = cls_and_sep(r, obj, &cls, &sep);

    if (!st) {
        tok_template_roberta(r->tok, cls, sep);
        st = post_byte_level(r, obj);
    }
    return st;
}

static enum ft_status template_special(struct reader *r, struct tok_template *t, const cJSON *piece,
                                       const cJSON *specials)
{
    const char *name = text_of(piece, "id");
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
            return bad(r, "post_processor: a special token's id is not one");
        }
        tok_template_add(t, id_of(item), (unsigned)type);
    }
    return FT_OK;
}

static enum ft_status template_read(struct reader *r, struct tok_template *t, const cJSON *list,
                                    const cJSON *specials, bool pair)
{
    const cJSON *item;
    int seen[2] = {0, 0};

    t->n = 0;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *text = ft_json_get(item, "Sequence"), *sp = ft_json_get(item, "SpecialToken");
        const char *id = text_of(text, "id");
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
            return bad(r,
                       "post_processor: a template item must be a SpecialToken or Sequence A or B");
        }
    }
    if (seen[0] != 1 || seen[1] != (pair ? 1 : 0)) {
        return bad(r, "post_processor: a template must contain each text once");
    }
    return FT_OK;
}

static enum ft_status post_template(struct reader *r, const cJSON *obj)
{
    const cJSON *specials = ft_json_get(obj, "special_tokens");
    enum ft_status st =
        template_read(r, &r->tok->single, ft_json_get(obj, "single"), specials, false);

    return st ? st : template_read(r, &r->tok->pair, ft_json_get(obj, "pair"), specials, true);
}

static enum ft_status post_processor(struct reader *r, const cJSON *obj);

static enum ft_status post_sequence(struct reader *r, const cJSON *obj)
{
    return sequence(r, obj, "processors", post_processor);
}

static enum ft_status post_processor(struct reader *r, const cJSON *obj)
{
    static const struct component table[] = {
        {"TemplateProcessing", post_template}, {"BertProcessing", post_bert},
        {"RobertaProcessing", post_roberta},   {"ByteLevel", post_byte_level},
        {"Sequence", post_sequence},
    };
    return component(r, obj, "post_processor", table, sizeof table / sizeof table[0]);
}

/* Decoders say little that the model does not. */

static enum ft_status decoder_wordpiece(struct reader *r, const cJSON *obj)
{
    r->tok->cleanup = flag(obj, "cleanup", true);
    return FT_OK;
}

static enum ft_status decoder_byte_level(struct reader *r, const cJSON *obj)
{
    (void)r, (void)obj;
    return FT_OK;
}

static enum ft_status decoder(struct reader *r, const cJSON *obj)
{
    static const struct component table[] = {
        {"WordPiece", decoder_wordpiece},
        {"ByteLevel", decoder_byte_level},
    };
    return component(r, obj, "decoder", table, sizeof table / sizeof table[0]);
}

/* Models. */

static enum ft_status read_vocab(struct reader *r, const cJSON *model)
{
    const cJSON *vocab = ft_json_get(model, "vocab"), *item;

    if (!cJSON_IsObject(vocab)) {
        return bad(r, "model: vocab must be an object of token: id");
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

static enum ft_status model_wordpiece(struct reader *r, const cJSON *obj)
{
    struct ft_tok *tok = r->tok;
    const char *prefix = text_of(obj, "continuing_subword_prefix");
    int64_t chars_max = 100;
    enum ft_status st = read_vocab(r, obj);

    if (!st) {
        st = ft_json_i64(obj, "max_input_chars_per_word", 1, 1 << 20, &chars_max, r->name, r->err);
    }
    tok->word_chars_max = (size_t)chars_max;
    tok->prefix = ft_xstrdup(prefix ? prefix : "##");
    tok->unk = vocab_id(tok, text_of(obj, "unk_token") ? text_of(obj, "unk_token") : "[UNK]");
    return st;
}

static enum ft_status read_merges(struct reader *r, const cJSON *list)
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

static enum ft_status model_bpe(struct reader *r, const cJSON *obj)
{
    static const char *const affixes[] = {"continuing_subword_prefix", "end_of_word_suffix"};
    struct ft_tok *tok = r->tok;
    const cJSON *dropout = ft_json_get(obj, "dropout");
    enum ft_status st;

    for (size_t i = 0; i < 2; i++) {
        const char *affix = text_of(obj, affixes[i]);
        if (affix && affix[0]) {
            return ft_fail(r->err, FT_UNSUPPORTED,
                           "%s: model: BPE with %s \"%.40s\" is not supported", r->name, affixes[i],
                           affix);
        }
    }
    if (flag(obj, "byte_fallback", false)) {
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
    tok->unk = vocab_id(tok, text_of(obj, "unk_token"));
    tok->fuse_unk = flag(obj, "fuse_unk", false);
    tok->ignore_merges = flag(obj, "ignore_merges", false);
    return st;
}

bool tok_added_parse(const cJSON *item, struct tok_added *a)
{
    const char *text = cJSON_IsString(item) ? item->valuestring : text_of(item, "content");

    if (!text || !text[0]) {
        return false;
    }
    a->text = text;
    a->len = (uint32_t)strlen(text);
    a->single_word = flag(item, "single_word", a->single_word);
    a->lstrip = flag(item, "lstrip", a->lstrip);
    a->rstrip = flag(item, "rstrip", a->rstrip);
    a->special = flag(item, "special", a->special);
    a->normalized = flag(item, "normalized", a->normalized);
    return true;
}

static enum ft_status read_added(struct reader *r, const cJSON *list)
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
    static const struct component models[] = {{"WordPiece", model_wordpiece}, {"BPE", model_bpe}};
    cJSON *tree = NULL;
    const cJSON *model;
    struct reader r = {.name = name, .err = err};
    const char *type;
    enum ft_status st = ft_json_parse(text, n, name, &tree, err);

    if (st) {
        return st;
    }
    model = ft_json_get(tree, "model");
    type = text_of(model, "type");
    if (!type) { /* files older than the key */
        type = ft_json_get(model, "merges") ? "BPE" : "WordPiece";
        if (cJSON_IsObject(model)) {
            cJSON_AddStringToObject(cJSON_GetObjectItemCaseSensitive(tree, "model"), "type", type);
        }
    }
    *tok = r.tok = tok_new(strcmp(type, "BPE") == 0 ? FT_TOK_BPE : FT_TOK_WORDPIECE);
    r.tok->json = ft_xstrndup(text, n);
    st = cJSON_IsObject(model) ? component(&r, model, "model", models, 2)
                               : bad(&r, "no \"model\"; is this a tokenizer.json?");
    st = st ? st : normalizer(&r, ft_json_get(tree, "normalizer"));
    st = st ? st : pre_tokenizer(&r, ft_json_get(tree, "pre_tokenizer"));
    st = st ? st : read_added(&r, ft_json_get(tree, "added_tokens"));
    st = st ? st : post_processor(&r, ft_json_get(tree, "post_processor"));
    st = st ? st : decoder(&r, ft_json_get(tree, "decoder"));
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
