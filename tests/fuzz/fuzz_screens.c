/* Any bytes as a file that the workbench reads at its start or by a word: what it remembers, the
 * history of the command line, a preset, a script with its commands. No crash; a refusal says why.
 * The first byte picks the file. */
#include "engine/options/options.h"
#include "fuzz_files.h"
#include "ui/app/cmdline.h"
#include "ui/app/history.h"
#include "ui/app/script.h"
#include "ui/app/state.h"

#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void said(enum ft_status st, const struct ft_err *err)
{
    if (st && !err->msg[0]) abort();
}

static void read_state(const uint8_t *data, size_t n)
{
    struct ft_state s = {0}, back = {0};
    struct ft_err err = {0};
    fuzz_write("fettle/state.json", data, n);
    enum ft_status st = ft_state_load(&s, &err);
    said(st, &err);
    if (s.recent_n > FT_RECENT_MAX) abort();
    ft_state_set(&s, "theme", "dark");
    ft_state_recent(&s, "/tmp/x.csv");
    said(ft_state_save(&s, &err), &err);
    if (ft_state_load(&back, &err) || back.n != s.n || back.recent_n != s.recent_n) abort();
    for (size_t i = 0; i < s.recent_n; i++)
        if (strcmp(s.recent[i], back.recent[i])) abort();
    ft_state_release(&s);
    ft_state_release(&back);
}

static void read_history(const uint8_t *data, size_t n)
{
    struct ft_history h = {0};
    fuzz_write("fettle/history", data, n);
    ft_history_load(&h);
    ft_history_release(&h);
}

static void read_preset(const uint8_t *data, size_t n)
{
    struct ft_options o;
    struct ft_err err = {0};
    char **own = NULL;
    fuzz_write("fettle/presets/mine", data, n);
    fuzz_write("fettle/presets/mine.json", data, n);
    ft_options_init(&o);
    size_t names = ft_presets_own(&own);
    for (size_t i = 0; i < names; i++)
        said(ft_preset_apply(&o, own[i], &err), &err);
    ft_names_free(own, names);
    ft_options_release(&o);
}

static void read_script(const uint8_t *data, size_t n)
{
    struct ft_script *s = NULL;
    struct ft_script_step step;
    struct ft_err err = {0};
    fuzz_write("script", data, n);
    enum ft_status st = ft_script_open(&s, fuzz_path("script"), &err);
    said(st, &err);
    while (!st && !(st = ft_script_next(s, &step, &err)) && step.kind != FT_SCRIPT_END) {
        enum ft_action a;
        const char *rest;
        char word[64];
        if (!*ft_script_place(s)) abort();
        if (step.kind != FT_SCRIPT_COMMAND) continue;
        struct ft_err why = {0};
        enum ft_status parsed = ft_command_parse(FT_SCOPE_ALL, step.text, &a, &rest, &why);
        said(parsed, &why);
        while (!parsed && ft_command_arg(&rest, word, sizeof word))
            continue;
    }
    said(st, &err);
    ft_script_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(const uint8_t *, size_t) = {read_state, read_history,
                                                               read_preset, read_script};
    if (!size) return 0;
    fuzz_path("");
    setenv("HOME", fuzz_dir, 1);
    setenv("XDG_STATE_HOME", fuzz_dir, 1);
    setenv("XDG_CONFIG_HOME", fuzz_dir, 1);
    mkdir(fuzz_path("fettle"), 0700);
    mkdir(fuzz_path("fettle/presets"), 0700);
    readers[data[0] % (sizeof readers / sizeof *readers)](data + 1, size - 1);
    return 0;
}
