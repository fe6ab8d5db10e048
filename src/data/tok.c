/* Tokenizers: the object itself, its tables and small questions about it. Loading is in tok_json.c
 * and tok_files.c, encoding in tok_build.c and the models' files. */
#include "data/tok_in.h"
#include "util/fs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *const tok_special_keys[FT_TOK_SPECIALS] = {
    [FT_TOK_BOS] = "bos_token",   [FT_TOK_EOS] = "eos_token", [FT_TOK_UNK] = "unk_token",
    [FT_TOK_SEP] = "sep_token",   [FT_TOK_PAD] = "pad_token", [FT_TOK_CLS] = "cls_token",
    [FT_TOK_MASK] = "mask_token",
};

struct tok_map_slot {
    uint64_t hash;
    const char *key; /* NULL: free */
    uint32_t len;
    int32_t id;
};

static struct tok_map_slot *map_slot(const struct tok_map *m, uint64_t hash, const char *key,
                                     size_t n)
{
    size_t i = (size_t)(hash ^ hash >> 32) & (m->cap - 1);

    for (;; i = (i + 1) & (m->cap - 1)) {
        struct tok_map_slot *s = &m->slots[i];
        if (!s->key || (s->hash == hash && s->len == n && memcmp(s->key, key, n) == 0)) {
            return s;
        }
    }
}

void tok_map_put(struct tok_map *m, const char *key, size_t n, int32_t id)
{
    uint64_t hash = tok_hash(key, n);
    struct tok_map_slot *s;

    if (m->count * 2 >= m->cap) {
        struct tok_map bigger = {.cap = m->cap ? m->cap * 2 : 64, .count = m->count};
        bigger.slots = ft_xcalloc(bigger.cap, sizeof *bigger.slots);
        for (size_t i = 0; i < m->cap; i++) {
            if (m->slots[i].key) {
                *map_slot(&bigger, m->slots[i].hash, m->slots[i].key, m->slots[i].len) =
                    m->slots[i];
            }
        }
        free(m->slots);
        m->slots = bigger.slots;
        m->cap = bigger.cap;
    }
    s = map_slot(m, hash, key, n);
    m->count += s->key == NULL;
    m->len_max = n > m->len_max ? n : m->len_max;
    *s = (struct tok_map_slot){hash, key, (uint32_t)n, id};
}

int32_t tok_map_get(const struct tok_map *m, uint64_t hash, const char *key, size_t n)
{
    const struct tok_map_slot *s = m->cap ? map_slot(m, hash, key, n) : NULL;

    return s && s->key ? s->id : -1;
}

void tok_map_release(struct tok_map *m)
{
    free(m->slots);
    *m = (struct tok_map){0};
}

struct ft_tok *tok_new(enum ft_tok_model model)
{
    struct ft_tok *tok = ft_xcalloc(1, sizeof *tok);

    ft_uni_init();
    tok->model = model;
    tok->unk = -1;
    tok->word_chars_max = 100;
    tok->cleanup = true;
    tok->use_regex = true;
    tok->byte_level = model == FT_TOK_BPE;
    for (size_t i = 0; i < FT_TOK_SPECIALS; i++) {
        tok->special[i] = -1;
    }
    return tok;
}

void ft_tok_free(struct ft_tok *tok)
{
    if (!tok) {
        return;
    }
    tok_added_sets_release(tok);
    tok_map_release(&tok->vocab);
    tok_map_release(&tok->extra);
    tok_map_release(&tok->inner);
    ft_arena_release(&tok->arena);
    free(tok->class_name);
    free(tok->entries);
    free(tok->added);
    free(tok->single.items);
    free(tok->pair.items);
    free(tok->prefix);
    free(tok->merges);
    free(tok->merge_list);
    for (size_t i = 0; tok->args && i < TOK_OPS_MAX; i++) {
        tok_charsmap_release(&tok->args[i].map);
    }
    free(tok->args);
    free(tok->pre);
    free(tok->dec);
    free(tok->scores);
    tok_trie_release(&tok->trie);
    free(tok->spm);
    free(tok->json);
    ft_str_release(&tok->notes);
    free(tok->config_json);
    free(tok->specials_json);
    free(tok);
}

bool tok_entry_set(struct ft_tok *tok, int64_t id, const char *text, size_t n)
{
    struct tok_entry *e;

    if (id < 0 || id >= TOK_ID_MAX || n > UINT16_MAX) {
        return false;
    }
    if ((size_t)id >= tok->n) {
        size_t old = tok->cap;
        ft_grow(&tok->entries, &tok->cap, (size_t)id + 1, sizeof *tok->entries);
        if (tok->cap > old) {
            memset(tok->entries + old, 0, (tok->cap - old) * sizeof *tok->entries);
        }
        tok->n = (size_t)id + 1;
    }
    e = &tok->entries[id];
    e->text = ft_arena_strndup(&tok->arena, text, n);
    e->len = (uint32_t)n;
    return true;
}

bool tok_added_put(struct ft_tok *tok, const struct tok_added *a)
{
    struct tok_added *slot = NULL;

    for (size_t i = 0; i < tok->added_n && !slot; i++) {
        if (tok->added[i].len == a->len && memcmp(tok->added[i].text, a->text, a->len) == 0) {
            slot = &tok->added[i];
        }
    }
    if (a->len == 0 || (!((size_t)a->id < tok->n && tok->entries[a->id].len == a->len &&
                          memcmp(tok->entries[a->id].text, a->text, a->len) == 0) &&
                        !tok_entry_set(tok, a->id, a->text, a->len))) {
        return false;
    }
    if (!slot) {
        ft_grow(&tok->added, &tok->added_cap, tok->added_n + 1, sizeof *tok->added);
        slot = &tok->added[tok->added_n++];
    }
    *slot = *a;
    slot->text = tok->entries[a->id].text;
    tok->entries[a->id].added = true;
    tok->entries[a->id].special = a->special;
    tok_map_put(&tok->extra, slot->text, slot->len, slot->id);
    return true;
}

int32_t tok_find(const struct ft_tok *tok, const char *text, size_t n)
{
    uint64_t hash = tok_hash(text, n);
    int32_t id = tok_map_get(&tok->extra, hash, text, n);

    return id >= 0 ? id : tok_map_get(&tok->vocab, hash, text, n);
}

size_t tok_blanks(const char *text, size_t n, bool from_end)
{
    size_t count = 0, i = from_end ? n : 0;

    while (count < UINT16_MAX && (from_end ? i > 0 : i < n)) {
        uint32_t cp = from_end ? ft_uni_prev(text, &i) : ft_uni_next(text, n, &i);
        if (cp != 0x120 && !(ft_uni_class(cp) & FT_UNI_SPACE)) {
            break;
        }
        count++;
    }
    return count;
}

enum ft_status tok_finish(struct ft_tok *tok, const char *name, struct ft_err *err)
{
    size_t prefix_n = tok->prefix ? strlen(tok->prefix) : 0;

    for (size_t i = 0; i < tok->n; i++) {
        struct tok_entry *e = &tok->entries[i];
        if (!e->text) {
            continue;
        }
        e->lead = (uint16_t)tok_blanks(e->text, e->len, false);
        e->trail = (uint16_t)tok_blanks(e->text, e->len, true);
        if (tok->model == FT_TOK_WORDPIECE && e->len > prefix_n &&
            memcmp(e->text, tok->prefix, prefix_n) == 0) {
            int32_t id = tok_map_get(&tok->vocab, tok_hash(e->text, e->len), e->text, e->len);
            if (id == (int32_t)i) {
                tok_map_put(&tok->inner, e->text + prefix_n, e->len - prefix_n, id);
            }
        }
    }
    if (tok->model == FT_TOK_WORDPIECE && tok->unk < 0) {
        return ft_fail(err, FT_FORMAT, "%s: the vocabulary has no unknown token ([UNK])", name);
    }
    if (tok->model == FT_TOK_BPE) {
        tok_bpe_finish(tok);
    }
    if (tok->model == FT_TOK_UNIGRAM) {
        enum ft_status st = tok_unigram_finish(tok, name, err);
        if (st) {
            return st;
        }
    }
    if (tok->single.n == 0) {
        tok_template_add(&tok->single, TOK_PIECE_A, 0);
    }
    if (tok->pair.n == 0) {
        tok_template_add(&tok->pair, TOK_PIECE_A, 0);
        tok_template_add(&tok->pair, TOK_PIECE_B, 1);
    }
    tok_added_sets(tok);
    tok_pre_finish(tok);
    return FT_OK;
}

void tok_template_add(struct tok_template *t, int32_t id, unsigned type_id)
{
    ft_grow(&t->items, &t->cap, t->n + 1, sizeof *t->items);
    t->items[t->n++] = (struct tok_piece){id, (uint8_t)type_id};
}

void tok_template_bert(struct ft_tok *tok, int32_t cls, int32_t sep)
{
    tok->single.n = tok->pair.n = 0;
    for (int pair = 0; pair < 2; pair++) {
        struct tok_template *t = pair ? &tok->pair : &tok->single;
        tok_template_add(t, cls, 0);
        tok_template_add(t, TOK_PIECE_A, 0);
        tok_template_add(t, sep, 0);
    }
    tok_template_add(&tok->pair, TOK_PIECE_B, 1);
    tok_template_add(&tok->pair, sep, 1);
}

void tok_template_roberta(struct ft_tok *tok, int32_t cls, int32_t sep)
{
    tok_template_bert(tok, cls, sep);
    tok->pair.n = tok->single.n;
    tok_template_add(&tok->pair, sep, 0);
    tok_template_add(&tok->pair, TOK_PIECE_B, 0);
    tok_template_add(&tok->pair, sep, 0);
}

static bool has_vocab(const char *dir)
{
    char *txt = ft_path_join(dir, "vocab.txt"), *json = ft_path_join(dir, "vocab.json");
    bool has = ft_path_is_file(txt) || ft_path_is_file(json);

    free(txt);
    free(json);
    return has;
}

enum ft_status ft_tok_load(struct ft_tok **tok, const char *dir, struct ft_err *err)
{
    char *path = ft_path_join(dir, "tokenizer.json"), *text = NULL, *model = tok_spm_find(dir);
    size_t n = 0;
    enum ft_status st;

    *tok = NULL;
    if (ft_path_is_file(path)) {
        st = ft_file_read(path, TOK_FILE_MAX, &text, &n, err);
        if (!st) {
            st = tok_json_parse(tok, text, n, path, err);
        }
        if (!st && model) {
            st = tok_spm_keep(*tok, model, err);
        }
        if (!st) {
            st = tok_side_files(*tok, dir, err);
        }
    } else if (model && !has_vocab(dir)) {
        st = tok_spm_load(tok, model, dir, err);
        if (!st) {
            st = tok_side_files(*tok, dir, err);
        }
    } else {
        st = tok_files_load(tok, dir, err);
    }
    free(model);
    if (!st) {
        st = tok_finish(*tok, dir, err);
    }
    if (st) {
        ft_tok_free(*tok);
        *tok = NULL;
    }
    free(text);
    free(path);
    return st;
}

enum ft_status ft_tok_load_json(struct ft_tok **tok, const char *text, size_t n, const char *name,
                                struct ft_err *err)
{
    enum ft_status st;

    *tok = NULL;
    st = tok_json_parse(tok, text, n, name, err);
    if (!st) {
        st = tok_finish(*tok, name, err);
    }
    if (st) {
        ft_tok_free(*tok);
        *tok = NULL;
    }
    return st;
}

void ft_tok_set_pad(struct ft_tok *tok, int32_t id)
{
    assert(id >= 0 && (size_t)id < tok->n);
    tok->special[FT_TOK_PAD] = id;
}

enum ft_tok_model ft_tok_model(const struct ft_tok *tok)
{
    return tok->model;
}

bool ft_tok_is_byte_level(const struct ft_tok *tok)
{
    return tok->byte_level;
}

const char *ft_tok_class(const struct ft_tok *tok)
{
    return tok->class_name                  ? tok->class_name
           : tok->model == FT_TOK_WORDPIECE ? "BertTokenizer"
           : !tok->byte_level               ? "PreTrainedTokenizerFast"
           : tok->special[FT_TOK_CLS] >= 0  ? "RobertaTokenizer"
                                            : "GPT2Tokenizer";
}

const char *ft_tok_notes(const struct ft_tok *tok)
{
    return ft_str_text(&tok->notes);
}

size_t ft_tok_vocab_size(const struct ft_tok *tok)
{
    return tok->n;
}

size_t ft_tok_max_length(const struct ft_tok *tok)
{
    return tok->length_max;
}

bool ft_tok_lowercases(const struct ft_tok *tok)
{
    return memchr(tok->ops, TOK_OP_LOWER, tok->ops_n) != NULL;
}

int32_t ft_tok_special_id(const struct ft_tok *tok, enum ft_tok_special which)
{
    return tok->special[which];
}

static const struct tok_entry *entry(const struct ft_tok *tok, int32_t id)
{
    return id >= 0 && (size_t)id < tok->n && tok->entries[id].text ? &tok->entries[id] : NULL;
}

bool ft_tok_is_special(const struct ft_tok *tok, int32_t id)
{
    const struct tok_entry *e = entry(tok, id);

    return e && e->special;
}

const char *ft_tok_text(const struct ft_tok *tok, int32_t id, size_t *n)
{
    const struct tok_entry *e = entry(tok, id);

    if (n) {
        *n = e ? e->len : 0;
    }
    return e ? e->text : NULL;
}

int32_t ft_tok_id(const struct ft_tok *tok, const char *text, size_t n)
{
    return tok_find(tok, text, n);
}
