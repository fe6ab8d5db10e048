/* See history.h. */
#include "ui/app/history.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HISTORY_BYTES = 1 << 22 };

static void remember(struct ft_history *h, const char *line)
{
    if (h->n && !strcmp(h->lines[h->n - 1], line)) return;
    if (h->n == FT_HISTORY_MAX) {
        free(h->lines[0]);
        memmove(h->lines, h->lines + 1, --h->n * sizeof *h->lines);
    }
    ft_grow(&h->lines, &h->cap, h->n + 1, sizeof *h->lines);
    h->lines[h->n++] = ft_xstrdup(line);
}

void ft_history_load(struct ft_history *h)
{
    char *path = ft_xdg_path(FT_XDG_STATE, "history"), *data;
    size_t n;
    if (ft_path_is_file(path) && !ft_file_read(path, HISTORY_BYTES, &data, &n, NULL)) {
        char *save = NULL;
        for (char *l = strtok_r(data, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
            remember(h, l);
        free(data);
    }
    free(path);
}

const char *ft_history_text(const struct ft_history *h, size_t i, const char *kind)
{
    const char *line = h->lines[i], *tab = strchr(line, '\t');
    size_t n = tab ? (size_t)(tab - line) : 0;
    if (strlen(kind) != n || strncmp(line, kind, n) != 0) return NULL;
    return tab ? tab + 1 : line;
}

static bool is_last(const struct ft_history *h, const char *kind, const char *text)
{
    for (size_t i = h->n; i-- > 0;) {
        const char *last = ft_history_text(h, i, kind);
        if (last) return !strcmp(last, text);
    }
    return false;
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) return true;
    return false;
}

void ft_history_add(struct ft_history *h, const char *kind, const char *text)
{
    if (!*text || has_control(text) || is_last(h, kind, text)) return;
    char *line = ft_xprintf("%s%s%s", kind, *kind ? "\t" : "", text);
    remember(h, line);
    char *path = ft_xdg_path(FT_XDG_STATE, "history"), *dir = ft_path_dir(path);
    FILE *f = ft_mkdirs(dir, NULL) ? NULL : fopen(path, "a");
    if (f) {
        fprintf(f, "%s\n", line);
        fclose(f);
    }
    free(dir);
    free(path);
    free(line);
}

void ft_history_release(struct ft_history *h)
{
    for (size_t i = 0; i < h->n; i++)
        free(h->lines[i]);
    free(h->lines);
    *h = (struct ft_history){0};
}
