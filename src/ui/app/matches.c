/* See matches.h. */
#include "ui/app/matches.h"

#include "engine/present/dataset.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct ft_match *add(struct ft_matches *m, const char *text)
{
    ft_grow(&m->items, &m->cap, m->n + 1, sizeof *m->items);
    struct ft_match *one = &m->items[m->n++];
    *one = (struct ft_match){.text = ft_xstrdup(text)};
    return one;
}

void ft_matches_add(struct ft_matches *m, const char *text)
{
    add(m, text);
}

void ft_matches_add_note(struct ft_matches *m, const char *text, const char *note)
{
    add(m, text)->note = ft_xstrdup(note);
}

void ft_matches_add_path(struct ft_matches *m, const char *path)
{
    add(m, path)->path = true;
}

static void match_release(struct ft_match *one)
{
    free(one->text);
    free(one->note);
}

void ft_matches_release(struct ft_matches *m)
{
    for (size_t i = 0; i < m->n; i++)
        match_release(&m->items[i]);
    free(m->items);
    *m = (struct ft_matches){0};
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct ft_match *)a)->text, ((const struct ft_match *)b)->text);
}

/* The part that is looked in when nothing begins with what is typed. */
static const char *last_part(const char *path)
{
    size_t n = strlen(path), from = n;
    if (from && path[from - 1] == '/') from--;
    while (from && path[from - 1] != '/')
        from--;
    return path + from;
}

static bool has(const struct ft_matches *m, size_t kept, const char *text, bool sorted)
{
    for (size_t i = sorted && kept ? kept - 1 : 0; i < kept; i++)
        if (!strcmp(m->items[i].text, text)) return true;
    return false;
}

void ft_matches_keep(struct ft_matches *m, const char *prefix, bool sorted)
{
    size_t kept = 0, n = strlen(prefix);
    const char *slash = strrchr(prefix, '/'), *part = slash ? slash + 1 : prefix;
    bool begins = false;
    if (sorted && m->n) qsort(m->items, m->n, sizeof *m->items, by_text);
    for (size_t i = 0; i < m->n && !begins; i++)
        begins = !strncmp(m->items[i].text, prefix, n);
    for (size_t i = 0; i < m->n; i++) {
        const char *text = m->items[i].text;
        bool fits = begins ? !strncmp(text, prefix, n) : *part && strcasestr(last_part(text), part);
        if (fits && !has(m, kept, text, sorted))
            m->items[kept++] = m->items[i];
        else
            match_release(&m->items[i]);
    }
    m->n = kept;
}

size_t ft_matches_shared(const struct ft_matches *m)
{
    size_t n = m->n ? strlen(m->items[0].text) : 0;
    for (size_t i = 1; i < m->n; i++) {
        size_t k = 0;
        while (k < n && m->items[i].text[k] == m->items[0].text[k])
            k++;
        n = k;
    }
    while (n && ((unsigned char)m->items[0].text[n] & 0xc0) == 0x80)
        n--;
    return n;
}

bool ft_match_is_folder(const struct ft_match *one)
{
    size_t n = strlen(one->text);
    return n && one->text[n - 1] == '/';
}

/* --- files --- */

static bool holds(const char *folder, const char *name)
{
    char *path = ft_path_join(folder, name);
    bool there = ft_path_is_file(path);
    free(path);
    return there;
}

/* The endings after the first letters of a name: "csv", "jsonl.xz"; "" when there is none. */
static const char *format_of(const char *path)
{
    static const char *const packed[] = {".gz", ".xz", ".bz2", ".zst"};
    const char *name = ft_path_base(path), *dot = strrchr(name, '.');
    if (!dot || dot == name) return "";
    for (size_t i = 0; i < sizeof packed / sizeof *packed; i++) {
        if (strcasecmp(dot, packed[i]) != 0) continue;
        const char *before = dot;
        while (before > name && before[-1] != '.')
            before--;
        return before > name + 1 && dot - before <= 6 ? before : dot + 1;
    }
    return strlen(dot) <= 12 ? dot + 1 : "";
}

static char *look(const char *text)
{
    char *path = ft_path_home(text), *note, size[32];
    if (ft_path_is_dir(path))
        note = ft_xstrdup(holds(path, "run.json")            ? "run"
                          : holds(path, "config.json")       ? "model"
                          : holds(path, "model/config.json") ? "run's model"
                                                             : "folder");
    else if (!ft_path_exists(path))
        note = ft_xstrdup(ft_dataset_there(path) ? "sheet" : "no longer exists");
    else if (!ft_path_is_file(path))
        note = ft_xstrdup("not a regular file");
    else
        note =
            ft_xprintf("%s  %-5s", ft_format_bytes(size, sizeof size, (double)ft_file_size(path)),
                       format_of(path));
    free(path);
    return note;
}

const char *ft_match_note(struct ft_match *one)
{
    if (one->path && !one->looked && !one->note) one->note = look(one->text);
    one->looked = true;
    return one->note ? one->note : "";
}

enum ft_status ft_complete_path(struct ft_folder *f, const char *prefix, bool folders,
                                struct ft_matches *out, struct ft_err *err)
{
    const char *slash = strrchr(prefix, '/');
    char *dir = slash ? ft_xstrndup(prefix, (size_t)(slash - prefix) + 1) : ft_xstrdup("");
    const char *start = slash ? slash + 1 : prefix;
    char *real = ft_path_home(*dir ? dir : ".");
    enum ft_status st = FT_OK;
    if (!f->path || strcmp(f->path, real) != 0) st = ft_folder_read(f, real, err);
    if (st) ft_folder_release(f); /* so that it is tried again */
    for (size_t i = 0; i < f->n; i++) {
        const struct ft_folder_entry *e = &f->entries[i];
        if ((e->name[0] == '.' && *start != '.') || (folders && !e->folder)) continue;
        char *shown = ft_xprintf("%s%s%s", dir, e->name, e->folder ? "/" : "");
        ft_matches_add_path(out, shown);
        free(shown);
    }
    if (!strcmp(start, "..")) { /* one up */
        char *up = ft_xprintf("%s../", dir);
        ft_matches_add_path(out, up);
        free(up);
    }
    free(real);
    free(dir);
    return st;
}
