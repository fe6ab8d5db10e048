/* `fettle create`: a new model with random weights and a vocabulary learned from text. */
#include "cli/args.h"
#include "engine/model/create.h"
#include "util/str.h"

#include <stdio.h>

int ft_cmd_create(const struct ft_args *a)
{
    static const char *const needed[] = {"config", "text", "vocab_size", "output"};
    const char *value[4];
    long long size = 0, seed = 42;
    for (size_t i = 0; i < 4; i++) {
        value[i] = ft_args_flag(a, needed[i]);
        if (!value[i]) return ft_command_usage(a, "--%s is missing", needed[i]);
    }
    if (!ft_parse_i64(value[2], &size) || size < 8 || size > 10000000)
        return ft_command_usage(a, "vocab_size is %s, expected 8 to 10000000", value[2]);
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
    ft_str_addf(&s, "%s: %s parameters, vocabulary of %zu tokens from %zu texts\n", value[3],
                ft_format_count(parameters, sizeof parameters, (long long)made.parameters),
                made.vocab, made.texts);
    ft_command_show(&s);
    ft_str_release(&s);
    return ft_command_done();
}
