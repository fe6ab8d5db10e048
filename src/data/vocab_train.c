/* From texts to a tokenizer: words are counted (WordPiece counts what lies between blanks first and
 * normalizes each such stretch once), turned into symbols, joined in learn_merge.c. */
#include "data/vocab_train_in.h"
#include "data/tok_in.h"
#include "util/hash.h"

#include <stdlib.h>
#include <string.h>

struct counted {
    const char *text;
    uint32_t len;
    uint64_t count;
};

struct counts {
    struct ft_strmap map; /* to an index of items */
    struct ft_arena arena;
    struct counted *items;
    size_t n, cap;
};

struct ft_vocab_train {
    struct ft_vocab_train_opt opt;
    struct ft_tok *tok;
    struct ft_tok_ctx *ctx;
    struct counts raw, words;
    struct ft_str clean;
};

static void count(struct counts *c, const char *text, size_t n, uint64_t times)
{
    size_t *at;

    if (n == 0 || n > UINT16_MAX) {
        return; /* no word is that long */
    }
    at = ft_strmap_get(&c->map, text, n);
    if (at) {
        c->items[*at].count += times;
        return;
    }
    ft_grow(&c->items, &c->cap, c->n + 1, sizeof *c->items);
    c->items[c->n] = (struct counted){ft_arena_strndup(&c->arena, text, n), (uint32_t)n, times};
    ft_strmap_put(&c->map, c->items[c->n].text, n, c->n);
    c->n++;
}

static void counts_release(struct counts *c)
{
    ft_strmap_release(&c->map);
    ft_arena_release(&c->arena);
    free(c->items);
}

static bool is_wordpiece(const char *class_name)
{
    return strstr(class_name, "Bert") != NULL;
}

/* Special tokens first, in the order of the original vocabularies. */
static void add_specials(struct ft_tok *tok)
{
    static const char *const bert[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", NULL};
    static const char *const roberta[] = {"<s>", "<pad>", "</s>", "<unk>", "<mask>", NULL};
    static const char *const gpt2[] = {"<|endoftext|>", NULL};
    const char *const *list = tok->model == FT_TOK_WORDPIECE    ? bert
                              : strstr(tok->class_name, "GPT2") ? gpt2
                                                                : roberta;

    for (int32_t i = 0; list[i]; i++) {
        tok_entry_set(tok, i, list[i], strlen(list[i]));
        tok_map_put(&tok->vocab, tok->entries[i].text, tok->entries[i].len, i);
    }
}

struct ft_vocab_train *ft_vocab_train_new(const struct ft_vocab_train_opt *opt)
{
    struct ft_vocab_train *l = ft_xcalloc(1, sizeof *l);
    /* "RobertaTokenizer" has no capital Bert in it, so this tells the two models apart. */
    bool wordpiece = is_wordpiece(opt->class_name);

    l->opt = *opt;
    l->opt.min_frequency = opt->min_frequency ? opt->min_frequency : 2;
    l->opt.alphabet_max = opt->alphabet_max ? opt->alphabet_max : 1000;
    l->tok = tok_new(wordpiece ? FT_TOK_WORDPIECE : FT_TOK_BPE);
    l->tok->class_name = ft_xstrdup(opt->class_name);
    l->tok->length_max = opt->max_length;
    l->opt.class_name = l->tok->class_name;
    add_specials(l->tok);
    l->ctx = ft_tok_ctx_new(l->tok);
    if (wordpiece) {
        static const uint8_t ops[] = {TOK_OP_CLEAN, TOK_OP_CJK, TOK_OP_NFD, TOK_OP_NONSPACING,
                                      TOK_OP_LOWER};
        l->tok->ops_n = opt->keep_case ? 2 : sizeof ops;
        memcpy(l->tok->ops, ops, l->tok->ops_n);
    }
    return l;
}

void ft_vocab_train_free(struct ft_vocab_train *l)
{
    if (!l) {
        return;
    }
    counts_release(&l->raw);
    counts_release(&l->words);
    ft_str_release(&l->clean);
    ft_tok_ctx_free(l->ctx);
    ft_tok_free(l->tok);
    free(l);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void ft_vocab_train_add(struct ft_vocab_train *l, const char *text, size_t n)
{
    if (l->tok->model == FT_TOK_WORDPIECE) {
        for (size_t i = 0, from; i < n;) {
            for (; i < n && is_blank(text[i]); i++) {
            }
            for (from = i; i < n && !is_blank(text[i]); i++) {
            }
            count(&l->raw, text + from, i - from, 1);
        }
        return;
    }
    if (!ft_uni_valid(text, n)) {
        char buf[4];
        ft_str_clear(&l->clean);
        for (size_t i = 0; i < n;) {
            ft_str_add(&l->clean, buf, ft_uni_put(ft_uni_next(text, n, &i), buf));
        }
        text = l->clean.data;
        n = l->clean.len;
    }
    for (size_t i = 0, end; i < n; i = end) {
        end = tok_bpe_word_end(text, n, i);
        count(&l->words, text + i, end - i, 1);
    }
}

/* Stretches between blanks to normalized words. */
static void normalize_words(struct ft_vocab_train *l)
{
    struct tok_chars *c = &l->ctx->chars;
    struct ft_str word = {0};
    char buf[4];

    for (size_t r = 0; r < l->raw.n; r++) {
        const struct counted *raw = &l->raw.items[r];
        size_t i = 0, from;
        tok_normalize(l->tok, l->ctx, raw->text, raw->len, 0);
        while (tok_bert_word(c->items, c->n, &i, &from)) {
            ft_str_clear(&word);
            for (size_t k = from; k < i; k++) {
                ft_str_add(&word, buf, ft_uni_put(c->items[k].cp, buf));
            }
            count(&l->words, word.data, word.len, raw->count);
        }
    }
    ft_str_release(&word);
}

struct symbol {
    uint32_t cp;
    bool inside; /* seen after a word's first character */
    uint64_t count;
};

static int by_count(const void *pa, const void *pb)
{
    const struct symbol *a = pa, *b = pb;

    if (a->count != b->count) {
        return a->count < b->count ? 1 : -1;
    }
    return a->cp < b->cp ? -1 : a->cp > b->cp;
}

static int by_code(const void *pa, const void *pb)
{
    const struct symbol *a = pa, *b = pb;

    return a->cp < b->cp ? -1 : a->cp > b->cp;
}

/* The characters of the words; returns them sorted by code point. */
static struct symbol *alphabet(const struct ft_vocab_train *l, size_t *n)
{
    struct symbol *all = ft_xcalloc(0x110000, sizeof *all);
    size_t used = 0;

    for (size_t w = 0; w < l->words.n; w++) {
        const struct counted *word = &l->words.items[w];
        for (size_t i = 0; i < word->len;) {
            bool inside = i > 0;
            struct symbol *s = &all[ft_uni_next(word->text, word->len, &i)];
            s->count += word->count;
            s->inside |= inside;
        }
    }
    for (uint32_t cp = 0; cp < 0x110000; cp++) {
        if (all[cp].count) {
            all[used++] = (struct symbol){cp, all[cp].inside, all[cp].count};
        }
    }
    qsort(all, used, sizeof *all, by_count);
    *n = used < l->opt.alphabet_max ? used : l->opt.alphabet_max;
    qsort(all, *n, sizeof *all, by_code);
    return all;
}

static int32_t add_token(struct ft_tok *tok, const char *text, size_t n)
{
    int32_t id = tok_map_get(&tok->vocab, tok_hash(text, n), text, n);

    if (id >= 0) {
        return id;
    }
    id = (int32_t)tok->n;
    if (!tok_entry_set(tok, id, text, n)) {
        return -1;
    }
    tok_map_put(&tok->vocab, tok->entries[id].text, n, id);
    return id;
}

static int32_t add_char(struct ft_tok *tok, uint32_t cp, bool inside)
{
    char buf[8] = "##";
    size_t at = inside ? 2 : 0;

    return add_token(tok, buf, at + ft_uni_put(cp, buf + at));
}

static void add_alphabet(struct ft_vocab_train *l)
{
    if (l->tok->model == FT_TOK_BPE) {
        for (uint32_t cp = 0; cp <= 0x143; cp++) {
            if (tok_char_byte(cp) >= 0) {
                add_char(l->tok, cp, false);
            }
        }
        return;
    }
    size_t n;
    struct symbol *chars = alphabet(l, &n);
    for (int inside = 0; inside < 2; inside++) {
        for (size_t i = 0; i < n; i++) {
            if (!inside || chars[i].inside) {
                add_char(l->tok, chars[i].cp, inside);
            }
        }
    }
    free(chars);
}

/* The symbols of one word; characters that are not in the alphabet are left out. */
static uint32_t word_symbols(const struct ft_tok *tok, const struct counted *word, int32_t *out)
{
    uint32_t n = 0;

    for (size_t i = 0; i < word->len;) {
        char buf[8] = "##";
        size_t at = tok->model == FT_TOK_WORDPIECE && i > 0 ? 2 : 0;
        uint32_t cp = tok->model == FT_TOK_BPE ? tok_byte_char((uint8_t)word->text[i++])
                                               : ft_uni_next(word->text, word->len, &i);
        size_t len = at + ft_uni_put(cp, buf + at);
        int32_t id = tok_map_get(&tok->vocab, tok_hash(buf, len), buf, len);
        if (id >= 0) {
            out[n++] = id;
        }
    }
    return n;
}

static int32_t join(void *arg, int32_t a, int32_t b)
{
    struct ft_vocab_train *l = arg;
    struct ft_tok *tok = l->tok;
    struct ft_str text = {0};
    size_t skip =
        tok->model == FT_TOK_WORDPIECE ? 2 : 0; /* b is never at the front: it has its ## */
    int32_t id;

    if (tok->n >= l->opt.vocab_size) {
        return -1;
    }
    ft_str_add(&text, tok->entries[a].text, tok->entries[a].len);
    ft_str_add(&text, tok->entries[b].text + skip, tok->entries[b].len - skip);
    id = add_token(tok, text.data, text.len);
    ft_str_release(&text);
    if (id >= 0 && tok->model == FT_TOK_BPE) {
        ft_grow(&tok->merge_list, &tok->merge_list_cap, tok->merge_list_n + 1,
                sizeof *tok->merge_list);
        tok->merge_list[tok->merge_list_n++] = (struct tok_pair){a, b, id};
    }
    return id;
}

static bool merge_words(struct ft_vocab_train *l)
{
    size_t total = 0, at = 0;
    struct learn_word *words = ft_xcalloc(l->words.n + 1, sizeof *words);
    int32_t *symbols;
    bool done;

    for (size_t i = 0; i < l->words.n; i++) {
        total += l->words.items[i].len;
    }
    symbols = ft_xmalloc((total + 1) * sizeof *symbols);
    for (size_t i = 0; i < l->words.n; i++) {
        uint32_t n = word_symbols(l->tok, &l->words.items[i], symbols + at);
        words[i] = (struct learn_word){at, n, l->words.items[i].count};
        at += n;
    }
    done = learn_merge(words, l->words.n, symbols, l->opt.min_frequency, join, l, l->opt.cancel);
    free(words);
    free(symbols);
    return done;
}

static enum ft_status complete(struct ft_vocab_train *l, struct ft_err *err)
{
    cJSON *config = cJSON_CreateObject();
    enum ft_status st;

    cJSON_AddBoolToObject(config, "do_lower_case", !l->opt.keep_case);
    l->tok->ops_n = 0;
    st = tok_set_up(l->tok, config, NULL, "the new vocabulary", err);
    cJSON_Delete(config);
    return st ? st : tok_finish(l->tok, "the new vocabulary", err);
}

enum ft_status ft_vocab_train_finish(struct ft_vocab_train *l, struct ft_tok **tok,
                                     struct ft_err *err)
{
    enum ft_status st = FT_OK;

    *tok = NULL;
    if (l->tok->model == FT_TOK_WORDPIECE) {
        normalize_words(l);
    }
    if (l->words.n == 0) {
        st = ft_fail(err, FT_USAGE, "there is no text to train a vocabulary on");
    }
    if (!st) {
        add_alphabet(l);
        if (l->tok->n > l->opt.vocab_size) {
            st = ft_fail(
                err, FT_USAGE,
                "vocab_size %zu is too small: special tokens and single characters take %zu",
                l->opt.vocab_size, l->tok->n);
        }
    }
    if (!st && !merge_words(l)) {
        st = ft_fail(err, FT_CANCELLED, "training the vocabulary was cancelled");
    }
    st = st ? st : complete(l, err);
    if (!st) {
        *tok = l->tok;
        l->tok = NULL;
    }
    ft_vocab_train_free(l);
    return st;
}
