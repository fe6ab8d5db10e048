/* See hub_repo.h. */
#include "data/hub_repo.h"

#include "data/hub.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum ft_status ft_hub_repo_open(struct ft_hub_repo *r, const struct ft_hub_settings *settings,
                                const char *id, const char *revision,
                                const struct ft_hub_watch *watch, struct ft_err *err)
{
    *r = (struct ft_hub_repo){.settings = settings,
                              .id = ft_xstrdup(id),
                              .revision = ft_xstrdup(revision),
                              .host = ft_http_host(settings->endpoint),
                              .folder = ft_hub_repo_path(settings->cache, id)};
    if (watch) r->watch = *watch;
    char *locks = ft_path_join(settings->cache, ".locks");
    r->locks = ft_hub_repo_path(locks, id);
    free(locks);
    r->http = ft_hub_http_new(settings->endpoint, settings->token, &r->watch);
    if (r->http) return FT_OK;
    ft_hub_repo_close(r);
    return ft_fail(err, FT_FORMAT,
                   "HF_ENDPOINT is not the address of a hub; expected http://HOST "
                   "or https://HOST");
}

void ft_hub_repo_close(struct ft_hub_repo *r)
{
    ft_hub_http_free(r->http);
    free(r->id);
    free(r->revision);
    free(r->host);
    free(r->folder);
    free(r->locks);
    memset(r, 0, sizeof *r);
}

char *ft_hub_repo_info_url(const struct ft_hub_repo *r)
{
    struct ft_str url = {0};
    ft_str_addf(&url, "%s/api/models/", r->settings->endpoint);
    ft_http_add_quoted(&url, r->id, true);
    ft_str_addz(&url, "/revision/");
    ft_http_add_quoted(&url, r->revision, false);
    return ft_str_take(&url);
}

char *ft_hub_repo_file_url(const struct ft_hub_repo *r, const char *commit, const char *file)
{
    struct ft_str url = {0};
    ft_str_addf(&url, "%s/", r->settings->endpoint);
    ft_http_add_quoted(&url, r->id, true);
    ft_str_addz(&url, "/resolve/");
    ft_http_add_quoted(&url, commit, false);
    ft_str_addc(&url, '/');
    ft_http_add_quoted(&url, file, true);
    return ft_str_take(&url);
}

static bool is_passing(int status)
{
    return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
           status == 504;
}

bool ft_hub_repo_again(struct ft_hub_repo *r, int *tries, enum ft_status st,
                       const struct ft_http_reply *reply, struct ft_err *err)
{
    char cause[48] = "connection lost";
    if (st ? !reply->retry : !is_passing(reply->status)) return false;
    if (++*tries >= FT_HUB_TRIES) return false;
    double wait_s = r->settings->retry_s * (double)(1 << (*tries - 1)),
           asked_s = st ? -1 : reply->retry_after_s;
    if (asked_s > FT_HUB_WAIT_S) return false;
    if (asked_s > wait_s) wait_s = asked_s;
    if (!st) snprintf(cause, sizeof cause, "HTTP %d", reply->status);
    for (double end_s = ft_now_s() + wait_s, left_s; (left_s = end_s - ft_now_s()) > 0;) {
        struct timespec nap = {.tv_nsec = left_s < 0.05 ? (long)(left_s * 1e9) : 50000000};
        if (ft_hub_watch_cancelled(&r->watch)) {
            ft_fail(err, FT_CANCELLED, "cancelled");
            return false;
        }
        ft_hub_watch_doing(&r->watch, "retrying in %.0f s: %s", left_s, cause);
        nanosleep(&nap, NULL);
    }
    return true;
}

static enum ft_status fail_gated(const struct ft_hub_repo *r, const char *what, struct ft_err *err)
{
    return ft_fail(err, FT_IO, "%s: is gated%s: accept its conditions at %s/%s%s", r->id, what,
                   r->settings->endpoint, r->id,
                   r->settings->token
                       ? " with the account of your access token, which has no access yet"
                       : ", then set HF_TOKEN to an access token of that account");
}

enum ft_status ft_hub_repo_refused(const struct ft_hub_repo *r, const struct ft_http_reply *reply,
                                   const char *file, struct ft_err *err)
{
    const char *code = reply->error_code;
    int status = reply->status;
    bool token = r->settings->token != NULL;
    if (!strcmp(code, "GatedRepo")) return fail_gated(r, "", err);
    if (status == 403) return fail_gated(r, ", or forbidden (HTTP 403)", err);
    if (!strcmp(code, "RevisionNotFound"))
        return ft_fail(err, FT_NOTFOUND, "%s: has no revision %s on %s; check the name after @",
                       r->id, r->revision, r->host);
    if (file && status == 404)
        return ft_fail(err, FT_NOTFOUND, "%s: %s lists %s but does not have it (HTTP 404)", r->id,
                       r->host, file);
    if (status == 404 || (status == 401 && (!token || !strcmp(code, "RepoNotFound"))))
        return ft_fail(err, FT_NOTFOUND, "%s: no such model on %s (HTTP %d); check the id%s", r->id,
                       r->host, status,
                       token ? ", and that your access token may read it if it is private"
                             : "; a private model needs HF_TOKEN");
    if (status == 401)
        return ft_fail(err, FT_IO,
                       "%s: %s does not accept the access token (HTTP 401); check HF_TOKEN or "
                       "HF_TOKEN_PATH",
                       r->id, r->host);
    if (status == 429 && reply->retry_after_s >= 0)
        return ft_fail(err, FT_IO, "%s: too many requests (HTTP 429); try again in %.0f seconds",
                       r->host, reply->retry_after_s);
    if (is_passing(status))
        return ft_fail(err, FT_IO, "%s: HTTP %d%s; try again later", r->host, status,
                       status == 429 ? ", too many requests" : "");
    return ft_fail(err, FT_IO, "%s: HTTP %d for %s, expected 200", r->host, status,
                   file ? file : r->id);
}
