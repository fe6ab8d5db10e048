/* Reads /proc/cpuinfo, of which every processor is assumed to be like the first. */
#include "util/processor.h"

#include "util/mem.h"
#include "util/str.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The flags of /proc/cpuinfo that decide which kernels are fast. */
static char *known_flags(char *line)
{
    static const char *const known[] = {"avx",     "avx2",        "fma",      "f16c",
                                        "avx512f", "avx512_bf16", "amx_bf16", "avx_vnni",
                                        "asimd",   "bf16",        "sve"};
    struct ft_str s = {0};
    for (char *word; (word = strsep(&line, " \t\n"));)
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (!strcmp(word, known[i])) ft_str_addf(&s, "%s%s", s.len ? " " : "", word);
    return ft_str_take(&s);
}

void ft_processor_read(char **name, char **features)
{
    char *line = NULL;
    size_t cap = 0;
    FILE *in = fopen("/proc/cpuinfo", "re");
    *name = *features = NULL;
    while (in && getline(&line, &cap, in) > 0) {
        char *colon = strchr(line, ':');
        if (!colon) continue;
        bool is_name = !strncmp(line, "model name", 10);
        bool is_flags = !strncmp(line, "flags", 5) || !strncmp(line, "Features", 8);
        if (is_name && !*name) *name = ft_xstrndup(colon + 2, strcspn(colon + 2, "\n"));
        if (is_flags && !*features) *features = known_flags(colon + 1);
    }
    if (in) fclose(in);
    free(line);
}

char *ft_processor_name(void)
{
    char *name, *features;
    ft_processor_read(&name, &features);
    free(features);
    return name ? name : ft_xstrdup("unknown");
}
