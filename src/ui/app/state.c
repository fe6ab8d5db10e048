/* The remembered state: a flat JSON object of texts, and the recent files as an array under
 * "recent". JSON has no bytes that are not UTF-8: a text that has some, such as the path of a file
 * named in Latin-1, is neither written nor read; a changed path would name another file. */
#include "ui/app/state.h"

#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

struct ft_state_entry {
    char *key, *value;
};

enum { STATE_BYTES = 1 << 20 };

void ft_state_release(struct ft_state *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->entries[i].key);
        free(s->entries[i].value);
    }
    for (size_t i = 0; i < s->recent_n; i++)
        free(s->recent[i]);
    free(s->entries);
    free(s->recent);
    *s = (struct ft_state){0};
}

const char *ft_state_get(const struct ft_state *s, const char *key)
{
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp(s->entries[i].key, key)) return s->entries[i].value;
    return NULL;
}

void ft_state_set(struct ft_state *s, const char *key, const char *value)
{
    for (size_t i = 0; i < s->n; i++) {
        struct ft_state_entry *e = &s->entries[i];
        if (strcmp(e->key, key)) continue;
        char *copy = ft_xstrdup(value);
        free(e->value);
        e->value = copy;
        if (value) return;
        free(e->key);
        *e = s->entries[--s->n];
        return;
    }
    if (!value) return;
    ft_grow(&s->entries, &s->cap, s->n + 1, sizeof *s->entries);
    s->entries[s->n++] = (struct ft_state_entry){ft_xstrdup(key), ft_xstrdup(value)};
}

void ft_state_recent(struct ft_state *s, const char *path)
{
    char *copy = ft_xstrdup(path);
    size_t at = 0;
    while (at < s->recent_n && strcmp(s->recent[at], copy))
        at++;
    if (at < s->recent_n) {
        free(s->recent[at]);
    } else if (s->recent_n < FT_RECENT_MAX) {
        s->recent = ft_xrealloc(s->recent, FT_RECENT_MAX * sizeof *s->recent);
        at = s->recent_n++;
    } else {
        free(s->recent[--at]);
    }
    memmove(s->recent + 1, s->recent, at * sizeof *s->recent);
    s->recent[0] = copy;
}

static bool is_text(const char *text)
{
    size_t n = strlen(text);
    return ft_utf8_prefix(text, n) == n;
}

static bool is_text_item(const cJSON *item)
{
    return cJSON_IsString(item) && is_text(item->valuestring);
}

enum ft_status ft_state_load(struct ft_state *s, struct ft_err *err)
{
    char *path = ft_xdg_path(FT_XDG_STATE, "state.json");
    cJSON *tree = NULL;
    enum ft_status st = FT_OK;
    ft_state_release(s);
    if (ft_path_exists(path)) st = ft_json_read(path, STATE_BYTES, &tree, err);
    if (!st && tree && !cJSON_IsObject(tree))
        st = ft_fail(err, FT_FORMAT, "%s: expected a JSON object; delete the file", path);
    if (!st) {
        for (const cJSON *item = tree ? tree->child : NULL; item; item = item->next)
            if (is_text_item(item) && is_text(item->string))
                ft_state_set(s, item->string, item->valuestring);
        const cJSON *recent = ft_json_get(tree, "recent");
        int n = cJSON_IsArray(recent) ? cJSON_GetArraySize(recent) : 0;
        for (int i = (n < FT_RECENT_MAX ? n : FT_RECENT_MAX) - 1; i >= 0; i--) {
            const cJSON *item = cJSON_GetArrayItem(recent, i);
            if (is_text_item(item)) ft_state_recent(s, item->valuestring);
        }
    }
    cJSON_Delete(tree);
    free(path);
    return st;
}

enum ft_status ft_state_save(const struct ft_state *s, struct ft_err *err)
{
    char *path = ft_xdg_path(FT_XDG_STATE, "state.json");
    char *dir = ft_path_dir(path);
    cJSON *tree = cJSON_CreateObject();
    for (size_t i = 0; i < s->n; i++)
        if (is_text(s->entries[i].key) && is_text(s->entries[i].value))
            cJSON_AddStringToObject(tree, s->entries[i].key, s->entries[i].value);
    cJSON *recent = cJSON_AddArrayToObject(tree, "recent");
    for (size_t i = 0; i < s->recent_n; i++)
        if (is_text(s->recent[i])) cJSON_AddItemToArray(recent, cJSON_CreateString(s->recent[i]));
    struct ft_str text = {0};
    ft_json_pretty(&text, tree);
    enum ft_status st = ft_mkdirs(dir, err);
    if (!st) st = ft_file_write(path, text.data, text.len, err);
    ft_str_release(&text);
    cJSON_Delete(tree);
    free(dir);
    free(path);
    return st;
}
