/* Ids back to text, as the library's WordPiece and ByteLevel decoders write it. */
#include "data/tok_in.h"

#include <string.h>

/* The clean-up of the WordPiece decoder, applied to each token with its blank: what, and by what.
 */
static const char *const cleanups[][2] = {
    {" .", "."},   {" ?", "?"},     {" !", "!"},     {" ,", ","},
    {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},   {" do not", " don't"},
    {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
};

static void replace_all(struct ft_str *s, const char *what, const char *by)
{
    struct ft_str out = {0};
    size_t n = strlen(what), from = 0;

    if (!s->len || !memmem(s->data, s->len, what, n)) {
        return;
    }
    for (;;) {
        const char *hit = memmem(s->data + from, s->len - from, what, n);
        if (!hit) {
            break;
        }
        ft_str_add(&out, s->data + from, (size_t)(hit - s->data) - from);
        ft_str_addz(&out, by);
        from = (size_t)(hit - s->data) + n;
    }
    ft_str_add(&out, s->data + from, s->len - from);
    ft_str_release(s);
    *s = out;
}

static void decode_wordpiece(const struct ft_tok *tok, const struct tok_entry *e, bool first,
                             struct ft_str *word, struct ft_str *out)
{
    size_t n = strlen(tok->prefix);
    bool continues = e->len >= n && memcmp(e->text, tok->prefix, n) == 0;

    ft_str_clear(word);
    if (!first && !continues) {
        ft_str_addc(word, ' ');
    }
    if (!first && continues) {
        ft_str_add(word, e->text + n, e->len - n);
    } else {
        ft_str_add(word, e->text, e->len);
    }
    for (size_t i = 0; tok->cleanup && i < sizeof cleanups / sizeof cleanups[0]; i++) {
        replace_all(word, cleanups[i][0], cleanups[i][1]);
    }
    ft_str_add(out, ft_str_text(word), word->len);
}

/* The bytes that the token's characters stand for; the token unchanged if one stands for none. */
static void decode_bytes(const struct tok_entry *e, struct ft_str *out)
{
    size_t before = out->len;

    for (size_t i = 0; i < e->len;) {
        int byte = tok_char_byte(ft_uni_next(e->text, e->len, &i));
        if (byte < 0) {
            out->len = before;
            ft_str_add(out, e->text, e->len);
            return;
        }
        ft_str_addc(out, (char)byte);
    }
}

static void add_valid(struct ft_str *out, const char *text, size_t n)
{
    char buf[4];

    for (size_t i = 0; i < n;) {
        ft_str_add(out, buf, ft_uni_put(ft_uni_next(text, n, &i), buf));
    }
}

/* A byte piece's value; -1: it is none. */
static int byte_piece(const struct ft_str *s)
{
    static const char digits[] = "0123456789ABCDEFabcdef";
    if (s->len != 6 || memcmp(s->data, "<0x", 3) != 0 || s->data[5] != '>') return -1;
    int value = 0;
    for (int i = 3; i < 5; i++) {
        const char *at = memchr(digits, s->data[i], sizeof digits - 1);
        if (!at) return -1;
        value = value * 16 + (int)(at - digits < 16 ? at - digits : at - digits - 6);
    }
    return value;
}

static void strip(struct ft_str *s, const struct tok_dec_step *d)
{
    size_t n = strlen(d->from), from = 0, end = s->len;
    for (size_t i = 0; i < d->start && end - from >= n && !memcmp(s->data + from, d->from, n); i++)
        from += n;
    for (size_t i = 0; i < d->stop && end - from >= n && !memcmp(s->data + end - n, d->from, n);
         i++)
        end -= n;
    if (from) memmove(s->data, s->data + from, end - from);
    s->len = end - from;
}

/* The decoder's steps on one token, or, behind a Fuse, on all of them as one. */
static void decode_steps(const struct ft_tok *tok, size_t *step, bool first, struct ft_str *s)
{
    for (; *step < tok->dec_n && tok->dec[*step].kind != TOK_DEC_FUSE; ++*step) {
        const struct tok_dec_step *d = &tok->dec[*step];
        int byte = d->kind == TOK_DEC_BYTES ? byte_piece(s) : -1;
        switch (d->kind) {
        case TOK_DEC_METASPACE:
            replace_all(s, d->from, first && !d->keep_first ? "" : " ");
            break;
        case TOK_DEC_REPLACE:
            replace_all(s, d->from, d->to);
            break;
        case TOK_DEC_BYTES:
            if (byte >= 0) {
                ft_str_clear(s);
                ft_str_addc(s, (char)byte);
            }
            break;
        case TOK_DEC_STRIP:
            strip(s, d);
            break;
        case TOK_DEC_FUSE:
            break;
        }
    }
}

static void decode_pieces(const struct ft_tok *tok, const struct tok_entry *e, bool first,
                          struct ft_str *word, struct ft_str *out)
{
    size_t step = 0;
    ft_str_clear(word);
    if (!tok->dec_n && !first) ft_str_addc(out, ' '); /* no decoder: blanks between tokens */
    ft_str_add(word, e->text, e->len);
    decode_steps(tok, &step, first, word);
    ft_str_add(out, ft_str_text(word), word->len);
}

/* What is left of the decoder behind its Fuse. */
static void decode_fused(const struct ft_tok *tok, struct ft_str *all)
{
    size_t step = 0;
    while (step < tok->dec_n && tok->dec[step].kind != TOK_DEC_FUSE)
        step++;
    while (step < tok->dec_n) {
        step++;
        decode_steps(tok, &step, true, all);
    }
}

void ft_tok_decode(const struct ft_tok *tok, const int32_t *ids, size_t n, unsigned flags,
                   struct ft_str *out)
{
    struct ft_str bytes = {0}, word = {0};
    bool first = true;

    for (size_t i = 0; i < n; i++) {
        const struct tok_entry *e =
            ids[i] >= 0 && (size_t)ids[i] < tok->n ? &tok->entries[ids[i]] : NULL;
        if (!e || !e->text || (e->special && (flags & FT_TOK_SKIP_SPECIAL))) {
            continue;
        }
        if (tok->model == FT_TOK_WORDPIECE) {
            decode_wordpiece(tok, e, first, &word, &bytes);
        } else if (tok->byte_level) {
            decode_bytes(e, &bytes);
        } else {
            decode_pieces(tok, e, first, &word, &bytes);
        }
        first = false;
    }
    if (tok->model != FT_TOK_WORDPIECE && !tok->byte_level) {
        decode_fused(tok, &bytes);
    }
    if (flags & FT_TOK_RAW_BYTES) {
        ft_str_add(out, ft_str_text(&bytes), bytes.len);
    } else {
        add_valid(out, ft_str_text(&bytes), bytes.len);
    }
    ft_str_release(&bytes);
    ft_str_release(&word);
}
