/* What the hub says about a revision of a model: commit, licence, names of its files; and about a
 * file: its etag and size. */
#ifndef FT_DATA_HUB_INFO_H
#define FT_DATA_HUB_INFO_H

#include "data/hub_repo.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FT_HUB_COMMIT_MAX = 64, FT_HUB_ETAG_MAX = 128, FT_HUB_NAME_MAX = 512 };

struct ft_hub_info {
    char commit[FT_HUB_COMMIT_MAX + 1]; /* hexadecimal digits */
    char licence[96];                   /* "not stated" when the model card names none */
    char **names;                       /* sorted; only those that ft_hub_name_is_safe, each once */
    size_t n;
};
/* Asks ENDPOINT/api/models/ID/revision/REVISION, again if need be. Errors: those of
 * ft_hub_http_run and ft_hub_repo_refused; FT_FORMAT for an answer that is too long, no JSON, or has
 * no commit. */
enum ft_status ft_hub_info_load(struct ft_hub_info *info, struct ft_hub_repo *r,
                                struct ft_err *err);
void ft_hub_info_release(struct ft_hub_info *info);
bool ft_hub_info_has(const struct ft_hub_info *info, const char *name);
/* The same from the text of an answer; `name` is for error texts. */
enum ft_status ft_hub_info_parse(struct ft_hub_info *info, const char *text, size_t n,
                                 const char *name, struct ft_err *err);

/* A path below a folder: parts without "." and ".." at their beginning, no control characters, no
 * backslash, no empty part, at most FT_HUB_NAME_MAX bytes, valid UTF-8. */
bool ft_hub_name_is_safe(const char *name);

struct ft_hub_head {
    char etag[FT_HUB_ETAG_MAX + 1]; /* without quotes and W/; letters, digits, - and _ */
    int64_t bytes;
};
/* Asks for the headers of ENDPOINT/ID/resolve/COMMIT/FILE. FT_FORMAT when it gives no usable etag or
 * no size. */
enum ft_status ft_hub_head_load(struct ft_hub_head *head, struct ft_hub_repo *r, const char *commit,
                                const char *file, struct ft_err *err);
/* `"abc"` and `W/"abc"` into `etag`; false when it cannot be the name of a file. */
bool ft_hub_etag_parse(char etag[FT_HUB_ETAG_MAX + 1], const char *header);
/* 64 hexadecimal digits: the SHA-256 of the file. */
bool ft_hub_etag_is_sha256(const char *etag);

#endif
