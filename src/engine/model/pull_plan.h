/* What a pull downloads: the files that are wanted of a revision, their etags and sizes, what the
 * cache has of them, and whether the disk has room. The small files that decide about others
 * (modules.json, the index of shards, config.json) are fetched for it. */
#ifndef FT_ENGINE_MODEL_PULL_PLAN_H
#define FT_ENGINE_MODEL_PULL_PLAN_H

#include "data/hub_info.h"
#include "data/hub_repo.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_pull_item {
    const char *name; /* the plan's info has it */
    struct ft_hub_head head;
    int64_t bytes_here; /* in the cache, or in its partial file */
    bool cached;        /* all of it */
    bool fetched;       /* by the plan */
    bool last_use;      /* no later item has the same content */
};
struct ft_pull_plan {
    struct ft_hub_info info;
    struct ft_pull_item *items; /* weights last */
    size_t n;
    int64_t bytes, bytes_download;
    int64_t disk_free_bytes; /* -1: not known */
    char warning[256];       /* "": none */
};
/* Errors: those of hub_info.h, hub_select.h and hub_fetch.h; FT_FORMAT when two files have one etag
 * but not one size. On an error it is released. */
enum ft_status ft_pull_plan_make(struct ft_pull_plan *plan, struct ft_hub_repo *r,
                                 struct ft_err *err);
void ft_pull_plan_release(struct ft_pull_plan *plan);
/* FT_IO when what is to be downloaded does not fit. */
enum ft_status ft_pull_plan_check_disk(const struct ft_pull_plan *plan, const struct ft_hub_repo *r,
                                       struct ft_err *err);

#endif
