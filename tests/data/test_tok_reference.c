/* Ids and offsets of some thousand texts in many scripts, and the windows of long contexts, against
 * what the `tokenizers` library gave: ../shared/ref/tokens. */
#include "data/tok_help.h"

#include "reference_lines.h"

static struct ft_tok *load_shared(const char *name)
{
    struct ft_tok *tok = NULL;
    struct ft_err err = {0};
    SHARED_OR_SKIP(path, name);

    if (ft_tok_load(&tok, path, &err)) {
        fail_msg("%s", err.msg);
    }
    free(path);
    return tok;
}

static bool spans_are(const struct ft_span *s, size_t n, const cJSON *want)
{
    const cJSON *item;
    size_t i = 0;

    cJSON_ArrayForEach(item, want)
    {
        if (i == n || cJSON_GetArrayItem(item, 0)->valueint != (int)s[i].start ||
            cJSON_GetArrayItem(item, 1)->valueint != (int)s[i].end) {
            return false;
        }
        i++;
    }
    return i == n;
}

static bool ids_are(const int32_t *ids, size_t n, const cJSON *want)
{
    const cJSON *item;
    size_t i = 0;

    cJSON_ArrayForEach(item, want)
    {
        if (i == n || item->valueint != ids[i++]) {
            return false;
        }
    }
    return i == n;
}

static void texts(const char *name, size_t least)
{
    char path[128];
    snprintf(path, sizeof path, "tokenizers/%s", name);
    struct ft_tok *tok = load_shared(path);
    snprintf(path, sizeof path, "ref/tokens/%s.jsonl", name);
    SHARED_OR_SKIP(file, path);
    struct reference_lines r = reference_read(file);
    struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);
    struct ft_enc e = {0};
    size_t wrong = 0, n, nuls = 0;
    char *lines = NULL, *line;

    assert_int_equal(ft_file_read(file, 1 << 26, &lines, &n, NULL), FT_OK);
    line = lines;
    for (size_t i = 0; i < r.n; i++) {
        const char *text = reference_str(r.rows[i], "text");
        char *end = strchr(line, '\n');
        bool nul;
        if (end) {
            *end = 0;
        }
        nul = strstr(line, "\\u0000") != NULL; /* cJSON's texts end there */
        line = end + 1;
        if (nul) {
            nuls++;
            continue;
        }
        ft_tok_encode(tok, ctx, text, strlen(text), &e);
        if (!ids_are(e.ids, e.n, ft_json_get(r.rows[i], "ids")) ||
            !spans_are(e.chars, e.n, ft_json_get(r.rows[i], "char_offsets"))) {
            print_error("%s: %s\n", name, reference_str(r.rows[i], "src"));
            wrong++;
        }
        assert_int_equal(ft_tok_count(tok, ctx, text, strlen(text)), e.n);
    }
    assert_int_equal(wrong, 0);
    assert_true(nuls < 3);
    free(lines);
    assert_true(r.n >= least);
    ft_enc_release(&e);
    ft_tok_ctx_free(ctx);
    ft_tok_free(tok);
    reference_release(&r);
    free(file);
}

static void bert(void **state)
{
    (void)state;
    texts("bert-base-uncased", 900);
}

static void gpt2(void **state)
{
    (void)state;
    texts("gpt2", 900);
}

static void roberta(void **state)
{
    (void)state;
    texts("roberta-base", 900);
}

static void albert(void **state)
{
    (void)state;
    texts("albert-base-v2", 370);
}

static void deberta(void **state)
{
    (void)state;
    texts("deberta-v3-base", 370);
}

static void t5(void **state)
{
    (void)state;
    texts("t5-base", 370);
}

static void camembert(void **state)
{
    (void)state;
    texts("camembert-base", 370);
}

static void barthez(void **state)
{
    (void)state;
    texts("barthez", 370);
}

static void modernbert(void **state)
{
    (void)state;
    texts("modernbert-large", 370);
}

static bool window_is(const struct ft_enc *e, const cJSON *want)
{
    const cJSON *type = NULL;
    size_t i = 0, first = 0, n = 0;

    if (!ids_are(e->ids, e->n, ft_json_get(want, "ids"))) {
        return false;
    }
    cJSON_ArrayForEach(type, ft_json_get(want, "type_ids"))
    {
        if (type->valueint != e->type_ids[i++]) {
            return false;
        }
    }
    for (i = 0; i < e->n; i++) {
        first = e->parts[i] == FT_TOK_SECOND && n == 0 ? i : first;
        n += e->parts[i] == FT_TOK_SECOND;
    }
    return spans_are(e->chars + first, n, ft_json_get(want, "context_char_offsets"));
}

static void windows(void **state)
{
    struct ft_tok *tok = load_shared("tokenizers/bert-base-uncased");
    SHARED_OR_SKIP(file, "ref/tokens/qa-windows-bert-base-uncased.jsonl");
    struct reference_lines r = reference_read(file);
    struct ft_windows w = {0};
    struct ft_err err = {0};

    (void)state;
    for (size_t i = 0; i < r.n; i++) {
        const char *q = reference_str(r.rows[i], "question"),
                   *c = reference_str(r.rows[i], "context");
        const cJSON *want = ft_json_get(r.rows[i], "windows"), *item;
        size_t k = 0;
        if (ft_tok_windows(tok, NULL, q, strlen(q), c, strlen(c),
                           (size_t)reference_num(r.rows[i], "max_length"),
                           (size_t)reference_num(r.rows[i], "stride"), 0, &w, &err)) {
            fail_msg("row %zu: %s", i, err.msg);
        }
        cJSON_ArrayForEach(item, want)
        {
            if (k == w.n || !window_is(&w.items[k], item)) {
                fail_msg("row %zu: window %zu", i, k);
            }
            k++;
        }
        assert_int_equal(k, w.n);
    }
    ft_windows_release(&w);
    ft_tok_free(tok);
    reference_release(&r);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bert),      cmocka_unit_test(gpt2),    cmocka_unit_test(roberta),
        cmocka_unit_test(albert),    cmocka_unit_test(deberta), cmocka_unit_test(t5),
        cmocka_unit_test(camembert), cmocka_unit_test(barthez), cmocka_unit_test(modernbert),
        cmocka_unit_test(windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
