/* Text, measured: text to tokens, a file to rows, questions to windows. The text is that of --data,
 * or made: words by Zipf's law, so that a tokenizer's cache of words helps it as in real text. Made
 * files lie in memory (memfd), read as any file is. */
#include "engine/tools/bench_in.h"

#include "data/read.h"
#include "data/columns.h"
#include "data/vocab_train.h"
#include "engine/tools/inspect_in.h"
#include "engine/task/qa.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/rng.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WORDS = 50000 };

/* Word number `rank`: one to four syllables, the same each time. */
static void add_word(struct ft_str *s, uint64_t rank)
{
    static const char onsets[] = "bcdfghklmnprstvw", vowels[] = "aeiou";
    static const char *const ends[] = {"", "n", "r", "s", "t", "ng", "ll", "é"};
    uint32_t out[4], counter[4] = {(uint32_t)rank, 0, 0, 0};
    ft_philox(1, counter, out);
    unsigned syllables = rank < 100 ? 1 : rank < 3000 ? 2 : 2 + out[3] % 3;
    for (unsigned k = 0; k < syllables; k++) {
        ft_str_addc(s, onsets[out[0] >> 4 * k & 15]);
        ft_str_addc(s, vowels[(out[1] >> 4 * k & 15) % 5]);
    }
    ft_str_addz(s, ends[out[2] % 8]);
}

static void add_words(struct ft_str *s, struct ft_rng *r, size_t n, const char *quoted)
{
    for (size_t i = 0; i < n; i++) {
        if (i) ft_str_addc(s, ' ');
        add_word(s, (uint64_t)pow(WORDS, ft_rng_f64(r)) - 1);
        if (i % 12 == 11) ft_str_addz(s, i + 1 < n ? "," : ".");
        if (quoted && i % 40 == 39) ft_str_addz(s, quoted);
    }
}

/* Texts of 20 to 220 words, one a line. */
static void make_text(struct ft_str *s, size_t bytes)
{
    struct ft_rng r;
    ft_rng_init(&r, 1, FT_RNG_SAMPLE);
    while (s->len < bytes) {
        add_words(s, &r, 20 + ft_rng_below(&r, 200), NULL);
        ft_str_addc(s, '\n');
    }
}

/* The same as CSV with a label; every third text has quotes inside. */
static void make_csv(struct ft_str *s, size_t bytes)
{
    struct ft_rng r;
    ft_rng_init(&r, 1, FT_RNG_SAMPLE);
    ft_str_addz(s, "text,label\n");
    for (size_t row = 0; s->len < bytes; row++) {
        ft_str_addc(s, '"');
        add_words(s, &r, 20 + ft_rng_below(&r, 200), row % 3 ? NULL : " \"\"so to say\"\"");
        ft_str_addf(s, "\",%s\n", row & 1 ? "positive" : "negative");
    }
}

/* SQuAD: contexts of 120 words, five questions of ten about each. */
static void make_squad(struct ft_str *s, size_t bytes)
{
    struct ft_rng r;
    struct ft_str context = {0};
    ft_rng_init(&r, 1, FT_RNG_SAMPLE);
    ft_str_addz(s, "{\"version\":\"1.1\",\"data\":[{\"title\":\"made\",\"paragraphs\":[");
    for (size_t i = 0; s->len < bytes; i++) {
        ft_str_clear(&context);
        add_words(&context, &r, 120, NULL);
        size_t chars = strcspn(context.data, " ");
        ft_str_addf(s, "%s{\"context\":\"%s\",\"qas\":[", i ? "," : "", context.data);
        for (int k = 0; k < 5; k++) {
            ft_str_addf(s, "%s{\"id\":\"%zu-%d\",\"question\":\"", k ? "," : "", i, k);
            add_words(s, &r, 10, NULL);
            ft_str_addf(s, "?\",\"answers\":[{\"text\":\"%.*s\",\"answer_start\":0}]}", (int)chars,
                        context.data);
        }
        ft_str_addz(s, "]}");
    }
    ft_str_addz(s, "]}]}");
    ft_str_release(&context);
}

/* --- where the text comes from --- */

static enum ft_status sniff(const struct ft_bench_job *j, enum ft_format *format,
                            struct ft_err *err)
{
    *format = FT_FORMAT_AUTO;
    const char *data = ft_options_text(&j->o, FT_OPT_data);
    return *data ? ft_format_sniff(data, &(struct ft_read_opt){0}, format, err) : FT_OK;
}

static void add_line(struct ft_str *s, struct ft_text t)
{
    size_t from = s->len;
    if (!t.n) return;
    ft_str_add(s, t.data, t.n);
    for (size_t i = from; i < s->len; i++)
        if (s->data[i] == '\n') s->data[i] = ' ';
    ft_str_addc(s, '\n');
}

/* Lines of text: contexts, the text column, or made. */
static enum ft_status take_text(const struct ft_bench_job *j, struct ft_str *s, struct ft_err *err)
{
    const char *data = ft_options_text(&j->o, FT_OPT_data);
    enum ft_format format;
    enum ft_status st = sniff(j, &format, err);
    if (st) return st;
    if (!*data) {
        make_text(s, j->bytes);
    } else if (format == FT_FORMAT_SQUAD) {
        struct ft_squad q;
        if ((st = ft_squad_read(&q, data, NULL, NULL, err))) return st;
        for (size_t i = 0; i < q.paragraphs_n; i++)
            add_line(s, q.paragraphs[i].context);
        ft_squad_release(&q);
    } else {
        struct ft_table t = {0};
        struct ft_columns columns;
        st = ft_table_read(&t, data, &(struct ft_read_opt){0}, err);
        if (!st) ft_columns_guess(&t, &columns);
        for (size_t i = 0; !st && columns.text >= 0 && i < ft_table_rows(&t); i++)
            add_line(s, ft_table_cell(&t, i, (size_t)columns.text));
        ft_table_release(&t);
    }
    if (!st && !s->len) st = ft_fail(err, FT_FORMAT, "%s: has no text", data);
    return st;
}

static void say_source(struct ft_bench_job *j)
{
    const char *data = ft_options_text(&j->o, FT_OPT_data);
    ft_bench_say_text(j, "text", "text", ft_xstrdup(*data ? data : "made"));
}

/* --- tokens --- */

static size_t encode_lines(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const struct ft_str *s,
                           struct ft_enc *enc)
{
    size_t tokens = 0;
    for (size_t i = 0; i < s->len;) {
        const char *stop = memchr(s->data + i, '\n', s->len - i);
        size_t n = stop ? (size_t)(stop - s->data) - i : s->len - i;
        if (enc) {
            ft_tok_encode(tok, ctx, s->data + i, n, enc);
            tokens += enc->n;
        } else {
            tokens += ft_tok_count(tok, ctx, s->data + i, n);
        }
        i += n + 1;
    }
    return tokens;
}

static enum ft_status learn(struct ft_bench_job *j, const struct ft_tok *tok,
                            const struct ft_str *s, struct ft_err *err)
{
    struct ft_vocab_train_opt opt = {.class_name = ft_tok_class(tok), .vocab_size = 30000};
    struct ft_vocab_train *l = ft_vocab_train_new(&opt);
    struct ft_tok *made = NULL;
    double from = ft_now_s();
    ft_vocab_train_add(l, s->data, s->len);
    enum ft_status st = ft_vocab_train_finish(l, &made, err);
    if (st) return st;
    ft_bench_say(j, "learn_seconds", "training 30,000", ft_now_s() - from, "s");
    ft_bench_say(j, "learned", "vocabulary size", (double)ft_tok_vocab_size(made), "");
    ft_tok_free(made);
    return FT_OK;
}

/* One thread, as a run's preparation does it. */
enum ft_status ft_bench_tokens(struct ft_bench_job *j, struct ft_err *err)
{
    struct ft_str s = {0};
    struct ft_tok *tok = NULL;
    enum ft_status st = take_text(j, &s, err);
    double from = ft_now_s();
    if (!st) st = ft_inspect_tok(&tok, ft_options_text(&j->o, FT_OPT_model), err);
    double loaded = ft_now_s() - from;
    if (!st) {
        struct ft_bench_rounds encode = {.n = 0}, count = {.n = 0};
        struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);
        struct ft_enc enc = {0};
        size_t tokens = 0;
        for (size_t i = 0; i < 1 + j->rounds; i++) { /* the first fills the cache of words */
            from = ft_now_s();
            tokens = encode_lines(tok, ctx, &s, &enc);
            double between = ft_now_s();
            encode_lines(tok, ctx, &s, NULL);
            if (!i) continue;
            ft_bench_add(&encode, between - from);
            ft_bench_add(&count, ft_now_s() - between);
        }
        double mb = (double)s.len * 1e-6;
        say_source(j);
        ft_bench_say_text(j, "tokenizer", "tokenizer", ft_xstrdup(ft_tok_class(tok)));
        ft_bench_say(j, "load_ms", "loading the tokenizer", loaded * 1e3, "ms");
        ft_bench_say(j, "bytes", "size", (double)s.len, "B");
        ft_bench_say_speed(j, "mb_per_second", "encoding", mb, &encode, "MB/s");
        ft_bench_say(j, "tokens_per_second", "encoding", (double)tokens / ft_bench_median(&encode),
                     "tokens/s");
        ft_bench_say_speed(j, "count_mb_per_second", "counting", mb, &count, "MB/s");
        ft_enc_release(&enc);
        ft_tok_ctx_free(ctx);
        st = learn(j, tok, &s, err);
    }
    ft_tok_free(tok);
    ft_str_release(&s);
    return st;
}

/* --- files --- */

/* A file in memory with these bytes; its path in `path`, -1 on an error. */
static int memory_file(const struct ft_str *s, char *path, size_t size, struct ft_err *err)
{
    int fd = memfd_create("fettle-bench", MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < s->len) {
        ssize_t n = write(fd, s->data + done, s->len - done);
        if (n <= 0 && errno != EINTR) break;
        if (n > 0) done += (size_t)n;
    }
    if (fd < 0 || done < s->len) {
        ft_fail(err, FT_IO, "a synthetic file of %zu MB in memory: %s", s->len >> 20,
                strerror(errno));
        if (fd >= 0) close(fd);
        return -1;
    }
    snprintf(path, size, "/proc/self/fd/%d", fd);
    return fd;
}

struct reading {
    const char *path;
    enum ft_format format;
    double bytes; /* of text: of the file, or of what was packed in it */
    size_t rows;
    struct ft_bench_rounds s;
};

static enum ft_status read_once(struct reading *x, bool counts, struct ft_err *err)
{
    double from = ft_now_s();
    int64_t size = ft_file_size(x->path);
    enum ft_status st;
    if (x->format == FT_FORMAT_SQUAD) {
        struct ft_squad q;
        st = ft_squad_read(&q, x->path, NULL, NULL, err);
        if (st) return st;
        if (counts) ft_bench_add(&x->s, ft_now_s() - from);
        x->rows = q.questions_n;
        x->bytes = (double)size;
        ft_squad_release(&q);
        return FT_OK;
    }
    struct ft_table t = {0};
    st = ft_table_read(&t, x->path, &(struct ft_read_opt){.format = x->format}, err);
    if (!st) {
        if (counts) ft_bench_add(&x->s, ft_now_s() - from);
        x->rows = ft_table_rows(&t);
        x->bytes = t.compression || ft_path_is_dir(x->path) ? (double)t.text_bytes : (double)size;
    }
    ft_table_release(&t);
    return st;
}

enum ft_status ft_bench_read(struct ft_bench_job *j, struct ft_err *err)
{
    const char *data = ft_options_text(&j->o, FT_OPT_data);
    struct reading x = {.path = data, .format = FT_FORMAT_CSV};
    char path[64];
    int fd = -1;
    enum ft_status st = FT_OK;
    if (*data) {
        st = sniff(j, &x.format, err);
    } else {
        struct ft_str s = {0};
        make_csv(&s, j->bytes);
        fd = memory_file(&s, path, sizeof path, err);
        ft_str_release(&s);
        if (fd < 0) return err->code;
        x.path = path;
    }
    for (size_t i = 0; i < 1 + j->rounds && !st; i++)
        st = read_once(&x, i > 0, err);
    if (!st) {
        say_source(j);
        ft_bench_say_text(j, "format", "format", ft_xstrdup(ft_format_name(x.format)));
        ft_bench_say(j, "bytes", "size", x.bytes, "B");
        ft_bench_say(j, "rows", "rows", (double)x.rows, "");
        ft_bench_say_speed(j, "mb_per_second", "reading", x.bytes * 1e-6, &x.s, "MB/s");
    }
    if (fd >= 0) close(fd);
    return st;
}

/* --- questions --- */

static enum ft_status windows(struct ft_bench_job *j, const struct ft_squad *q,
                              const struct ft_tok *tok, struct ft_err *err)
{
    struct ft_qa_opt opt;
    struct ft_bench_rounds s = {.n = 0};
    size_t n = 0, tokens = 0, bytes = 0, most = ft_tok_max_length(tok);
    ft_qa_opt_of(&opt, &j->o, most ? most : 512);
    opt.keep = false;
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < 1 + j->rounds && !st; i++) {
        struct ft_sequences made = {0};
        double from = ft_now_s();
        st = ft_qa_windows(&made, q, FT_PART_TRAIN, tok, &opt, NULL, NULL, err);
        if (i) ft_bench_add(&s, ft_now_s() - from);
        n = made.n;
        tokens = n ? (size_t)made.start[n] : 0;
        ft_sequences_release(&made);
    }
    if (st) return st;
    for (size_t i = 0; i < q->paragraphs_n; i++)
        bytes += q->paragraphs[i].context.n;
    for (size_t i = 0; i < q->questions_n; i++)
        bytes += q->questions[i].text.n;
    say_source(j);
    ft_bench_say(j, "questions", "questions", (double)q->questions_n, "");
    ft_bench_say(j, "windows", "windows", (double)n, "");
    ft_bench_say(j, "bytes", "contexts, questions", (double)bytes, "B");
    ft_bench_say_speed(j, "mb_per_second", "features", (double)bytes * 1e-6, &s, "MB/s");
    ft_bench_say(j, "tokens_per_second", "features", (double)tokens / ft_bench_median(&s),
                 "tokens/s");
    return FT_OK;
}

enum ft_status ft_bench_qa(struct ft_bench_job *j, struct ft_err *err)
{
    const char *data = ft_options_text(&j->o, FT_OPT_data);
    enum ft_format format;
    struct ft_str made = {0};
    struct ft_squad q = {0};
    struct ft_tok *tok = NULL;
    enum ft_status st = sniff(j, &format, err);
    if (st) return st;
    bool own = format == FT_FORMAT_SQUAD;
    if (!own) make_squad(&made, j->bytes);
    st = own ? ft_squad_read(&q, data, NULL, NULL, err)
             : ft_squad_read_mem(&q, "made", made.data, made.len, err);
    if (!st) st = ft_inspect_tok(&tok, ft_options_text(&j->o, FT_OPT_model), err);
    if (!st) st = windows(j, &q, tok, err);
    ft_tok_free(tok);
    ft_squad_release(&q);
    ft_str_release(&made);
    return st;
}
