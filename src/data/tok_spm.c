/* SentencePiece files as tokenizers. What such a file does not hold (special tokens, ids that are
 * shifted against its own, quotes and case) is a matter of the class that reads it: the table below,
 * after transformers' convert_slow_tokenizer.py. A tokenizer is made by way of the tokenizer.json
 * that transformers writes for the same folder, so that both have the same ids. */
#include "data/spm_model.h"
#include "data/tok_in.h"
#include "util/base64.h"
#include "util/fs.h"
#include "util/json.h"

#include <stdlib.h>
#include <string.h>

#define MARK "\xe2\x96\x81"

/* How ids follow from the file's pieces. */
enum layout {
    AS_IS,
    FAIRSEQ,   /* <s> <pad> </s> <unk>, the pieces behind its first three, <mask> */
    CAMEMBERT, /* the same with names that are not used, the pieces behind its first, <mask> */
    EXTRA_IDS, /* as is, then <extra_id_99> .. <extra_id_0> */
};
enum shape { SHAPE_BERT, SHAPE_ROBERTA, SHAPE_T5 };

struct spm_class {
    const char *name, *model_type, *file;
    enum layout layout;
    enum shape shape;
    const char *cls, *sep, *pad, *unk, *mask; /* NULL: none */
    bool mask_lstrip, unk_normalized;
    bool quotes; /* ALBERT: `` and '' become ", accents and case go */
    bool strip;  /* white space at the ends goes */
    bool words;  /* all white space ends a word, not blanks alone */
    int unk_id;  /* -1: the file's */
};

static const struct spm_class classes[] = {
    {"Albert", "albert", "spiece.model", AS_IS, SHAPE_BERT, "[CLS]", "[SEP]", "<pad>", "<unk>",
     "[MASK]", true, false, true, false, false, -1},
    {"XLMRoberta", "xlm-roberta", "sentencepiece.bpe.model", FAIRSEQ, SHAPE_ROBERTA, "<s>", "</s>",
     "<pad>", "<unk>", "<mask>", true, false, false, false, true, 3},
    {"DebertaV2", "deberta-v2", "spm.model", AS_IS, SHAPE_BERT, "[CLS]", "[SEP]", "[PAD]", "[UNK]",
     "[MASK]", false, true, false, true, false, -1},
    {"T5", "t5", "spiece.model", EXTRA_IDS, SHAPE_T5, NULL, "</s>", "<pad>", "<unk>", NULL, false,
     false, false, false, false, -1},
    {"Camembert", "camembert", "sentencepiece.bpe.model", CAMEMBERT, SHAPE_ROBERTA, "<s>", "</s>",
     "<pad>", "<unk>", "<mask>", true, false, false, false, false, 3},
    {"Barthez", "mbart", "sentencepiece.bpe.model", AS_IS, SHAPE_ROBERTA, "<s>", "</s>", "<pad>",
     "<unk>", "<mask>", false, false, false, false, true, 3},
};
enum { CLASSES = sizeof classes / sizeof *classes, EXTRA_IDS_N = 100 };
static const char *const files[] = {"spiece.model", "sentencepiece.bpe.model", "spm.model",
                                    "tokenizer.model"};

char *tok_spm_find(const char *dir)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = ft_path_join(dir, files[i]);
        if (ft_path_is_file(path)) return path;
        free(path);
    }
    return NULL;
}

static bool is_class(const struct spm_class *c, const char *class_name)
{
    size_t n = strlen(c->name);
    return class_name && !strncmp(class_name, c->name, n) &&
           !strncmp(class_name + n, "Tokenizer", 9);
}

static const struct spm_class *by_class(const char *class_name)
{
    for (size_t i = 0; i < CLASSES; i++)
        if (is_class(&classes[i], class_name)) return &classes[i];
    return NULL;
}

static const char *string_of(const cJSON *tree, const char *key)
{
    return cJSON_GetStringValue(ft_json_get(tree, key));
}

static bool has_piece(const struct ft_spm *m, const char *text)
{
    for (size_t i = 0; text && i < m->n; i++)
        if (m->pieces[i].len == strlen(text) && !memcmp(m->pieces[i].text, text, m->pieces[i].len))
            return true;
    return false;
}

/* The class that the folder's files name, else the one whose file it is. */
static const struct spm_class *class_of(const struct ft_spm *m, const cJSON *config,
                                        const cJSON *model, const char *path)
{
    const struct spm_class *c = by_class(string_of(config, "tokenizer_class"));
    const char *type = string_of(model, "model_type");
    c = c ? c : by_class(string_of(model, "tokenizer_class"));
    for (size_t i = 0; !c && type && i < CLASSES; i++)
        if (!strcmp(type, classes[i].model_type)) c = &classes[i];
    for (size_t i = 0; !c && i < CLASSES; i++) {
        const struct spm_class *k = &classes[i];
        if (ft_ends_with(path, strlen(path), k->file) &&
            (k->layout == FAIRSEQ || has_piece(m, k->cls ? k->cls : k->sep)))
            c = k;
    }
    return c;
}

/* --- the text of a tokenizer.json --- */

struct maker {
    const struct ft_spm *m;
    const struct spm_class *c;
    const cJSON *config;
    struct ft_str out, added; /* `added`: the list's items */
    size_t ids;
    int32_t cls, sep;
};

static bool is_text(const char *text, size_t n, const char *name)
{
    return name && strlen(name) == n && !memcmp(text, name, n);
}

static bool names_special(const struct spm_class *c, const char *text, size_t n)
{
    return is_text(text, n, c->cls) || is_text(text, n, c->sep) || is_text(text, n, c->pad) ||
           is_text(text, n, c->unk) || is_text(text, n, c->mask);
}

static void add_token(struct maker *k, size_t id, const char *text, size_t n, bool special)
{
    bool mask = is_text(text, n, k->c->mask), unk = is_text(text, n, k->c->unk);
    ft_str_addf(&k->added, "%s{\"id\":%zu,\"content\":", k->added.len ? "," : "", id);
    ft_json_add_str(&k->added, text, n);
    ft_str_addf(&k->added,
                ",\"single_word\":false,\"lstrip\":%s,\"rstrip\":false,\"normalized\":%s,"
                "\"special\":%s}",
                mask && k->c->mask_lstrip ? "true" : "false",
                unk && k->c->unk_normalized ? "true" : "false", special ? "true" : "false");
}

/* ALBERT's and XLNet's readers keep a digit and a comma apart. */
static bool digit_comma(const char *text, size_t n)
{
    return n >= 2 && text[n - 1] == ',' && text[n - 2] >= '0' && text[n - 2] <= '9';
}

static void add_piece(struct maker *k, const char *text, size_t n, double score,
                      enum ft_spm_type type)
{
    bool special = type == FT_SPM_CONTROL || names_special(k->c, text, n);
    bool bpe = k->m->kind == FT_SPM_BPE;
    size_t id = k->ids++;
    ft_str_addz(&k->out, id ? "," : "");
    ft_str_addz(&k->out, bpe ? "" : "[");
    ft_json_add_str(&k->out, text, n);
    if (bpe)
        ft_str_addf(&k->out, ":%zu", id);
    else
        ft_str_addf(&k->out, ",%.17g]",
                    score - (k->c->quotes && digit_comma(text, n) ? 100.0 : 0.0));
    if (is_text(text, n, k->c->cls)) k->cls = (int32_t)id;
    if (is_text(text, n, k->c->sep)) k->sep = (int32_t)id;
    if (special || type == FT_SPM_USER) add_token(k, id, text, n, special);
}

static void add_name(struct maker *k, const char *text, double score)
{
    add_piece(k, text, strlen(text), score, FT_SPM_NORMAL);
}

static void add_vocab(struct maker *k)
{
    static const char *const before[][5] = {
        [AS_IS] = {NULL},
        [FAIRSEQ] = {"<s>", "<pad>", "</s>", "<unk>"},
        [CAMEMBERT] = {"<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>", "<unk>NOTUSED"},
        [EXTRA_IDS] = {NULL}};
    enum layout l = k->c->layout;
    for (size_t i = 0; i < 5 && before[l][i]; i++)
        add_name(k, before[l][i], i == 4 ? -100 : 0);
    for (size_t i = l == FAIRSEQ ? 3 : l == CAMEMBERT ? 1 : 0; i < k->m->n; i++) {
        const struct ft_spm_piece *p = &k->m->pieces[i];
        add_piece(k, p->text, p->len, (double)p->score, p->type);
    }
    if (l == FAIRSEQ || l == CAMEMBERT) add_name(k, "<mask>", 0);
    for (int i = EXTRA_IDS_N - 1; l == EXTRA_IDS && i >= 0; i--) {
        char *name = ft_xprintf("<extra_id_%d>", i);
        add_piece(k, name, strlen(name), 0, FT_SPM_CONTROL);
        free(name);
    }
    /* a mask that the file lacks is the id behind its pieces */
    if (k->c->mask && l == AS_IS && !has_piece(k->m, k->c->mask))
        add_token(k, k->ids, k->c->mask, strlen(k->c->mask), true);
}

static bool config_flag(const cJSON *config, const char *key, bool otherwise)
{
    const cJSON *v = ft_json_get(config, key);
    return cJSON_IsBool(v) ? cJSON_IsTrue(v) : otherwise;
}

static void add_normalizer(struct maker *k)
{
    struct ft_str *s = &k->out;
    size_t from = s->len;
    ft_str_addz(s, ",\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[");
    from = s->len;
    if (k->c->quotes) {
        ft_str_addz(s,
                    "{\"type\":\"Replace\",\"pattern\":{\"String\":\"``\"},\"content\":\"\\\"\"},"
                    "{\"type\":\"Replace\",\"pattern\":{\"String\":\"''\"},\"content\":\"\\\"\"}");
        if (!config_flag(k->config, "keep_accents", false))
            ft_str_addz(s, ",{\"type\":\"NFKD\"},{\"type\":\"StripAccents\"}");
    }
    if (config_flag(k->config, "do_lower_case", k->c->quotes))
        ft_str_addf(s, "%s{\"type\":\"Lowercase\"}", s->len > from ? "," : "");
    if (k->c->strip)
        ft_str_addf(s, "%s{\"type\":\"Strip\",\"strip_left\":true,\"strip_right\":true}",
                    s->len > from ? "," : "");
    if (k->m->charsmap_n) {
        ft_str_addf(s, "%s{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"",
                    s->len > from ? "," : "");
        ft_base64_add(s, k->m->charsmap, k->m->charsmap_n);
        ft_str_addz(s, "\"}");
    }
    if (!k->c->words)
        ft_str_addf(s,
                    "%s{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}\"},\"content\":\" \"}",
                    s->len > from ? "," : "");
    ft_str_addz(s, "]}");
}

static void add_metaspace(struct ft_str *s)
{
    ft_str_addz(s, "{\"type\":\"Metaspace\",\"replacement\":\"" MARK
                   "\",\"prepend_scheme\":\"always\",\"split\":true}");
}

static void add_pre_tokenizer(struct maker *k)
{
    bool punct = config_flag(k->config, "split_by_punct", false);
    ft_str_addz(&k->out, ",\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[");
    if (punct) ft_str_addz(&k->out, "{\"type\":\"Punctuation\",\"behavior\":\"Isolated\"},");
    if (k->c->words) ft_str_addz(&k->out, "{\"type\":\"WhitespaceSplit\"},");
    add_metaspace(&k->out);
    ft_str_addz(&k->out, "]},\"decoder\":");
    add_metaspace(&k->out);
}

static void add_special(struct ft_str *s, const char *text, int type)
{
    ft_str_addf(s, "{\"SpecialToken\":{\"id\":\"%s\",\"type_id\":%d}}", text, type);
}

static void add_sequence(struct ft_str *s, const char *name, int type)
{
    ft_str_addf(s, "{\"Sequence\":{\"id\":\"%s\",\"type_id\":%d}}", name, type);
}

static void add_half(struct maker *k, bool second, int type)
{
    struct ft_str *s = &k->out;
    if (!second && k->c->cls) {
        add_special(s, k->c->cls, 0);
        ft_str_addc(s, ',');
    }
    if (second && k->c->shape == SHAPE_ROBERTA) {
        add_special(s, k->c->sep, 0);
        ft_str_addc(s, ',');
    }
    add_sequence(s, second ? "B" : "A", type);
    ft_str_addc(s, ',');
    add_special(s, k->c->sep, type);
}

static void add_one_id(struct ft_str *s, const char *text, int32_t id)
{
    ft_str_addf(s, "\"%s\":{\"id\":\"%s\",\"ids\":[%d],\"tokens\":[\"%s\"]}", text, text, (int)id,
                text);
}

static void add_post_processor(struct maker *k)
{
    struct ft_str *s = &k->out;
    ft_str_addz(s, ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[");
    add_half(k, false, 0);
    ft_str_addz(s, "],\"pair\":[");
    add_half(k, false, 0);
    ft_str_addc(s, ',');
    add_half(k, true, k->c->shape == SHAPE_BERT);
    ft_str_addz(s, "],\"special_tokens\":{");
    if (k->c->cls) {
        add_one_id(s, k->c->cls, k->cls);
        ft_str_addc(s, ',');
    }
    add_one_id(s, k->c->sep, k->sep);
    ft_str_addz(s, "}}");
}

/* --- merges of a BPE file: every way to put a piece together from two, best piece first --- */

struct merge {
    uint32_t at, split; /* piece, and bytes of its first part */
    int32_t left, right;
};

static int by_parts(const void *pa, const void *pb)
{
    const struct merge *a = pa, *b = pb;
    if (a->at != b->at) return a->at < b->at ? -1 : 1;
    if (a->left != b->left) return a->left < b->left ? -1 : 1;
    return a->right < b->right ? -1 : a->right > b->right;
}

/* Scores of a BPE file fall with the id, so that the order of pieces is that of scores. */
static void add_merges(struct maker *k)
{
    const struct ft_spm *m = k->m;
    struct tok_map map = {0};
    struct merge *list = NULL;
    size_t n = 0, cap = 0;
    for (size_t i = 0; i < m->n; i++)
        tok_map_put(&map, m->pieces[i].text, m->pieces[i].len, (int32_t)i);
    for (size_t i = 0; i < m->n; i++) {
        const struct ft_spm_piece *p = &m->pieces[i];
        for (size_t at = 0;
             p->type == FT_SPM_NORMAL && (ft_uni_next(p->text, p->len, &at), at < p->len);) {
            int32_t left = tok_map_get(&map, tok_hash(p->text, at), p->text, at);
            int32_t right =
                tok_map_get(&map, tok_hash(p->text + at, p->len - at), p->text + at, p->len - at);
            if (left < 0 || right < 0) continue;
            ft_grow(&list, &cap, n + 1, sizeof *list);
            list[n++] = (struct merge){(uint32_t)i, (uint32_t)at, left, right};
        }
    }
    if (n) qsort(list, n, sizeof *list, by_parts);
    for (size_t i = 0; i < n; i++) {
        const struct ft_spm_piece *p = &m->pieces[list[i].at];
        ft_str_addz(&k->out, i ? ",[" : "[");
        ft_json_add_str(&k->out, p->text, list[i].split);
        ft_str_addc(&k->out, ',');
        ft_json_add_str(&k->out, p->text + list[i].split, p->len - list[i].split);
        ft_str_addc(&k->out, ']');
    }
    tok_map_release(&map);
    free(list);
}

static enum ft_status make_json(struct maker *k, const char *name, struct ft_err *err)
{
    bool bpe = k->m->kind == FT_SPM_BPE;
    struct ft_str *s = &k->out;
    ft_str_addz(s, "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"model\":{");
    if (bpe)
        ft_str_addf(s,
                    "\"type\":\"BPE\",\"dropout\":null,\"unk_token\":\"%s\","
                    "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,"
                    "\"fuse_unk\":true,\"byte_fallback\":false,\"vocab\":{",
                    k->c->unk);
    else
        ft_str_addf(s, "\"type\":\"Unigram\",\"unk_id\":%d,\"byte_fallback\":false,\"vocab\":[",
                    k->c->unk_id >= 0 ? k->c->unk_id : (int)k->m->unk_id);
    add_vocab(k);
    ft_str_addz(s, bpe ? "},\"merges\":[" : "]}");
    if (bpe) {
        add_merges(k);
        ft_str_addz(s, "]}");
    }
    if (k->sep < 0 || (k->c->cls && k->cls < 0))
        return ft_fail(err, FT_FORMAT, "%s: has no piece %s, which %sTokenizer needs", name,
                       k->sep < 0 ? k->c->sep : k->c->cls, k->c->name);
    add_normalizer(k);
    add_pre_tokenizer(k);
    add_post_processor(k);
    ft_str_addz(s, ",\"added_tokens\":[");
    ft_str_add(s, ft_str_text(&k->added), k->added.len);
    ft_str_addz(s, "]}");
    return FT_OK;
}

/* A small file of the folder, NULL if it is not there or broken (which its reader reports). */
static cJSON *side_file(const char *dir, const char *file)
{
    char *path = ft_path_join(dir, file);
    cJSON *tree = NULL;
    if (ft_path_is_file(path)) ft_json_read(path, 16 << 20, &tree, NULL);
    free(path);
    return tree;
}

static enum ft_status from_bytes(struct ft_tok **tok, const uint8_t *bytes, size_t n,
                                 const char *path, const char *dir, struct ft_err *err)
{
    struct ft_spm m;
    cJSON *config = side_file(dir, "tokenizer_config.json"), *model = side_file(dir, "config.json");
    struct maker k = {.m = &m, .config = config, .cls = -1, .sep = -1};
    enum ft_status st = ft_spm_parse(&m, bytes, n, path, err);
    bool parsed = !st;
    if (!st) k.c = class_of(&m, config, model, path);
    if (!st && !k.c)
        st = ft_fail(err, FT_UNSUPPORTED,
                     "%s: which tokenizer reads it is not known; expected tokenizer.json, or "
                     "tokenizer_class Albert, XLMRoberta, DebertaV2, T5, Camembert or Barthez in "
                     "tokenizer_config.json",
                     path);
    if (!st && m.kind != FT_SPM_UNIGRAM && m.kind != FT_SPM_BPE)
        st = ft_fail(err, FT_UNSUPPORTED,
                     "%s: a SentencePiece model of words or characters is not supported, only "
                     "Unigram and BPE",
                     path);
    st = st ? st : make_json(&k, path, err);
    st = st ? st : tok_json_parse(tok, ft_str_text(&k.out), k.out.len, path, err);
    if (!st) {
        char *class_name = ft_xprintf("%sTokenizer", k.c->name);
        free((*tok)->class_name);
        (*tok)->class_name = class_name;
    }
    if (parsed) ft_spm_release(&m);
    ft_str_release(&k.out);
    ft_str_release(&k.added);
    cJSON_Delete(config);
    cJSON_Delete(model);
    return st;
}

enum ft_status tok_spm_keep(struct ft_tok *tok, const char *path, struct ft_err *err)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (ft_ends_with(path, strlen(path), files[i])) tok->spm_name = files[i];
    return ft_file_read(path, TOK_FILE_MAX, &tok->spm, &tok->spm_n, err);
}

enum ft_status tok_spm_load(struct ft_tok **tok, const char *path, const char *dir,
                            struct ft_err *err)
{
    char *bytes = NULL;
    size_t n = 0;
    enum ft_status st = ft_file_read(path, TOK_FILE_MAX, &bytes, &n, err);
    st = st ? st : from_bytes(tok, (const uint8_t *)bytes, n, path, dir, err);
    st = st ? st : tok_spm_keep(*tok, path, err);
    free(bytes);
    return st;
}

/* --- writing --- */

static enum ft_spm_type type_of(const struct ft_tok *tok, int32_t id)
{
    const struct tok_entry *e = &tok->entries[id];
    if (id == tok->unk) return FT_SPM_UNKNOWN;
    if (e->special) return FT_SPM_CONTROL;
    if (e->added) return FT_SPM_USER;
    return e->len == 6 && !memcmp(e->text, "<0x", 3) && e->text[5] == '>' ? FT_SPM_BYTE
                                                                          : FT_SPM_NORMAL;
}

static void put_piece(struct ft_spm *m, const struct ft_tok *tok, const struct spm_class *c,
                      int32_t id)
{
    const struct tok_entry *e = &tok->entries[id];
    double score = tok->scores[id];
    if (!e->text || !e->len || memchr(e->text, 0, e->len)) return;
    if (c->quotes && digit_comma(e->text, e->len)) score += 100;
    ft_grow(&m->pieces, &m->cap, m->n + 1, sizeof *m->pieces);
    m->unk_id = id == tok->unk ? (int64_t)m->n : m->unk_id;
    m->pieces[m->n++] = (struct ft_spm_piece){e->text, e->len, (float)score, type_of(tok, id)};
}

static void put_named(struct ft_spm *m, const char *text, enum ft_spm_type type)
{
    ft_grow(&m->pieces, &m->cap, m->n + 1, sizeof *m->pieces);
    m->pieces[m->n++] = (struct ft_spm_piece){text, (uint32_t)strlen(text), 0, type};
}

/* The pieces in the file's order: the reverse of add_vocab. */
static void put_pieces(struct ft_spm *m, const struct ft_tok *tok, const struct spm_class *c)
{
    size_t from = c->layout == FAIRSEQ ? 4 : c->layout == CAMEMBERT ? 5 : 0;
    if (from) {
        put_named(m, "<unk>", FT_SPM_UNKNOWN);
        m->unk_id = 0;
    }
    if (c->layout == FAIRSEQ) {
        put_named(m, "<s>", FT_SPM_CONTROL);
        put_named(m, "</s>", FT_SPM_CONTROL);
    }
    for (size_t id = from; id < tok->scores_n; id++) {
        const struct tok_entry *e = &tok->entries[id];
        bool extra = c->layout == EXTRA_IDS && e->len > 10 && !memcmp(e->text, "<extra_id_", 10);
        if (!extra && !(from && is_text(e->text, e->len, c->mask)))
            put_piece(m, tok, c, (int32_t)id);
    }
}

/* The map's bytes again. */
static void put_charsmap(const struct ft_tok *tok, struct ft_str *out)
{
    for (size_t i = 0; i < tok->ops_n; i++) {
        if (tok->ops[i] != TOK_OP_CHARSMAP) continue;
        const struct tok_charsmap *map = &tok->args[i].map;
        for (size_t k = 0; k <= map->units_n; k++) {
            uint32_t v = k ? map->units[k - 1] : (uint32_t)map->units_n * 4;
            for (int b = 0; b < 4; b++)
                ft_str_addc(out, (char)(v >> 8 * b));
        }
        ft_str_add(out, map->texts ? map->texts : "", map->texts_n);
        return;
    }
}

/* Where the ids of a class stand: its first ones must be in their places. */
static bool fits(const struct ft_tok *tok, const struct spm_class *c)
{
    static const char *const fairseq[] = {"<s>", "<pad>", "</s>", "<unk>"};
    if (tok->model != FT_TOK_UNIGRAM) return false;
    for (size_t i = 0; c->layout == FAIRSEQ && i < 4; i++)
        if (i >= tok->scores_n || !is_text(tok->entries[i].text, tok->entries[i].len, fairseq[i]))
            return false;
    return c->layout != CAMEMBERT || tok->unk == 3;
}

bool tok_spm_text(const struct ft_tok *tok, const char **name, struct ft_str *out)
{
    const struct spm_class *c = by_class(tok->class_name);
    struct ft_spm m = {.kind = FT_SPM_UNIGRAM, .byte_fallback = tok->byte_fallback};
    struct ft_spm old = {0};
    struct ft_str map = {0};
    *name = tok->spm_name ? tok->spm_name : c ? c->file : NULL;
    if (tok->spm && !tok->spm_changed) {
        ft_str_add(out, tok->spm, tok->spm_n);
        return true;
    }
    if (!c || !fits(tok, c)) return false;
    put_pieces(&m, tok, c);
    if (tok->spm && !ft_spm_parse(&old, (const uint8_t *)tok->spm, tok->spm_n, *name, NULL)) {
        m.normalizer = old.normalizer;
        m.normalizer_n = old.normalizer_n;
    } else {
        put_charsmap(tok, &map);
        m.charsmap = (const uint8_t *)map.data;
        m.charsmap_n = map.len;
    }
    ft_spm_write(&m, out);
    ft_spm_release(&m);
    ft_spm_release(&old);
    ft_str_release(&map);
    return true;
}
