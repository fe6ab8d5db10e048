/* tokenizer.json's normalizers, pre-tokenizers and decoders; what is not in their tables is refused
 * by name. */
#include "data/tok_json_in.h"
#include "util/base64.h"
#include "util/json.h"

#include <stdlib.h>
#include <string.h>

/* Normalizers. */

static enum ft_status add_op(struct tok_reader *r, enum tok_op op)
{
    struct ft_tok *tok = r->tok;

    if (tok->ops_n == TOK_OPS_MAX) {
        return tok_json_bad(r, "too many normalizers");
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

static enum ft_status normalizer_bert(struct tok_reader *r, const cJSON *obj)
{
    struct ft_tok *tok = r->tok;
    bool lower = tok_json_flag(obj, "lowercase", true), only = tok->ops_n == 0;

    if (tok->ops_n + 5 > TOK_OPS_MAX) {
        return tok_json_bad(r, "too many normalizers");
    }
    tok_bert_ops(tok, tok_json_flag(obj, "clean_text", true),
                 tok_json_flag(obj, "handle_chinese_chars", true),
                 tok_json_flag(obj, "strip_accents", lower), lower);
    tok->bert_ops = only ? tok->ops_n : 0;
    tok->bert_follows = !cJSON_IsBool(ft_json_get(obj, "strip_accents"));
    return FT_OK;
}

/* Adds an operation that has arguments; *arg gets them, in place. */
static enum ft_status add_arg_op(struct tok_reader *r, enum tok_op op, struct tok_op_arg **arg)
{
    struct ft_tok *tok = r->tok;
    enum ft_status st = add_op(r, op);

    if (st) {
        return st;
    }
    if (!tok->args) {
        tok->args = ft_xcalloc(TOK_OPS_MAX, sizeof *tok->args);
    }
    *arg = &tok->args[tok->ops_n - 1];
    return FT_OK;
}

/* {"String": ..} or {"Regex": ..}, or a text. */
static enum ft_status read_pattern(struct tok_reader *r, const cJSON *obj, const char *slot,
                                   struct tok_pattern *p)
{
    const cJSON *v = ft_json_get(obj, "pattern");
    const char *text = cJSON_IsString(v) ? v->valuestring : tok_json_text(v, "String");
    const char *regex = tok_json_text(v, "Regex");

    if (!text && !regex) {
        return ft_fail(r->err, FT_FORMAT, "%s: %s: a pattern must be a String or a Regex", r->name,
                       slot);
    }
    if (text ? !tok_pattern_text(p, text, strlen(text))
             : !tok_pattern_regex(p, regex, strlen(regex))) {
        return ft_fail(r->err, FT_UNSUPPORTED, "%s: %s: the pattern \"%.80s\" is not supported",
                       r->name, slot, text ? text : regex);
    }
    return FT_OK;
}

static void keep_text(struct tok_reader *r, struct tok_op_arg *a, const char *text)
{
    a->text_n = strlen(text);
    a->text = ft_arena_strndup(&r->tok->arena, text, a->text_n);
}

static enum ft_status normalizer_replace(struct tok_reader *r, const cJSON *obj)
{
    struct tok_op_arg *a = NULL;
    const char *content = tok_json_text(obj, "content");
    enum ft_status st = add_arg_op(r, TOK_OP_REPLACE, &a);

    st = st ? st : read_pattern(r, obj, "normalizer Replace", &a->pattern);
    if (!st && (!content || a->pattern.gpt2)) {
        st = tok_json_bad(r, "normalizer Replace needs a content and a pattern of characters");
    }
    if (!st) {
        keep_text(r, a, content);
    }
    return st;
}

static enum ft_status normalizer_prepend(struct tok_reader *r, const cJSON *obj)
{
    struct tok_op_arg *a = NULL;
    const char *text = tok_json_text(obj, "prepend");
    enum ft_status st = add_arg_op(r, TOK_OP_PREPEND, &a);

    if (!st && !text) {
        st = tok_json_bad(r, "normalizer Prepend has no text");
    }
    if (!st) {
        keep_text(r, a, text);
    }
    return st;
}

static enum ft_status normalizer_strip(struct tok_reader *r, const cJSON *obj)
{
    struct tok_op_arg *a = NULL;
    enum ft_status st = add_arg_op(r, TOK_OP_STRIP, &a);

    if (!st) {
        a->left = tok_json_flag(obj, "strip_left", true);
        a->right = tok_json_flag(obj, "strip_right", true);
    }
    return st;
}

static enum ft_status normalizer_precompiled(struct tok_reader *r, const cJSON *obj)
{
    struct tok_op_arg *a = NULL;
    const char *text = tok_json_text(obj, "precompiled_charsmap");
    uint8_t *bytes = NULL;
    size_t n = 0;
    enum ft_status st = add_arg_op(r, TOK_OP_CHARSMAP, &a);

    if (!st && text && !ft_base64_decode(text, strlen(text), &bytes, &n)) {
        st = tok_json_bad(r, "normalizer Precompiled: precompiled_charsmap is not base64");
    }
    st = st ? st : tok_charsmap_parse(&a->map, bytes, n, r->name, r->err);
    free(bytes);
    return st;
}

#define NORMALIZER_LIST(X)                                                                         \
    X(NFD, NFD)                                                                                    \
    X(NFC, NFC)                                                                                    \
    X(NFKD, NFKD)                                                                                  \
    X(NFKC, NFKC)                                                                                  \
    X(StripAccents, MARKS)                                                                         \
    X(Lowercase, LOWER)
#define X(type, op)                                                                                \
    static enum ft_status normalizer_##type(struct tok_reader *r, const cJSON *obj)                \
    {                                                                                              \
        (void)obj;                                                                                 \
        return add_op(r, TOK_OP_##op);                                                             \
    }
NORMALIZER_LIST(X)
#undef X

static enum ft_status normalizer(struct tok_reader *r, const cJSON *obj);

static enum ft_status normalizer_sequence(struct tok_reader *r, const cJSON *obj)
{
    return tok_sequence(r, obj, "normalizers", normalizer);
}

static enum ft_status normalizer(struct tok_reader *r, const cJSON *obj)
{
    static const struct tok_component table[] = {
        {"BertNormalizer", normalizer_bert},
#define X(type, op) {#type, normalizer_##type},
        NORMALIZER_LIST(X)
#undef X
            {"Replace", normalizer_replace},
        {"Prepend", normalizer_prepend},
        {"Strip", normalizer_strip},
        {"Precompiled", normalizer_precompiled},
        {"Sequence", normalizer_sequence},
    };
    return tok_component(r, obj, "normalizer", table, sizeof table / sizeof table[0]);
}

enum ft_status tok_read_normalizer(struct tok_reader *r, const cJSON *obj)
{
    return normalizer(r, obj);
}

/* Pre-tokenizers: BERT's for WordPiece; steps for the others, where a ByteLevel ends them. */

static enum ft_status pre_bert(struct tok_reader *r, const cJSON *obj)
{
    (void)obj;
    if (r->tok->model != FT_TOK_WORDPIECE) {
        return ft_fail(r->err, FT_UNSUPPORTED,
                       "%s: pre_tokenizer \"BertPreTokenizer\" with this model is not supported; "
                       "expected ByteLevel or Metaspace",
                       r->name);
    }
    return FT_OK;
}

static enum ft_status pre_byte_level(struct tok_reader *r, const cJSON *obj)
{
    struct ft_tok *tok = r->tok;

    if (tok->model != FT_TOK_BPE || tok->byte_level) {
        return ft_fail(r->err, FT_UNSUPPORTED,
                       "%s: pre_tokenizer \"ByteLevel\" is not supported here; expected it once, "
                       "with a BPE model",
                       r->name);
    }
    tok->byte_level = true;
    tok->add_prefix_space = tok_json_flag(obj, "add_prefix_space", true);
    tok->use_regex = tok_json_flag(obj, "use_regex", true);
    return FT_OK;
}

static enum ft_status add_step(struct tok_reader *r, const char *type, struct tok_pre_step **step)
{
    struct ft_tok *tok = r->tok;

    if (tok->model == FT_TOK_WORDPIECE || tok->byte_level) {
        return ft_fail(r->err, FT_UNSUPPORTED, "%s: pre_tokenizer \"%s\" %s is not supported",
                       r->name, type,
                       tok->byte_level ? "behind ByteLevel" : "with a WordPiece model");
    }
    if (tok->pre_n == TOK_STEPS_MAX) {
        return tok_json_bad(r, "too many pre-tokenizers");
    }
    if (!tok->pre) {
        tok->pre = ft_xcalloc(TOK_STEPS_MAX, sizeof *tok->pre);
    }
    *step = &tok->pre[tok->pre_n++];
    return FT_OK;
}

/* The one character of a Metaspace. */
static uint32_t mark_of(const cJSON *obj)
{
    const char *text = tok_json_text(obj, "replacement");
    size_t n = text ? strlen(text) : 0, i = 0;
    uint32_t cp = n ? ft_uni_next(text, n, &i) : 0;

    return i == n ? cp : 0;
}

static bool prepend_of(const cJSON *obj, enum tok_prepend *out)
{
    static const char *const names[] = {[TOK_PREPEND_ALWAYS] = "always",
                                        [TOK_PREPEND_FIRST] = "first",
                                        [TOK_PREPEND_NEVER] = "never"};
    const char *scheme = tok_json_text(obj, "prepend_scheme");

    if (!scheme) { /* files older than the key */
        *out =
            tok_json_flag(obj, "add_prefix_space", true) ? TOK_PREPEND_ALWAYS : TOK_PREPEND_NEVER;
        return true;
    }
    for (int i = 0; i < 3; i++) {
        if (strcmp(scheme, names[i]) == 0) {
            *out = (enum tok_prepend)i;
            return true;
        }
    }
    return false;
}

static enum ft_status pre_metaspace(struct tok_reader *r, const cJSON *obj)
{
    struct tok_pre_step *p = NULL;
    enum ft_status st = add_step(r, "Metaspace", &p);

    if (st) {
        return st;
    }
    p->kind = TOK_PRE_METASPACE;
    p->mark = mark_of(obj);
    p->split_marks = tok_json_flag(obj, "split", true);
    if (!p->mark || !prepend_of(obj, &p->prepend)) {
        return tok_json_bad(r, "pre_tokenizer Metaspace: replacement must be one character, "
                               "prepend_scheme always, first or never");
    }
    return FT_OK;
}

/* A split at single characters of a class. */
static enum ft_status split_at(struct tok_reader *r, const char *type, unsigned classes,
                               enum tok_split behavior)
{
    struct tok_pre_step *p = NULL;
    enum ft_status st = add_step(r, type, &p);

    if (!st) {
        p->kind = TOK_PRE_SPLIT;
        p->split = behavior;
        p->pattern.atoms[0] = (struct tok_atom){.classes = classes, .min = 1, .max = 1};
        p->pattern.atoms_n = 1;
    }
    return st;
}

static enum ft_status pre_whitespace_split(struct tok_reader *r, const cJSON *obj)
{
    (void)obj;
    return split_at(r, "WhitespaceSplit", FT_UNI_SPACE, TOK_SPLIT_REMOVED);
}

static enum ft_status pre_digits(struct tok_reader *r, const cJSON *obj)
{
    return split_at(r, "Digits", FT_UNI_NUMBER,
                    tok_json_flag(obj, "individual_digits", false) ? TOK_SPLIT_ISOLATED
                                                                   : TOK_SPLIT_CONTIGUOUS);
}

static enum ft_status read_behavior(struct tok_reader *r, const cJSON *obj, enum tok_split *out)
{
    static const char *const names[] = {[TOK_SPLIT_REMOVED] = "Removed",
                                        [TOK_SPLIT_ISOLATED] = "Isolated",
                                        [TOK_SPLIT_PREVIOUS] = "MergedWithPrevious",
                                        [TOK_SPLIT_NEXT] = "MergedWithNext",
                                        [TOK_SPLIT_CONTIGUOUS] = "Contiguous"};
    const char *name = tok_json_text(obj, "behavior");

    for (int i = 0; name && i <= TOK_SPLIT_CONTIGUOUS; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum tok_split)i;
            return FT_OK;
        }
    }
    return ft_fail(r->err, FT_UNSUPPORTED,
                   "%s: pre_tokenizer: the behavior \"%.40s\" is not supported", r->name,
                   name ? name : "");
}

static enum ft_status pre_punctuation(struct tok_reader *r, const cJSON *obj)
{
    enum tok_split behavior = TOK_SPLIT_ISOLATED;
    enum ft_status st = ft_json_get(obj, "behavior") ? read_behavior(r, obj, &behavior) : FT_OK;

    return st ? st : split_at(r, "Punctuation", FT_UNI_PUNCT, behavior);
}

static enum ft_status pre_split(struct tok_reader *r, const cJSON *obj)
{
    struct tok_pre_step *p = NULL;
    enum ft_status st = add_step(r, "Split", &p);

    st = st ? st : read_pattern(r, obj, "pre_tokenizer Split", &p->pattern);
    st = st ? st : read_behavior(r, obj, &p->split);
    if (!st) {
        p->kind = TOK_PRE_SPLIT;
        p->invert = tok_json_flag(obj, "invert", false);
    }
    return st;
}

static enum ft_status pre_tokenizer(struct tok_reader *r, const cJSON *obj);

static enum ft_status pre_sequence(struct tok_reader *r, const cJSON *obj)
{
    return tok_sequence(r, obj, "pretokenizers", pre_tokenizer);
}

static enum ft_status pre_tokenizer(struct tok_reader *r, const cJSON *obj)
{
    static const struct tok_component table[] = {
        {"BertPreTokenizer", pre_bert}, {"ByteLevel", pre_byte_level},
        {"Metaspace", pre_metaspace},   {"WhitespaceSplit", pre_whitespace_split},
        {"Digits", pre_digits},         {"Punctuation", pre_punctuation},
        {"Split", pre_split},           {"Sequence", pre_sequence},
    };

    return tok_component(r, obj, "pre_tokenizer", table, sizeof table / sizeof table[0]);
}

enum ft_status tok_read_pre_tokenizer(struct tok_reader *r, const cJSON *obj)
{
    struct ft_tok *tok = r->tok;

    if (!tok_json_text(obj, "type") && tok->model != FT_TOK_UNIGRAM) {
        return ft_fail(r->err, FT_UNSUPPORTED,
                       "%s: a tokenizer without pre_tokenizer is not supported; expected "
                       "BertPreTokenizer, ByteLevel or Metaspace",
                       r->name);
    }
    tok->byte_level = false;
    return pre_tokenizer(r, obj);
}

/* Decoders. */

static enum ft_status decoder_wordpiece(struct tok_reader *r, const cJSON *obj)
{
    r->tok->cleanup = tok_json_flag(obj, "cleanup", true);
    return FT_OK;
}

static enum ft_status decoder_byte_level(struct tok_reader *r, const cJSON *obj)
{
    (void)r, (void)obj;
    return FT_OK;
}

static enum ft_status add_decoder(struct tok_reader *r, enum tok_dec kind, const char *from,
                                  const char *to)
{
    struct ft_tok *tok = r->tok;

    if (tok->dec_n == TOK_STEPS_MAX) {
        return tok_json_bad(r, "too many decoders");
    }
    if (!tok->dec) {
        tok->dec = ft_xcalloc(TOK_STEPS_MAX, sizeof *tok->dec);
    }
    tok->dec[tok->dec_n++] = (struct tok_dec_step){
        .kind = kind,
        .from = from ? ft_arena_strndup(&tok->arena, from, strlen(from)) : NULL,
        .to = to ? ft_arena_strndup(&tok->arena, to, strlen(to)) : NULL};
    return FT_OK;
}

static enum ft_status decoder_metaspace(struct tok_reader *r, const cJSON *obj)
{
    enum tok_prepend prepend;

    if (!mark_of(obj) || !prepend_of(obj, &prepend)) {
        return tok_json_bad(r, "decoder Metaspace: replacement must be one character, "
                               "prepend_scheme always, first or never");
    }
    enum ft_status st = add_decoder(r, TOK_DEC_METASPACE, tok_json_text(obj, "replacement"), NULL);
    if (!st) {
        r->tok->dec[r->tok->dec_n - 1].keep_first = prepend == TOK_PREPEND_NEVER;
    }
    return st;
}

static enum ft_status decoder_replace(struct tok_reader *r, const cJSON *obj)
{
    const char *from = tok_json_text(ft_json_get(obj, "pattern"), "String");
    const char *to = tok_json_text(obj, "content");

    if (!from || !from[0] || !to) {
        return tok_json_bad(r,
                            "decoder Replace: expected a pattern that is a String, and a content");
    }
    return add_decoder(r, TOK_DEC_REPLACE, from, to);
}

static enum ft_status decoder_bytes(struct tok_reader *r, const cJSON *obj)
{
    (void)obj;
    return add_decoder(r, TOK_DEC_BYTES, NULL, NULL);
}

static enum ft_status decoder_fuse(struct tok_reader *r, const cJSON *obj)
{
    (void)obj;
    return add_decoder(r, TOK_DEC_FUSE, NULL, NULL);
}

static enum ft_status decoder_strip(struct tok_reader *r, const cJSON *obj)
{
    const char *what = tok_json_text(obj, "content");
    int64_t start = 0, stop = 0;
    enum ft_status st = ft_json_i64(obj, "start", 0, 1 << 20, &start, r->name, r->err);

    st = st ? st : ft_json_i64(obj, "stop", 0, 1 << 20, &stop, r->name, r->err);
    if (!st && (!what || !what[0])) {
        st = tok_json_bad(r, "decoder Strip has no content");
    }
    st = st ? st : add_decoder(r, TOK_DEC_STRIP, what, NULL);
    if (!st) {
        r->tok->dec[r->tok->dec_n - 1].start = (size_t)start;
        r->tok->dec[r->tok->dec_n - 1].stop = (size_t)stop;
    }
    return st;
}

static enum ft_status decoder(struct tok_reader *r, const cJSON *obj);

static enum ft_status decoder_sequence(struct tok_reader *r, const cJSON *obj)
{
    return tok_sequence(r, obj, "decoders", decoder);
}

static enum ft_status decoder(struct tok_reader *r, const cJSON *obj)
{
    static const struct tok_component table[] = {
        {"WordPiece", decoder_wordpiece}, {"ByteLevel", decoder_byte_level},
        {"Metaspace", decoder_metaspace}, {"Replace", decoder_replace},
        {"ByteFallback", decoder_bytes},  {"Fuse", decoder_fuse},
        {"Strip", decoder_strip},         {"Sequence", decoder_sequence},
    };
    return tok_component(r, obj, "decoder", table, sizeof table / sizeof table[0]);
}

enum ft_status tok_read_decoder(struct tok_reader *r, const cJSON *obj)
{
    return decoder(r, obj);
}
