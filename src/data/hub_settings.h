/* How the hub is reached: what huggingface_hub reads from the environment.
 *
 *     HF_ENDPOINT                            https://huggingface.co
 *     HF_TOKEN, HF_TOKEN_PATH, $HF_HOME/token, ~/.cache/huggingface/token     the access token
 *     HF_HUB_DISABLE_IMPLICIT_TOKEN          no token is sent
 *     HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE   nothing is asked of any server
 *     HF_HUB_ETAG_TIMEOUT, HF_HUB_DOWNLOAD_TIMEOUT     seconds without an answer or a byte [10]
 *     FETTLE_RETRY_S                         seconds before the first retry [0.5]
 *     HF_HUB_DISABLE_SYMLINKS                snapshots get files instead of links
 *
 * Proxies (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) are read where they are used (hub_http.h).
 * The cache's folder: ft_hub_cache_path(). */
#ifndef FT_DATA_HUB_SETTINGS_H
#define FT_DATA_HUB_SETTINGS_H

#include "util/err.h"

#include <stdbool.h>

struct ft_hub_settings {
    char *endpoint; /* without a slash at its end */
    char *cache;    /* the folder, whether it exists or not */
    char *token;    /* NULL: none. Never print, log or write it */
    bool offline;   /* *offline_by is the variable that says so */
    const char *offline_by;
    bool no_symlinks;
    double etag_timeout_s, download_timeout_s, retry_s;
};
/* Errors: FT_FORMAT for an endpoint that is no http or https address, a token with
 * invalid characters, a timeout that is not a number; FT_NOTFOUND when no home folder is known. */
enum ft_status ft_hub_settings_load(struct ft_hub_settings *s, struct ft_err *err);
/* The token's memory is overwritten first. */
void ft_hub_settings_release(struct ft_hub_settings *s);

#endif
