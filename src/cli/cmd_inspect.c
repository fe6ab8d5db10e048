/* `fettle inspect`, `fettle models` and `fettle tokenize`. */
#include "cli/args.h"
#include "cli/report.h"
#include "engine/tools/inspect.h"
#include "engine/model/models.h"
#include "engine/runs/runs.h"
#include "util/fs.h"
#include "util/str.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum ft_status put_row(void *arg, const struct ft_str *json, struct ft_err *err)
{
    (void)arg;
    if (fwrite(json->data, 1, json->len, stdout) == json->len && putchar('\n') != EOF) return FT_OK;
    return ft_fail(err, FT_IO, "stdout: %s", strerror(errno));
}

int ft_cmd_inspect(const struct ft_args *a)
{
    struct ft_err err = {0};
    struct ft_str out = {0};
    const char *rows = ft_args_flag(a, "rows");
    enum ft_status st;
    if (rows) {
        long long n = 0;
        if (*rows && !ft_parse_i64(rows, &n))
            return ft_command_usage(a, "--rows %s: not a number", rows);
        if (*rows && !n) return 0;
        st = ft_inspect_rows(a->words[0], &a->o, (size_t)n, put_row, NULL, &err);
    } else {
        st = ft_inspect(a->words[0], &a->o, ft_args_flag(a, "json") != NULL, &out, &err);
    }
    if (!st) ft_command_print(a, &out);
    ft_str_release(&out);
    if (!st) return ft_command_done();
    if (err.code == FT_USAGE)
        err.code = FT_FORMAT; /* what is asked of a file is the file's fault */
    return ft_command_fail(a, &err);
}

int ft_cmd_models(const struct ft_args *a)
{
    struct ft_err err = {0};
    struct ft_str out = {0};
    struct ft_models_from from = {.runs = "runs", .runs_each = ft_runs_each};
    enum ft_status st = ft_models_text(&from, ft_args_flag(a, "json") != NULL, &out, &err);
    if (!st) ft_command_print(a, &out);
    ft_str_release(&out);
    return st ? ft_command_fail(a, &err) : ft_command_done();
}

struct tokenize {
    struct ft_tokenizer *t;
    enum ft_tokenize_form form;
    bool jsonl, no_special;
    struct ft_str out;
};

static enum ft_status one_line(void *arg, const char *line, size_t n, struct ft_err *err)
{
    struct tokenize *k = arg;
    ft_str_clear(&k->out);
    enum ft_status st =
        k->jsonl ? ft_tokenize_json(k->t, line, n, k->no_special, k->form, &k->out, err)
                 : ft_tokenize(k->t, line, n, NULL, 0, k->no_special, k->form, &k->out, err);
    if (st) return st;
    ft_str_addc(&k->out, '\n');
    if (k->form == FT_TOKENIZE_TOKENS)
        ft_command_show(&k->out);
    else
        fwrite(k->out.data, 1, k->out.len, stdout);
    return FT_OK;
}

/* A pipe with a name is a stream, too. */
static enum ft_status all_lines(struct tokenize *k, const char *path, struct ft_err *err)
{
    if (!path || !strcmp(path, "-")) return ft_tokenize_stream(stdin, "stdin", one_line, k, err);
    if (ft_path_is_file(path)) return ft_tokenize_file(path, one_line, k, err);
    FILE *in = fopen(path, "rb");
    if (!in)
        return ft_fail(err, FT_IO, "%s: cannot be opened: %s; check the path", path,
                       strerror(errno));
    enum ft_status st = ft_tokenize_stream(in, path, one_line, k, err);
    fclose(in);
    return st;
}

int ft_cmd_tokenize(const struct ft_args *a)
{
    static const char *const forms[] = {"ids", "tokens", "json"};
    static const char *const inputs[] = {"lines", "jsonl"};
    const char *form = ft_args_flag(a, "format"), *input = ft_args_flag(a, "input_format"),
               *model = ft_args_flag(a, "model");
    struct tokenize k = {.no_special = ft_args_flag(a, "no_special")};
    struct ft_err err = {0};
    if (!model) return ft_command_usage(a, "--model is required");
    size_t i = 0;
    while (form && i < 3 && strcmp(forms[i], form))
        i++;
    if (i == 3) return ft_command_usage(a, "--format %s: expected ids, tokens or json", form);
    k.form = (enum ft_tokenize_form)i;
    for (i = 0; input && i < 2 && strcmp(inputs[i], input);)
        i++;
    if (i == 2) return ft_command_usage(a, "--input_format %s: expected lines or jsonl", input);
    k.jsonl = i == 1;
    enum ft_status st = ft_tokenizer_open(&k.t, model, &err);
    if (!st) st = all_lines(&k, a->words_n ? a->words[0] : NULL, &err);
    ft_tokenizer_free(k.t);
    ft_str_release(&k.out);
    return st ? ft_command_fail(a, &err) : ft_command_done();
}
