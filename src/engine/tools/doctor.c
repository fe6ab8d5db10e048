/* See doctor.h. Facts are gathered as (group, name, value) rows, so that text and JSON say the
 * same. */
#include "engine/tools/doctor.h"

#include "core/gemm.h"
#include "data/hub.h"
#include "engine/options/ranks.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/processor.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fact {
    const char *group, *name;
    char *value;
};
struct facts {
    struct fact *items;
    size_t n, cap;
};

/* Takes `value`, which may be NULL. */
static void add_take(struct facts *f, const char *group, const char *name, char *value)
{
    ft_grow(&f->items, &f->cap, f->n + 1, sizeof *f->items);
    f->items[f->n++] = (struct fact){group, name, value ? value : ft_xstrdup("none")};
}

static void add_bytes(struct facts *f, const char *group, const char *name, double bytes)
{
    char text[32] = "unknown";
    if (bytes >= 0) ft_format_bytes(text, sizeof text, bytes);
    add_take(f, group, name, ft_xstrdup(text));
}

static void add_processor(struct facts *f)
{
    static const char group[] = "processor";
    char *name, *features;
    cpu_set_t set;
    ft_processor_read(&name, &features);
    add_take(f, group, "name", name ? name : ft_xstrdup("unknown"));
    add_take(f, group, "features", features);
    int usable = sched_getaffinity(0, sizeof set, &set) ? -1 : CPU_COUNT(&set);
    add_take(f, group, "cores", ft_xprintf("%ld", sysconf(_SC_NPROCESSORS_ONLN)));
    if (usable > 0) add_take(f, group, "usable cores", ft_xprintf("%d", usable));
}

static void add_environment(struct facts *f, const char *name)
{
    const char *value = getenv(name);
    if (value && *value) add_take(f, "terminal", name, ft_xstrdup(value));
}

static void gather(struct facts *f)
{
    static const char *const looks[] = {"TERM",     "COLORTERM", "LC_ALL",  "LC_CTYPE", "LANG",
                                        "NO_COLOR", "TMUX",      "SSH_TTY", "COLUMNS",  "LINES"};
    add_take(f, "fettle", "version", ft_xstrdup(FETTLE_VERSION));
    add_take(f, "fettle", "build",
             ft_xstrdup(FETTLE_BUILD ", for " FETTLE_MARCH ", compiler " __VERSION__));
    add_processor(f);
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    add_bytes(f, "memory", "total", pages > 0 && page > 0 ? (double)pages * (double)page : -1);
    add_bytes(f, "memory", "available", (double)ft_mem_available());
    add_bytes(f, "memory", "disk free here", (double)ft_disk_free("."));
    add_take(f, "libraries", "built with", ft_xstrdup(FETTLE_LIBRARIES));
    add_take(f, "libraries", "cJSON", ft_xstrdup(cJSON_Version()));
    add_take(f, "libraries", "matrix products", ft_gemm_text());
    add_take(f, "libraries", "bf16 products", ft_gemm_bf16_text());
    add_take(f, "libraries", "int8 products", ft_gemm_int8_text());
    add_take(f, "libraries", "MPI", ft_ranks_mpi());
    add_take(f, "folders", "hub cache", ft_hub_cache_path());
    add_take(f, "folders", "bundled models", ft_assets_path("models"));
    add_take(f, "folders", "presets", ft_xdg_path(FT_XDG_CONFIG, "presets"));
    add_take(f, "terminal", "stdout",
             ft_xstrdup(isatty(STDOUT_FILENO) ? "a terminal" : "no terminal"));
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++)
        add_environment(f, looks[i]);
}

static void write_text(const struct facts *f, struct ft_str *out)
{
    const char *group = "";
    for (size_t i = 0; i < f->n; i++) {
        if (strcmp(group, f->items[i].group)) ft_str_addf(out, "%s\n", f->items[i].group);
        group = f->items[i].group;
        ft_str_addf(out, "    %-18s %s\n", f->items[i].name, f->items[i].value);
    }
}

static void write_json(const struct facts *f, struct ft_str *out)
{
    const char *group = "";
    ft_str_addc(out, '{');
    for (size_t i = 0; i < f->n; i++) {
        if (strcmp(group, f->items[i].group)) {
            if (*group) ft_str_addc(out, '}');
            ft_json_add_key(out, f->items[i].group);
            ft_str_addc(out, '{');
        }
        group = f->items[i].group;
        ft_json_put_text(out, f->items[i].name, f->items[i].value);
    }
    ft_str_addz(out, "}}\n");
}

void ft_doctor(bool json, struct ft_str *out)
{
    struct facts f = {0};
    gather(&f);
    (json ? write_json : write_text)(&f, out);
    for (size_t i = 0; i < f.n; i++)
        free(f.items[i].value);
    free(f.items);
}
