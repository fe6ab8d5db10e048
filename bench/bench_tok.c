/* How fast tokenizers encode, count and learn: MB of text a second, one thread.
 *     bench_tok MODEL_FOLDER TEXT_FILE [learn]
 * Each line of the file is one text; the best of five passes counts (a pass warms the cache of
 * words). */
#include "data/learn.h"
#include "data/tok.h"
#include "util/clock.h"
#include "util/fs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct work {
    const struct ft_tok *tok;
    const char *text;
    size_t n;
};

static size_t pass(const struct work *w, struct ft_tok_ctx *ctx, struct ft_enc *enc, bool count)
{
    size_t tokens = 0;

    for (size_t i = 0; i < w->n;) {
        const char *stop = memchr(w->text + i, '\n', w->n - i);
        size_t len = stop ? (size_t)(stop - w->text) - i : w->n - i;
        if (count) {
            tokens += ft_tok_count(w->tok, ctx, w->text + i, len);
        } else {
            ft_tok_encode(w->tok, ctx, w->text + i, len, enc);
            tokens += enc->n;
        }
        i += len + 1;
    }
    return tokens;
}

static void measure(const struct work *w, bool count)
{
    struct ft_tok_ctx *ctx = ft_tok_ctx_new(w->tok);
    struct ft_enc enc = {0};
    double best = 1e30;
    size_t tokens = 0;

    for (int i = 0; i < 5; i++) {
        double from = ft_now_s(), took;
        tokens = pass(w, ctx, &enc, count);
        took = ft_now_s() - from;
        best = took < best ? took : best;
    }
    printf("%-8s %8.1f MB/s  %10.0f tokens/s  %zu tokens\n", count ? "count" : "encode",
           (double)w->n / 1e6 / best, (double)tokens / best, tokens);
    ft_enc_release(&enc);
    ft_tok_ctx_free(ctx);
}

static int learn(const struct work *w)
{
    struct ft_learn_opt opt = {.class_name = ft_tok_class(w->tok), .vocab_size = 30000};
    struct ft_learn *l = ft_learn_new(&opt);
    struct ft_tok *made;
    struct ft_err err = {0};
    double from = ft_now_s();

    ft_learn_add(l, w->text, w->n);
    if (ft_learn_finish(l, &made, &err)) {
        fprintf(stderr, "error: %s\n", err.msg);
        return 1;
    }
    printf("learn    %8.1f s  %zu tokens from %.1f MB\n", ft_now_s() - from,
           ft_tok_vocab_size(made), (double)w->n / 1e6);
    ft_tok_free(made);
    return 0;
}

int main(int argc, char **argv)
{
    struct ft_tok *tok = NULL;
    struct ft_err err = {0};
    char *text = NULL;
    size_t n = 0;
    double from = ft_now_s();
    int rc = 0;

    if (argc < 3) {
        fprintf(stderr, "usage: bench_tok MODEL_FOLDER TEXT_FILE [learn]\n");
        return 2;
    }
    if (ft_tok_load(&tok, argv[1], &err)) {
        fprintf(stderr, "error: %s\n", err.msg);
        return 1;
    }
    printf("load     %8.1f ms\n", 1e3 * (ft_now_s() - from));
    if (ft_file_read(argv[2], (size_t)4 << 30, &text, &n, &err)) {
        fprintf(stderr, "error: %s\n", err.msg);
        ft_tok_free(tok);
        return 1;
    }
    struct work w = {tok, text, n};
    measure(&w, false);
    measure(&w, true);
    if (argc > 3 && strcmp(argv[3], "learn") == 0) {
        rc = learn(&w);
    }
    free(text);
    ft_tok_free(tok);
    return rc;
}
