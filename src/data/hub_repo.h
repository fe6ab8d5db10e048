/* A model on the hub, as a client sees it: its addresses, its folder in the cache, when a request
 * is tried again, and what an error status means for the user. What is asked and downloaded is in
 * hub_info.h and hub_fetch.h.
 *
 * Threads: an ft_hub_repo belongs to one thread. */
#ifndef FT_DATA_HUB_REPO_H
#define FT_DATA_HUB_REPO_H

#include "data/hub_http.h"
#include "data/hub_settings.h"
#include "util/err.h"

#include <stdbool.h>

struct ft_hub_repo {
    const struct ft_hub_settings *settings;
    struct ft_hub_watch watch;
    struct ft_hub_http *http;
    char *id, *revision;
    char *host;   /* of the endpoint, for messages */
    char *folder; /* CACHE/models--org--name */
    char *locks;  /* CACHE/.locks/models--org--name */
};
/* `id` and `revision` are valid (data/hub.h); `settings` must outlive it. */
enum ft_status ft_hub_repo_open(struct ft_hub_repo *r, const struct ft_hub_settings *settings,
                                const char *id, const char *revision,
                                const struct ft_hub_watch *watch, struct ft_err *err);
void ft_hub_repo_close(struct ft_hub_repo *r);

/* ENDPOINT/api/models/ID/revision/REVISION, and ENDPOINT/ID/resolve/COMMIT/FILE. free() them. */
char *ft_hub_repo_info_url(const struct ft_hub_repo *r);
char *ft_hub_repo_file_url(const struct ft_hub_repo *r, const char *commit, const char *file);

/* After a request that ended with `st`: true when it is worth another try and the time to wait is
 * over. Tried again: a connection that failed or broke, 408, 429, 5xx; up to FT_HUB_TRIES times, after
 * retry_s of the settings, then twice as long each time, or as long as Retry-After asks, if that is at most
 * FT_HUB_WAIT_S. `*tries` begins with 0; a caller that made progress sets it back. Cancelled while
 * waiting: false, and err is FT_CANCELLED. */
enum { FT_HUB_TRIES = 5, FT_HUB_WAIT_S = 120 };
bool ft_hub_repo_again(struct ft_hub_repo *r, int *tries, enum ft_status st,
                       const struct ft_http_reply *reply, struct ft_err *err);

/* What a status other than 200 and 206 means; `file` NULL: the model itself was asked for. */
enum ft_status ft_hub_repo_refused(const struct ft_hub_repo *r, const struct ft_http_reply *reply,
                                   const char *file, struct ft_err *err);

#endif
