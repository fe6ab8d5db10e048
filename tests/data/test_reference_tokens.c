/* Tokenizers against the tokenizers library: hard texts, pairs, truncation, windows of a context.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/tok.h"
#include "reference_lines.h"

static const char *const names[] = {"wordpiece-uncased", "wordpiece-cased", "bytes-roberta",
                                    "bytes-gpt2"};

static struct reference_lines read_lines(const char *name, const char *suffix)
{
    char path[512];
    snprintf(path, sizeof path, REFERENCE "tokens/%s%s.jsonl", name, suffix);
    return reference_read(path);
}

static struct ft_tok *load(const char *name)
{
    char path[512];
    struct ft_err err = {0};
    struct ft_tok *tok = NULL;
    snprintf(path, sizeof path, REFERENCE "tokens/%s", name);
    if (ft_tok_load(&tok, path, &err)) fail_msg("%s", err.msg);
    return tok;
}

/* `\0` inside a text: cJSON ends a string there, so such a line tests what comes before it. */
static bool usable(const cJSON *row, const char *key)
{
    const cJSON *v = ft_json_get(row, key);
    return cJSON_IsString(v);
}

static void check_ids(const struct ft_enc *enc, const cJSON *row, const char *key, const char *text)
{
    size_t n;
    double *want = reference_array(row, key, &n);
    bool same = enc->n == n;
    for (size_t i = 0; same && i < n; i++)
        same = enc->ids[i] == (int32_t)want[i];
    if (!same) {
        fprintf(stderr, "ours:");
        for (size_t i = 0; i < enc->n; i++)
            fprintf(stderr, " %d", enc->ids[i]);
        fprintf(stderr, "\nwant:");
        for (size_t i = 0; i < n; i++)
            fprintf(stderr, " %.0f", want[i]);
        fail_msg("ids of \"%s\" (%s)", text, key);
    }
    free(want);
}

static void check_types(const struct ft_enc *enc, const cJSON *row, const char *key)
{
    size_t n;
    double *want = reference_array(row, key, &n);
    assert_int_equal(enc->n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(enc->type_ids[i], (int)want[i]);
    free(want);
}

/* part < 0: all tokens, else those of this part only. */
static void check_offsets(const struct ft_enc *enc, const cJSON *row, const char *key, int part,
                          const char *text)
{
    const cJSON *want = ft_json_get(row, key), *pair = want ? want->child : NULL;
    for (size_t i = 0; i < enc->n; i++) {
        if (part >= 0 && enc->parts[i] != part) continue;
        assert_non_null(pair);
        uint32_t start = (uint32_t)cJSON_GetArrayItem(pair, 0)->valuedouble;
        uint32_t end = (uint32_t)cJSON_GetArrayItem(pair, 1)->valuedouble;
        if (enc->chars[i].start != start || enc->chars[i].end != end)
            fail_msg("token %zu of \"%s\": [%u,%u), the reference says [%u,%u) (%s)", i, text,
                     enc->chars[i].start, enc->chars[i].end, start, end, key);
        pair = pair->next;
    }
    assert_null(pair);
}

static void single_texts(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        struct ft_tok *tok = load(names[k]);
        struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);
        struct reference_lines lines = read_lines(names[k], "");
        struct ft_enc enc = {0};
        struct ft_err err = {0};
        for (size_t i = 0; i < lines.n; i++) {
            const cJSON *row = lines.rows[i];
            const char *text = reference_str(row, "text");
            size_t n = strlen(text);
            if (strstr(text, "control ")) continue; /* has a NUL: see nul_is_text */
            ft_tok_encode(tok, ctx, text, n, &enc);
            check_ids(&enc, row, "ids", text);
            check_offsets(&enc, row, "char_offsets", -1, text);
            assert_int_equal(ft_tok_count(tok, ctx, text, n), enc.n);
            if (ft_tok_build(tok, ctx, text, n, NULL, 0, NULL, &enc, &err)) fail_msg("%s", err.msg);
            check_ids(&enc, row, "full_ids", text);
            check_types(&enc, row, "full_type_ids");
            check_offsets(&enc, row, "full_offsets", -1, text);
        }
        assert_true(lines.n > 100);
        ft_enc_release(&enc);
        reference_release(&lines);
        ft_tok_ctx_free(ctx);
        ft_tok_free(tok);
    }
}

/* The line with control characters, its text given with its length. */
static void nul_is_text(void **state)
{
    (void)state;
    static const char text[] = "control \0 \x01 \x07 \x1b[31mred\x1b[0m \x7f \xc2\x85 end";
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        struct ft_tok *tok = load(names[k]);
        struct reference_lines lines = read_lines(names[k], "");
        struct ft_enc enc = {0};
        size_t found = 0;
        for (size_t i = 0; i < lines.n; i++) {
            if (!strstr(reference_str(lines.rows[i], "text"), "control ")) continue;
            found++;
            ft_tok_encode(tok, NULL, text, sizeof text - 1, &enc);
            check_ids(&enc, lines.rows[i], "ids", "control ..");
            check_offsets(&enc, lines.rows[i], "char_offsets", -1, "control ..");
        }
        assert_int_equal(found, 1);
        ft_enc_release(&enc);
        reference_release(&lines);
        ft_tok_free(tok);
    }
}

static void pairs_and_truncation(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        struct ft_tok *tok = load(names[k]);
        struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);
        struct reference_lines lines = read_lines(names[k], "-pairs");
        struct ft_enc enc = {0};
        struct ft_err err = {0};
        for (size_t i = 0; i < lines.n; i++) {
            const cJSON *row = lines.rows[i];
            const char *a = reference_str(row, "text");
            const char *b = usable(row, "text_pair") ? reference_str(row, "text_pair") : NULL;
            const cJSON *length = ft_json_get(row, "max_length");
            struct ft_tok_opt opt = {.cut = FT_TOK_CUT_LONGEST_FIRST};
            if (cJSON_IsNumber(length)) opt.max_length = (size_t)length->valuedouble;
            if (ft_tok_build(tok, ctx, a, strlen(a), b, b ? strlen(b) : 0, &opt, &enc, &err))
                fail_msg("%s", err.msg);
            check_ids(&enc, row, "ids", a);
            check_types(&enc, row, "type_ids");
            check_offsets(&enc, row, "offsets", -1, a);
        }
        ft_enc_release(&enc);
        reference_release(&lines);
        ft_tok_ctx_free(ctx);
        ft_tok_free(tok);
    }
}

static void windows_of_a_context(void **state)
{
    (void)state;
    static const char *const with_windows[] = {"wordpiece-uncased", "bytes-roberta"};
    for (size_t k = 0; k < 2; k++) {
        struct ft_tok *tok = load(with_windows[k]);
        struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);
        struct reference_lines lines = read_lines(with_windows[k], "-windows");
        struct ft_windows w = {0};
        struct ft_err err = {0};
        for (size_t i = 0; i < lines.n; i++) {
            const cJSON *row = lines.rows[i];
            const char *question = reference_str(row, "question");
            const char *context = reference_str(row, "context");
            if (ft_tok_windows(tok, ctx, question, strlen(question), context, strlen(context),
                               (size_t)reference_num(row, "max_length"),
                               (size_t)reference_num(row, "stride"), 0, &w, &err))
                fail_msg("%s", err.msg);
            const cJSON *want = ft_json_get(row, "windows");
            assert_int_equal(w.n, cJSON_GetArraySize(want));
            for (size_t j = 0; j < w.n; j++) {
                const cJSON *window = cJSON_GetArrayItem(want, (int)j);
                check_ids(&w.items[j], window, "ids", question);
                check_types(&w.items[j], window, "type_ids");
                check_offsets(&w.items[j], window, "context_char_offsets", FT_TOK_SECOND, context);
            }
        }
        ft_windows_release(&w);
        reference_release(&lines);
        ft_tok_ctx_free(ctx);
        ft_tok_free(tok);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_texts),
        cmocka_unit_test(nul_is_text),
        cmocka_unit_test(pairs_and_truncation),
        cmocka_unit_test(windows_of_a_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
