/* See hub_settings.h. */
#include "data/hub_settings.h"

#include "data/hub.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ENDPOINT "https://huggingface.co"
enum { TOKEN_BYTES_MAX = 4096, TIMEOUT_S = 10, SECONDS_MAX = 86400 };
static const double RETRY_S = 0.5;

static const char *env(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static bool env_true(const char *name)
{
    static const char *const words[] = {"1", "ON", "YES", "TRUE"};
    const char *value = env(name);
    for (size_t i = 0; value && i < sizeof words / sizeof *words; i++)
        if (!strcasecmp(value, words[i])) return true;
    return false;
}

static enum ft_status read_seconds(const char *name, double usual_s, double *out,
                                   struct ft_err *err)
{
    const char *value = env(name);
    *out = usual_s;
    if (!value) return FT_OK;
    if (ft_parse_double(value, out) && isfinite(*out) && *out > 0 && *out <= SECONDS_MAX)
        return FT_OK;
    return ft_fail(err, FT_FORMAT, "%s is %.40s, expected seconds, above 0 and at most %d", name,
                   value, SECONDS_MAX);
}

/* Blanks and newlines around it are dropped, as everywhere. Takes `text` over. */
static enum ft_status take_token(char **token, char *text, const char *from, struct ft_err *err)
{
    size_t begin = strspn(text, " \t\r\n"), end = strlen(text);
    while (end > begin && strchr(" \t\r\n", text[end - 1]))
        end--;
    enum ft_status st = FT_OK;
    for (size_t i = begin; i < end && !st; i++)
        if (text[i] <= ' ' || text[i] > '~')
            st = ft_fail(err, FT_FORMAT,
                         "%s: the access token contains invalid characters; copy it again from "
                         "the hub's settings",
                         from);
    if (!st && end > begin) *token = ft_xstrndup(text + begin, end - begin);
    explicit_bzero(text, strlen(text));
    free(text);
    return st;
}

static char *token_path(void)
{
    const char *path = env("HF_TOKEN_PATH");
    return path ? ft_path_home(path) : ft_hub_home_path("token");
}

static enum ft_status read_token(struct ft_hub_settings *s, struct ft_err *err)
{
    const char *given = env("HF_TOKEN");
    if (env_true("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return FT_OK;
    if (given) return take_token(&s->token, ft_xstrdup(given), "HF_TOKEN", err);
    char *path = token_path(), *text = NULL;
    size_t n;
    enum ft_status st = FT_OK;
    if (path && ft_path_is_file(path) &&
        !(st = ft_file_read(path, TOKEN_BYTES_MAX, &text, &n, err)))
        st = take_token(&s->token, text, path, err);
    free(path);
    return st;
}

static enum ft_status read_endpoint(struct ft_hub_settings *s, struct ft_err *err)
{
    const char *given = env("HF_ENDPOINT");
    s->endpoint = ft_xstrdup(given ? given : ENDPOINT);
    size_t n = strlen(s->endpoint);
    while (n && s->endpoint[n - 1] == '/')
        s->endpoint[--n] = 0;
    const char *host = strstr(s->endpoint, "://");
    bool http = !strncasecmp(s->endpoint, "http://", 7) || !strncasecmp(s->endpoint, "https://", 8);
    for (size_t i = 0; i < n && http; i++)
        http = s->endpoint[i] > ' ' && s->endpoint[i] <= '~' && !strchr("?#\\\"<>", s->endpoint[i]);
    if (http && host[3] && host[3] != '/' && !strchr(host, '@')) return FT_OK;
    return ft_fail(err, FT_FORMAT,
                   "HF_ENDPOINT is not the address of a hub; expected http://HOST or https://HOST");
}

enum ft_status ft_hub_settings_load(struct ft_hub_settings *s, struct ft_err *err)
{
    static const char *const offline[] = {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"};
    memset(s, 0, sizeof *s);
    for (size_t i = sizeof offline / sizeof *offline; i-- > 0;)
        if (env_true(offline[i])) s->offline_by = offline[i];
    s->offline = s->offline_by != NULL;
    s->no_symlinks = env_true("HF_HUB_DISABLE_SYMLINKS");
    enum ft_status st = read_endpoint(s, err);
    if (!st && !(s->cache = ft_hub_cache_path()))
        st = ft_fail(err, FT_NOTFOUND,
                     "there is no home folder for the hub cache; set HF_HUB_CACHE to a folder");
    if (!st) st = read_seconds("HF_HUB_ETAG_TIMEOUT", TIMEOUT_S, &s->etag_timeout_s, err);
    if (!st) st = read_seconds("HF_HUB_DOWNLOAD_TIMEOUT", TIMEOUT_S, &s->download_timeout_s, err);
    if (!st) st = read_seconds("FETTLE_RETRY_S", RETRY_S, &s->retry_s, err);
    if (!st) st = read_token(s, err);
    if (st) ft_hub_settings_release(s);
    return st;
}

void ft_hub_settings_release(struct ft_hub_settings *s)
{
    if (s->token) explicit_bzero(s->token, strlen(s->token));
    free(s->token);
    free(s->endpoint);
    free(s->cache);
    memset(s, 0, sizeof *s);
}
