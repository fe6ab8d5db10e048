/* How fast data files are read: bench_read [MB], default 1024 for plain files and a sixteenth of
 * that for compressed ones. Makes files in $TMPDIR (/tmp), reads each three times, says the best,
 * deletes them. */
#include "data/problems.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/rng.h"

#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* Reviews of 20 to 220 words; every third has quotes and commas, every eighth is Chinese. */
static void add_text(struct ft_str *s, struct ft_rng *r, size_t row, bool json)
{
    static const char *const words[] = {
        "film", "the", "acting", "was", "a",         "plot",     "surprisingly", "good",
        "and",  "of",  "scene",  "bad", "wonderful", "director", "in",           "music"};
    size_t n = 20 + ft_rng_below(r, 200);
    bool quotes = row % 3 == 0, chinese = row % 8 == 0;
    for (size_t i = 0; i < n; i++) {
        if (i) ft_str_addc(s, ' ');
        if (quotes && i % 40 == 7)
            ft_str_addz(s, json ? "\\\"so to say\\\"," : "\"\"so to say\"\",");
        ft_str_addz(s, chinese ? "味道很好" : words[ft_rng_below(r, 16)]);
    }
}

static void make(struct ft_str *s, size_t bytes, bool json)
{
    struct ft_rng r;
    ft_rng_init(&r, 1, FT_RNG_SAMPLE);
    ft_str_reserve(s, bytes + 4096);
    if (!json) ft_str_addz(s, "review,sentiment\n");
    for (size_t row = 0; s->len < bytes; row++) {
        const char *label = row & 1 ? "positive" : "negative";
        ft_str_addz(s, json ? "{\"review\":\"" : "\"");
        add_text(s, &r, row, json);
        if (json)
            ft_str_addf(s, "\",\"sentiment\":\"%s\"}\n", label);
        else
            ft_str_addf(s, "\",%s\n", label);
    }
}

static bool pack_xz(const struct ft_str *s, FILE *f)
{
    size_t cap = lzma_stream_buffer_bound(s->len), n = 0;
    uint8_t *out = malloc(cap);
    bool ok = out && lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (const uint8_t *)s->data,
                                             s->len, out, &n, cap) == LZMA_OK;
    ok = ok && fwrite(out, 1, n, f) == n;
    free(out);
    return ok;
}

static bool write_file(const char *path, const struct ft_str *s, const char *packing)
{
    if (!strcmp(packing, "gz")) {
        gzFile gz = gzopen(path, "wb6");
        bool ok = gz && gzwrite(gz, s->data, (unsigned)s->len) == (int)s->len;
        return gz && gzclose(gz) == Z_OK && ok;
    }
    FILE *f = fopen(path, "wb");
    if (!f) return false;
    bool ok = !strcmp(packing, "xz") ? pack_xz(s, f) : fwrite(s->data, 1, s->len, f) == s->len;
    return fclose(f) == 0 && ok;
}

static int run(const char *name, size_t bytes, bool json, const char *packing)
{
    const char *tmp = getenv("TMPDIR");
    char *path = ft_xprintf("%s/fettle_bench_%ld_%s", tmp ? tmp : "/tmp", (long)getpid(), name);
    struct ft_str s = {0};
    make(&s, bytes, json);
    size_t n = s.len;
    bool ok = write_file(path, &s, packing);
    ft_str_release(&s);
    double best = 1e9;
    struct ft_err err = {.msg = "cannot write the file"};
    struct ft_table t = {0};
    int64_t rss = ft_mem_rss();
    for (int i = 0; ok && i < 3; i++) {
        if (i) ft_table_release(&t);
        double start = ft_now_s();
        ok = !ft_table_read(&t, path, NULL, &err);
        double took = ft_now_s() - start;
        if (took < best) best = took;
    }
    if (ok) {
        printf("%-10s %7.0f MB  %9zu rows  %6.0f MB/s  %5.0f MB more resident\n", name,
               (double)n / 1e6, ft_table_rows(&t), (double)n / 1e6 / best,
               (double)(ft_mem_rss() - rss) / 1e6);
        struct ft_examples_opt opt = {.tables = {&t}, .seed = 1};
        struct ft_examples x;
        struct ft_problems p;
        ft_columns_guess(&t, &opt.columns);
        double start = ft_now_s();
        if (!ft_examples_build(&x, &opt, &err)) {
            double built = ft_now_s();
            if (!ft_problems_find(&p, &x, 0, NULL, &err)) {
                printf("%-10s %9zu examples in %.2f s, problems in %.2f s\n", "", x.n,
                       built - start, ft_now_s() - built);
                ft_problems_release(&p);
            }
            ft_examples_release(&x);
        }
    } else {
        fprintf(stderr, "%s: %s\n", name, err.msg);
    }
    ft_table_release(&t);
    remove(path);
    free(path);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    long long mb = 1024;
    if (argc > 1 && (!ft_parse_i64(argv[1], &mb) || mb < 1 || mb > 65536)) {
        fprintf(stderr, "usage: bench_read [MB]\n");
        return 2;
    }
    size_t bytes = (size_t)mb << 20, small = bytes / 16 + 1;
    int bad = run("x.csv", bytes, false, "");
    bad |= run("x.jsonl", bytes, true, "");
    bad |= run("x.csv.gz", small, false, "gz");
    bad |= run("x.csv.xz", small, false, "xz");
    return bad;
}
