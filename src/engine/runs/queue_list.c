/* The entries of a queue and its file: see queue_list.h. */
#include "engine/runs/queue_list.h"

#include "data/split.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 32 << 20, VERSION = 1 };
static const char file_name[] = "queue.json";
static const char *const kind_names[FT_QUEUE_KIND_COUNT] = {"train", "resume", "sweep", "audit"};
static const char *const state_names[FT_QUEUE_STATE_COUNT] = {"waiting", "running", "failed"};

const char *ft_queue_kind_name(enum ft_queue_kind kind)
{
    return kind_names[kind];
}

const char *ft_queue_state_name(enum ft_queue_state state)
{
    return state_names[state];
}

void ft_queue_item_release(struct ft_queue_item *x)
{
    char *const texts[] = {x->dir, x->fork, x->after, x->notify, x->why};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    ft_options_release(&x->o);
    *x = (struct ft_queue_item){0};
}

void ft_queue_release(struct ft_queue *q)
{
    for (size_t i = 0; i < q->n; i++)
        ft_queue_item_release(&q->items[i]);
    free(q->items);
    *q = (struct ft_queue){0};
}

/* --- reading --- */

static int word_of(const cJSON *tree, const char *key, const char *const *words, int n)
{
    const cJSON *v = ft_json_get(tree, key);
    for (int i = 0; cJSON_IsString(v) && i < n; i++)
        if (!strcmp(v->valuestring, words[i])) return i;
    return -1;
}

/* Without a folder an entry means nothing. */
static enum ft_status check_dir(const char *dir, const char *name, struct ft_err *err)
{
    if (dir && *dir && strlen(dir) < 4096) return FT_OK;
    return ft_fail(err, FT_FORMAT, "%s: an entry without a folder", name);
}

static enum ft_status read_item(struct ft_queue_item *x, const cJSON *tree, const char *name,
                                struct ft_err *err)
{
    int64_t id = 0, folds = 0;
    const char *added = NULL;
    int kind = word_of(tree, "kind", kind_names, FT_QUEUE_KIND_COUNT);
    int state = word_of(tree, "state", state_names, FT_QUEUE_STATE_COUNT);
    if (kind < 0 || state < 0)
        return ft_fail(err, FT_FORMAT,
                       "%s: an entry whose kind or state is unknown to this version", name);
    x->kind = (enum ft_queue_kind)kind;
    x->state = (enum ft_queue_state)state;
    enum ft_status st = ft_json_i64(tree, "id", 1, (int64_t)1 << 53, &id, name, err);
    if (!st && !id) st = ft_fail(err, FT_FORMAT, "%s: an entry without an id", name);
    if (!st) st = ft_json_str(tree, "added", &added, name, err);
    if (!st) st = ft_json_i64(tree, "folds", 0, FT_FOLDS_MAX, &folds, name, err);
    if (!st) st = ft_json_bytes(tree, "dir", &x->dir, name, err);
    if (!st) st = ft_json_bytes(tree, "fork", &x->fork, name, err);
    if (!st) st = ft_json_bytes(tree, "after", &x->after, name, err);
    if (!st) st = ft_json_bytes(tree, "notify", &x->notify, name, err);
    if (!st) st = ft_json_bytes(tree, "why", &x->why, name, err);
    if (!st) st = check_dir(x->dir, name, err);
    const cJSON *options = ft_json_get(tree, "options");
    if (!st && options) st = ft_options_from_json(&x->o, options, name, err);
    x->id = (uint64_t)id;
    x->folds = (size_t)folds;
    snprintf(x->added, sizeof x->added, "%s", added ? added : "");
    ft_text_tame(x->added, strlen(x->added));
    return st;
}

static enum ft_status read_tree(struct ft_queue *q, const cJSON *tree, const char *name,
                                struct ft_err *err)
{
    int64_t version = 0, next = 1;
    const cJSON *list = ft_json_get(tree, "entries"), *entry;
    enum ft_status st = ft_json_i64(tree, "version", 1, VERSION, &version, name, err);
    if (!st) st = ft_json_i64(tree, "next", 1, (int64_t)1 << 53, &next, name, err);
    if (!st && (version != VERSION || !cJSON_IsArray(list)))
        st = ft_fail(err, FT_FORMAT, "%s: is not a queue of this version", name);
    if (!st && cJSON_GetArraySize(list) > FT_QUEUE_MAX)
        st = ft_fail(err, FT_FORMAT, "%s: has more than %d entries", name, (int)FT_QUEUE_MAX);
    if (st) return st;
    q->next = (uint64_t)next;
    q->items = ft_xcalloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *q->items);
    cJSON_ArrayForEach(entry, list)
    {
        struct ft_queue_item *x = &q->items[q->n++];
        ft_options_init(&x->o);
        if ((st = read_item(x, entry, name, err))) return st;
        for (size_t i = 0; i + 1 < q->n; i++)
            if (q->items[i].id == x->id)
                return ft_fail(err, FT_FORMAT, "%s: id %llu twice", name,
                               (unsigned long long)x->id);
        if (x->id >= q->next) q->next = x->id + 1;
    }
    return FT_OK;
}

/* Whoever can write the file can have commands run. */
static enum ft_status check_owner(const char *path, bool *there, struct ft_err *err)
{
    struct stat sb;
    *there = !lstat(path, &sb);
    if (!*there && errno == ENOENT) return FT_OK;
    if (!*there) return ft_fail(err, FT_IO, "%s: cannot be read: %s", path, strerror(errno));
    if (S_ISREG(sb.st_mode) && sb.st_uid == geteuid() && !(sb.st_mode & (S_IWGRP | S_IWOTH)))
        return FT_OK;
    return ft_fail(err, FT_UNSUPPORTED,
                   "%s: other users can change it, so it is not used: remove it, or make it yours "
                   "alone with chmod 600",
                   path);
}

enum ft_status ft_queue_read(struct ft_queue *q, const char *root, struct ft_err *err)
{
    char *path = ft_path_join(root, file_name);
    cJSON *tree = NULL;
    bool there;
    *q = (struct ft_queue){.next = 1};
    enum ft_status st = check_owner(path, &there, err);
    if (!st && there) {
        st = ft_json_read(path, FILE_BYTES_MAX, &tree, err);
        if (!st) st = read_tree(q, tree, path, err);
    }
    if (st) {
        ft_queue_release(q);
        q->next = 1;
    }
    cJSON_Delete(tree);
    free(path);
    return st;
}

/* --- writing --- */

static void add_item(struct ft_str *s, const struct ft_queue_item *x)
{
    ft_str_addc(s, '{');
    ft_json_put_num(s, "id", (double)x->id);
    ft_json_put_text(s, "kind", kind_names[x->kind]);
    ft_json_put_text(s, "state", state_names[x->state]);
    ft_json_put_bytes(s, "dir", x->dir);
    if (x->fork) ft_json_put_bytes(s, "fork", x->fork);
    if (x->after) ft_json_put_bytes(s, "after", x->after);
    if (x->notify) ft_json_put_bytes(s, "notify", x->notify);
    if (x->why) ft_json_put_bytes(s, "why", x->why);
    ft_json_put_text(s, "added", x->added);
    if (x->folds) ft_json_put_num(s, "folds", (double)x->folds);
    ft_json_add_key(s, "options");
    ft_options_to_json(&x->o, s);
    ft_str_addc(s, '}');
}

enum ft_status ft_queue_write(const struct ft_queue *q, const char *root, struct ft_err *err)
{
    char *path = ft_path_join(root, file_name);
    struct ft_str s = {0};
    struct ft_out out;
    ft_str_addc(&s, '{');
    ft_json_put_num(&s, "version", VERSION);
    ft_json_put_num(&s, "next", (double)q->next);
    ft_json_add_key(&s, "entries");
    ft_str_addc(&s, '[');
    for (size_t i = 0; i < q->n; i++) {
        ft_str_addz(&s, i ? ",\n" : "\n");
        add_item(&s, &q->items[i]);
    }
    ft_str_addz(&s, "]}\n");
    enum ft_status st = ft_out_open(&out, path, err);
    if (!st) {
        if (fchmod(fileno(out.f), S_IRUSR | S_IWUSR)) { /* a file system without modes */
        }
        fwrite(s.data, 1, s.len, out.f);
        st = ft_out_commit(&out, err);
    }
    ft_str_release(&s);
    free(path);
    return st;
}

uint64_t ft_queue_stamp(const char *root)
{
    struct stat sb;
    char *path = ft_path_join(root, file_name);
    uint64_t stamp = 0;
    if (!stat(path, &sb))
        stamp = (uint64_t)sb.st_ino * 1000003u ^ (uint64_t)sb.st_mtim.tv_nsec ^
                (uint64_t)sb.st_mtim.tv_sec << 20 ^ (uint64_t)sb.st_size;
    free(path);
    return stamp;
}
