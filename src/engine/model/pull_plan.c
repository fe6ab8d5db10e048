/* See pull_plan.h. */
#include "engine/model/pull_plan.h"

#include "data/hub_fetch.h"
#include "data/hub_select.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/kinds.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_MAX ((size_t)64 << 20) /* of an index; a file that is read for the plan */
#define ROOM_BYTES     ((int64_t)4 << 20) /* kept free: folders, links, locks */

/* What is known of each of info.names while the plan is made. */
struct draft {
    struct ft_pull_plan *plan;
    struct ft_hub_repo *r;
    bool *wanted, *asked, *fetched;
    struct ft_hub_head *heads;
};

static enum ft_status ask(struct draft *d, size_t i, struct ft_err *err)
{
    const struct ft_hub_info *info = &d->plan->info;
    if (d->asked[i]) return FT_OK;
    ft_hub_watch_doing(&d->r->watch, "asking %s about %s", d->r->host, info->names[i]);
    enum ft_status st = ft_hub_head_load(&d->heads[i], d->r, info->commit, info->names[i], err);
    d->asked[i] = !st;
    return st;
}

/* The text of a file, fetched if need be. free() it. */
static enum ft_status read_file(struct draft *d, size_t i, char **text, size_t *n,
                                struct ft_err *err)
{
    const char *commit = d->plan->info.commit, *name = d->plan->info.names[i];
    enum ft_status st = ask(d, i, err);
    *text = NULL;
    if (st) return st;
    if ((uint64_t)d->heads[i].bytes > TEXT_BYTES_MAX)
        return ft_fail(err, FT_FORMAT, "%s: %s is %lld bytes long, expected at most %zu MB",
                       d->r->id, name, (long long)d->heads[i].bytes, TEXT_BYTES_MAX >> 20);
    if ((st = ft_hub_fetch(d->r, commit, name, &d->heads[i], &d->fetched[i], err))) return st;
    char *path = ft_hub_cached(d->r, commit, name, &d->heads[i]);
    if (path)
        st = ft_file_read(path, TEXT_BYTES_MAX, text, n, err);
    else
        st = ft_fail(err, FT_IO, "%s: was removed from the cache meanwhile; try again", name);
    free(path);
    return st;
}

static enum ft_status follow_modules(struct draft *d, struct ft_err *err)
{
    const struct ft_hub_info *info = &d->plan->info;
    size_t i = ft_hub_select_find(info, FT_HUB_MODULES), n;
    char *text;
    if (i == info->n || !d->wanted[i]) return FT_OK;
    enum ft_status st = read_file(d, i, &text, &n, err);
    if (!st) st = ft_hub_select_modules(info, d->wanted, text, n, err);
    free(text);
    return st;
}

static enum ft_status follow_indices(struct draft *d, struct ft_err *err)
{
    const struct ft_hub_info *info = &d->plan->info;
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < info->n && !st; i++) {
        char *text = NULL;
        size_t n;
        if (!d->wanted[i] || !ft_hub_is_index(info->names[i])) continue;
        st = read_file(d, i, &text, &n, err);
        if (!st) st = ft_hub_select_shards(info, d->wanted, i, text, n, err);
        free(text);
    }
    return st;
}

/* A model of another type is downloaded all the same: other programs share the cache. */
static enum ft_status read_config(struct draft *d, struct ft_err *err)
{
    const struct ft_hub_info *info = &d->plan->info;
    size_t i = ft_hub_select_find(info, FT_HUB_CONFIG), n;
    char *text;
    cJSON *tree = NULL;
    if (i == info->n) return FT_OK; /* in the transformer's folder */
    enum ft_status st = read_file(d, i, &text, &n, err);
    if (st) return st;
    if (!ft_json_parse(text, n, FT_HUB_CONFIG, &tree, NULL)) {
        const cJSON *type = ft_json_get(tree, "model_type");
        if (cJSON_IsString(type) && ft_family_parse(type->valuestring) < 0) {
            struct ft_str families = {0};
            ft_family_words(&families, FT_FAMILY_ALL, "and");
            snprintf(d->plan->warning, sizeof d->plan->warning,
                     "fettle does not support the model type %.60s; it supports %s",
                     type->valuestring, ft_str_text(&families));
            ft_str_release(&families);
            ft_text_tame(d->plan->warning, strlen(d->plan->warning));
        }
    }
    cJSON_Delete(tree);
    free(text);
    return FT_OK;
}

static void add_items(struct draft *d, bool weights)
{
    struct ft_pull_plan *plan = d->plan;
    for (size_t i = 0; i < plan->info.n; i++) {
        const char *name = plan->info.names[i];
        if (!d->wanted[i] || ft_hub_is_weights(name) != weights) continue;
        struct ft_pull_item *item = &plan->items[plan->n++];
        *item = (struct ft_pull_item){
            .name = name, .head = d->heads[i], .fetched = d->fetched[i], .last_use = true};
        char *path = ft_hub_cached(d->r, plan->info.commit, name, &item->head);
        item->cached = path != NULL;
        item->bytes_here = path ? item->head.bytes : ft_hub_partial_bytes(d->r, &item->head);
        free(path);
    }
}

/* Sums, and items with one content: it is downloaded once. */
static enum ft_status add_up(struct ft_pull_plan *plan, struct ft_err *err)
{
    for (size_t i = 0; i < plan->n; i++) {
        struct ft_pull_item *item = &plan->items[i];
        bool again = false;
        for (size_t k = 0; k < i; k++) {
            struct ft_pull_item *other = &plan->items[k];
            if (strcmp(other->head.etag, item->head.etag)) continue;
            if (other->head.bytes != item->head.bytes)
                return ft_fail(err, FT_FORMAT, "%s and %s have the same ETag but different sizes",
                               other->name, item->name);
            other->last_use = false;
            again = true;
        }
        plan->bytes += item->head.bytes;
        if (!again) plan->bytes_download += item->head.bytes - item->bytes_here;
    }
    return FT_OK;
}

enum ft_status ft_pull_plan_make(struct ft_pull_plan *plan, struct ft_hub_repo *r,
                                 struct ft_err *err)
{
    struct draft d = {.plan = plan, .r = r};
    memset(plan, 0, sizeof *plan);
    enum ft_status st = ft_hub_info_load(&plan->info, r, err);
    if (st) return st;
    size_t n = plan->info.n + 1;
    d.wanted = ft_hub_select(&plan->info);
    d.asked = ft_xcalloc(n, sizeof *d.asked);
    d.fetched = ft_xcalloc(n, sizeof *d.fetched);
    d.heads = ft_xcalloc(n, sizeof *d.heads);
    plan->items = ft_xcalloc(n, sizeof *plan->items);
    st = follow_modules(&d, err);
    if (!st) st = ft_hub_select_check(&plan->info, d.wanted, r->id, err);
    if (!st) st = read_config(&d, err);
    if (!st) st = follow_indices(&d, err);
    if (!st) st = ft_hub_select_check(&plan->info, d.wanted, r->id, err);
    for (size_t i = 0; i < plan->info.n && !st; i++)
        if (d.wanted[i]) st = ask(&d, i, err);
    if (!st) {
        add_items(&d, false);
        add_items(&d, true);
        st = add_up(plan, err);
        plan->disk_free_bytes = ft_disk_free(r->settings->cache);
    }
    free(d.wanted);
    free(d.asked);
    free(d.fetched);
    free(d.heads);
    if (st) ft_pull_plan_release(plan);
    return st;
}

void ft_pull_plan_release(struct ft_pull_plan *plan)
{
    ft_hub_info_release(&plan->info);
    free(plan->items);
    memset(plan, 0, sizeof *plan);
}

enum ft_status ft_pull_plan_check_disk(const struct ft_pull_plan *plan, const struct ft_hub_repo *r,
                                       struct ft_err *err)
{
    char need[32], have[32];
    if (plan->disk_free_bytes < 0 || !plan->bytes_download ||
        plan->disk_free_bytes - ROOM_BYTES >= plan->bytes_download)
        return FT_OK;
    return ft_fail(err, FT_IO,
                   "%s: needs %s, but %s has %s free; free some disk space, or set HF_HUB_CACHE to "
                   "a folder on another disk",
                   r->id, ft_format_bytes(need, sizeof need, (double)plan->bytes_download),
                   r->settings->cache,
                   ft_format_bytes(have, sizeof have, (double)plan->disk_free_bytes));
}
