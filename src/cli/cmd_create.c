/* `fettle create`: a new model with random weights and a vocabulary learned from text, or a smaller
 * one from a larger one. */
#include "cli/args.h"
#include "cli/report.h"
#include "engine/model/create.h"
#include "engine/model/reduce.h"
#include "util/str.h"

#include <stdio.h>

enum { VOCAB_MIN = 8, VOCAB_MAX = 10000000 };

/* 0: read *value; else the exit status of the usage error that was reported. */
static int read_vocab_size(const struct ft_args *a, const char *text, long long *value)
{
    if (ft_parse_i64(text, value) && *value >= VOCAB_MIN && *value <= VOCAB_MAX) return 0;
    return ft_command_usage(a, "vocab_size is %s, expected %d to %d", text, VOCAB_MIN, VOCAB_MAX);
}

static int create_new(const struct ft_args *a)
{
    static const char *const needed[] = {"config", "text", "vocab_size", "output"};
    static const char *const other[] = {"keep_layers", "keep_tokens_of", "dtype"};
    const char *value[4];
    long long size = 0, seed = 42;
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (ft_args_flag(a, other[i])) return ft_command_usage(a, "--%s needs --from M", other[i]);
    for (size_t i = 0; i < 4; i++) {
        value[i] = ft_args_flag(a, needed[i]);
        if (!value[i]) return ft_command_usage(a, "--%s is missing", needed[i]);
    }
    int wrong = read_vocab_size(a, value[2], &size);
    if (wrong) return wrong;
    const char *seed_text = ft_args_flag(a, "seed");
    if (seed_text && (!ft_parse_i64(seed_text, &seed) || seed < 0))
        return ft_command_usage(a, "seed is %s, expected a whole number from 0", seed_text);
    struct ft_err err = {0};
    struct ft_created made;
    if (ft_create_model(value[0], value[1], (size_t)size, (uint64_t)seed, value[3], &made, NULL,
                        &err))
        return ft_command_fail(a, &err);
    char parameters[32];
    struct ft_str s = {0};
    ft_str_addf(&s, "%s: %s parameters, vocabulary of %zu tokens from %zu text%s\n", value[3],
                ft_format_count(parameters, sizeof parameters, (long long)made.parameters),
                made.vocab, made.texts, ft_plural(made.texts));
    ft_command_show(&s);
    ft_str_release(&s);
    return ft_command_done();
}

static int create_smaller(const struct ft_args *a)
{
    static const char *const other[] = {"config", "text", "seed"};
    const char *size_text = ft_args_flag(a, "vocab_size");
    struct ft_reduce_opt opt = {.from = ft_args_flag(a, "from"),
                                .layers = ft_args_flag(a, "keep_layers"),
                                .tokens_of = ft_args_flag(a, "keep_tokens_of"),
                                .dtype = ft_args_flag(a, "dtype"),
                                .output = ft_args_flag(a, "output")};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (ft_args_flag(a, other[i]))
            return ft_command_usage(a, "--%s and --from cannot be used together", other[i]);
    if (!opt.output) return ft_command_usage(a, "--output is missing");
    if (size_text && !opt.tokens_of)
        return ft_command_usage(a, "--vocab_size needs --keep_tokens_of F with --from");
    if (!opt.layers && !opt.tokens_of && !opt.dtype)
        return ft_command_usage(a, "--from needs --keep_layers, --keep_tokens_of or --dtype");
    long long size = 0;
    int wrong = size_text ? read_vocab_size(a, size_text, &size) : 0;
    if (wrong) return wrong;
    opt.vocab_size = (size_t)size;
    struct ft_err err = {0};
    struct ft_reduced made;
    if (ft_reduce_model(&opt, &made, NULL, &err)) return ft_command_fail(a, &err);
    struct ft_str s = {0};
    ft_reduced_text(&made, opt.output, &s);
    ft_str_addc(&s, '\n');
    ft_command_show(&s);
    ft_str_release(&s);
    return ft_command_done();
}

int ft_cmd_create(const struct ft_args *a)
{
    return ft_args_flag(a, "from") ? create_smaller(a) : create_new(a);
}
