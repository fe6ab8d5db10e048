/* See hub_http.h. Redirects are followed here, one request each, so that every one is checked and
 * the token is decided anew; libcurl follows none. */
#include "data/hub_http.h"

#include "util/clock.h"
#include "util/mem.h"
#include "util/str.h"

#include <curl/curl.h>
#include <ctype.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    REDIRECTS_MAX = 10,
    HEADER_BYTES_MAX = 256 << 10, /* of one response */
    URL_BYTES_MAX = 8 << 10,
    SCRAP_BYTES_MAX = 64 << 10, /* of the body of a redirect or an error */
    POLL_MS = 50
};

struct origin {
    char *scheme, *host, *port;
};

struct ft_hub_http {
    CURL *easy;
    CURLM *multi;
    struct origin home;
    char *token;
    struct ft_hub_watch watch;
    bool connected;
};

/* One hop. */
struct exchange {
    struct ft_hub_http *h;
    const struct ft_http_request *q;
    struct ft_http_reply *reply;
    struct ft_err *err;
    enum ft_status st; /* of the body's function, or of a limit */
    bool enough;       /* ended on purpose: the response is complete for our purposes */
    size_t header_bytes, scrap_bytes;
    char *location, *etag, *linked_etag;
    int64_t linked_bytes;
};

bool ft_hub_watch_cancelled(const struct ft_hub_watch *w)
{
    return w->cancelled && w->cancelled(w->arg);
}

void ft_hub_watch_doing(const struct ft_hub_watch *w, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    if (!w->doing) return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    w->doing(w->arg, text);
}

void ft_http_reply_release(struct ft_http_reply *r)
{
    free(r->etag);
    memset(r, 0, sizeof *r);
}

void ft_http_add_quoted(struct ft_str *url, const char *text, bool path)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c < 128 && isalnum(c)) || strchr("-._~", c) || (path && c == '/'))
            ft_str_addc(url, (char)c);
        else
            ft_str_addf(url, "%%%02X", c);
    }
}

/* ---- addresses ---- */

static void origin_release(struct origin *o)
{
    curl_free(o->scheme);
    curl_free(o->host);
    curl_free(o->port);
    *o = (struct origin){0};
}

static bool origin_parse(struct origin *o, const char *url)
{
    CURLU *u = curl_url();
    *o = (struct origin){0};
    bool good = u && !curl_url_set(u, CURLUPART_URL, url, 0) &&
                !curl_url_get(u, CURLUPART_SCHEME, &o->scheme, 0) &&
                !curl_url_get(u, CURLUPART_HOST, &o->host, 0) &&
                !curl_url_get(u, CURLUPART_PORT, &o->port, CURLU_DEFAULT_PORT);
    curl_url_cleanup(u);
    if (!good) origin_release(o);
    return good;
}

static bool origin_same(const struct origin *a, const struct origin *b)
{
    return !strcasecmp(a->scheme, b->scheme) && !strcasecmp(a->host, b->host) &&
           !strcmp(a->port, b->port);
}

char *ft_http_host(const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    size_t n = strcspn(host, "/?#");
    for (size_t i = 0; i < n; i++)
        if (host[i] == '@') return ft_xstrndup(host + i + 1, n - i - 1);
    return ft_xstrndup(host, n);
}

/* The absolute address that `location` means at `url`; NULL with the error. free() it. */
static char *follow(const char *url, const char *location, struct ft_err *err)
{
    CURLU *u = curl_url();
    char *next = NULL, *scheme = NULL, *copy = NULL, *host = ft_http_host(url);
    bool valid =
        u && strlen(location) <= URL_BYTES_MAX && !curl_url_set(u, CURLUPART_URL, url, 0) &&
        !curl_url_set(u, CURLUPART_URL, location, CURLU_NON_SUPPORT_SCHEME) &&
        !curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) && !curl_url_get(u, CURLUPART_URL, &next, 0);
    bool https = valid && !strcasecmp(scheme, "https"), http = valid && !strcasecmp(scheme, "http");
    if (!valid)
        ft_fail(err, FT_FORMAT, "%s: redirects to an address that is not valid", host);
    else if (!http && !https)
        ft_fail(err, FT_FORMAT, "%s: redirects to %.20s://, expected http or https", host, scheme);
    else if (http && !strncasecmp(url, "https:", 6))
        ft_fail(err, FT_FORMAT, "%s: redirects from https to http, which is not safe", host);
    else
        copy = ft_xstrdup(next);
    curl_free(scheme);
    curl_free(next);
    curl_url_cleanup(u);
    free(host);
    return copy;
}

/* ---- what libcurl calls ---- */

static int64_t read_size(const char *text)
{
    long long n;
    return ft_parse_i64(text, &n) && n >= 0 ? (int64_t)n : -1;
}

/* "bytes 100-199/1000", "bytes 100-199/" followed by a star */
static void read_range(struct ft_http_reply *r, const char *text)
{
    char *end;
    r->range_from = r->range_total = -1;
    if (strncasecmp(text, "bytes ", 6) || !isdigit((unsigned char)text[6])) return;
    long long from = strtoll(text + 6, &end, 10);
    if (*end != '-' || from < 0) return;
    r->range_from = from;
    const char *slash = strchr(end, '/');
    if (slash) r->range_total = read_size(slash + 1);
}

static double read_retry_after(const char *text)
{
    double seconds;
    if (ft_parse_double(text, &seconds)) return isfinite(seconds) && seconds >= 0 ? seconds : -1;
    time_t at = curl_getdate(text, NULL);
    if (at == (time_t)-1) return -1;
    double left = difftime(at, time(NULL));
    return left > 0 ? left : 0;
}

static void take(char **to, const char *value)
{
    free(*to);
    *to = ft_xstrdup(value);
}

static void take_header(struct exchange *x, const char *name, const char *value)
{
    struct ft_http_reply *r = x->reply;
    if (!strcasecmp(name, "location"))
        take(&x->location, value);
    else if (!strcasecmp(name, "etag"))
        take(&x->etag, value);
    else if (!strcasecmp(name, "x-linked-etag"))
        take(&x->linked_etag, value);
    else if (!strcasecmp(name, "x-linked-size"))
        x->linked_bytes = read_size(value);
    else if (!strcasecmp(name, "content-length"))
        r->length = read_size(value);
    else if (!strcasecmp(name, "content-range"))
        read_range(r, value);
    else if (!strcasecmp(name, "content-encoding"))
        r->encoded = *value && strcasecmp(value, "identity") != 0;
    else if (!strcasecmp(name, "retry-after"))
        r->retry_after_s = read_retry_after(value);
    else if (!strcasecmp(name, "x-error-code"))
        snprintf(r->error_code, sizeof r->error_code, "%.63s", value);
}

/* A status line replaces earlier ones (100, a proxy's 200). */
static void begin_response(struct exchange *x)
{
    struct ft_http_reply *r = x->reply;
    free(x->location);
    free(x->etag);
    free(x->linked_etag);
    x->location = x->etag = x->linked_etag = NULL;
    x->linked_bytes = -1;
    r->length = r->range_from = r->range_total = -1;
    r->retry_after_s = -1;
    r->encoded = false;
    r->error_code[0] = 0;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;
    (void)size;
    x->h->connected = true;
    x->header_bytes += n;
    if (x->header_bytes > HEADER_BYTES_MAX) {
        x->st = ft_fail(x->err, FT_FORMAT, "the response's headers are longer than %d KB",
                        HEADER_BYTES_MAX >> 10);
        return 0;
    }
    if (n >= 5 && !memcmp(data, "HTTP/", 5)) {
        begin_response(x);
        return n;
    }
    char *line = ft_xstrndup(data, n), *colon = strchr(line, ':');
    if (colon) {
        *colon = 0;
        char *value = colon + 1 + strspn(colon + 1, " \t"), *end = value + strlen(value);
        while (end > value && strchr(" \t\r\n", end[-1]))
            *--end = 0;
        take_header(x, line, value);
    }
    free(line);
    return n;
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct exchange *x = arg;
    long status = 0;
    (void)size;
    curl_easy_getinfo(x->h->easy, CURLINFO_RESPONSE_CODE, &status);
    x->reply->status = (int)status;
    if (x->reply->encoded) x->reply->length = -1;
    if (status != 200 && status != 206) {
        x->scrap_bytes += n;
        x->enough = x->scrap_bytes > SCRAP_BYTES_MAX;
        return x->enough ? 0 : n;
    }
    if (!x->q->body) {
        x->enough = true;
        return 0;
    }
    x->st = x->q->body(x->q->arg, x->reply, data, n, x->err);
    return x->st ? 0 : n;
}

/* ---- one hop ---- */

static struct curl_slist *headers_for(struct ft_hub_http *h, const char *url)
{
    struct origin to;
    struct curl_slist *list = NULL;
    if (h->token && origin_parse(&to, url)) {
        if (origin_same(&to, &h->home)) {
            char *line = ft_xprintf("Authorization: Bearer %s", h->token);
            list = curl_slist_append(list, line);
            explicit_bzero(line, strlen(line));
            free(line);
        }
        origin_release(&to);
    }
    return list;
}

static void headers_free(struct curl_slist *list)
{
    for (struct curl_slist *s = list; s; s = s->next)
        explicit_bzero(s->data, strlen(s->data));
    curl_slist_free_all(list);
}

/* libcurl ignores HTTP_PROXY in capitals, because a CGI server sets it from a request's header
 * (then there is a REQUEST_METHOD, too); other clients of the hub read both. */
static const char *upper_proxy(const char *url)
{
    const char *small = getenv("http_proxy"), *upper = getenv("HTTP_PROXY");
    if (strncasecmp(url, "http:", 5) || (small && *small) || getenv("REQUEST_METHOD")) return NULL;
    return upper && *upper ? upper : NULL;
}

/* The certificates that other clients of the hub are told to trust: a proxy of one's own may need
 * them. libcurl by itself reads none of these. */
static void trust(CURL *e)
{
    static const char *const names[] = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *file = getenv(names[i]);
        if (!file || !*file) continue;
        curl_easy_setopt(e, CURLOPT_CAINFO, file);
        curl_easy_setopt(e, CURLOPT_CAPATH, NULL); /* instead of the system's */
        return;
    }
}

static void set_up(struct exchange *x, const char *url, struct curl_slist *headers)
{
    CURL *e = x->h->easy;
    const struct ft_http_request *q = x->q;
    long stall_ms = (long)(q->stall_s * 1000), stall_s = (long)ceil(q->stall_s);
    curl_easy_reset(e);
    curl_easy_setopt(e, CURLOPT_URL, url);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(e, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(e, CURLOPT_USERAGENT, "fettle/" FETTLE_VERSION);
    curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "identity"); /* asks for none, decodes all */
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(e, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* a proxy gets none */
    trust(e);
    if (upper_proxy(url)) curl_easy_setopt(e, CURLOPT_PROXY, upper_proxy(url));
    if (q->head) curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    if (q->from > 0) {
        char range[32];
        snprintf(range, sizeof range, "%lld-", (long long)q->from);
        curl_easy_setopt(e, CURLOPT_RANGE, range);
    }
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, stall_ms > 0 ? stall_ms : 1L);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, stall_s > 0 ? stall_s : 1L);
    if (q->total_s > 0) curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(q->total_s * 1000));
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
}

/* Runs the transfer; true: it was cancelled. */
static bool transfer(struct exchange *x, CURLcode *code)
{
    struct ft_hub_http *h = x->h;
    bool cancelled = false, done = false;
    *code = CURLE_FAILED_INIT;
    if (curl_multi_add_handle(h->multi, h->easy)) return false;
    while (!done && !(cancelled = ft_hub_watch_cancelled(&h->watch))) {
        int running = 0, left = 0;
        CURLMsg *msg;
        if (curl_multi_perform(h->multi, &running)) break;
        while ((msg = curl_multi_info_read(h->multi, &left)))
            if (msg->msg == CURLMSG_DONE) {
                *code = msg->data.result;
                done = true;
            }
        if (!done && curl_multi_poll(h->multi, NULL, 0, POLL_MS, NULL)) break;
    }
    curl_multi_remove_handle(h->multi, h->easy);
    return cancelled;
}

static enum ft_status fail_transfer(struct exchange *x, const char *url, CURLcode code,
                                    const char *detail)
{
    char *host = ft_http_host(url);
    const char *what = *detail ? detail : curl_easy_strerror(code);
    enum ft_status st;
    x->reply->retry = true;
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        st = ft_fail(x->err, FT_IO, "%s: timed out (%s); check the network and try again", host,
                     what);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
        x->reply->retry = false;
        st = ft_fail(x->err, FT_IO, "%s: its certificate is not trusted: %s", host, what);
        break;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        x->reply->retry = x->h->connected;
        st = ft_fail(x->err, FT_IO,
                     "%s: no connection: %s; check the network, HF_ENDPOINT and HTTPS_PROXY", host,
                     what);
        break;
    case CURLE_SSL_CONNECT_ERROR:
        x->reply->retry = x->h->connected;
        st = ft_fail(x->err, FT_IO, "%s: no secure connection: %s", host, what);
        break;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        x->reply->retry = false;
        st = ft_fail(x->err, FT_FORMAT, "%s: invalid HTTP response: %s", host, what);
        break;
    default:
        st = ft_fail(x->err, FT_IO, "%s: the connection failed: %s", host, what);
    }
    free(host);
    return st;
}

static enum ft_status run_hop(struct exchange *x, const char *url)
{
    char detail[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = headers_for(x->h, url);
    CURLcode code;
    long status = 0;
    begin_response(x);
    set_up(x, url, headers);
    curl_easy_setopt(x->h->easy, CURLOPT_ERRORBUFFER, detail);
    bool cancelled = transfer(x, &code);
    curl_easy_getinfo(x->h->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_setopt(x->h->easy, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_setopt(x->h->easy, CURLOPT_HTTPHEADER, NULL);
    headers_free(headers);
    x->reply->status = (int)status;
    if (x->reply->encoded) x->reply->length = -1;
    if (cancelled) return ft_fail(x->err, FT_CANCELLED, "cancelled");
    if (x->st) return x->st;
    if (code && !x->enough) return fail_transfer(x, url, code, detail);
    return FT_OK;
}

/* Keeps the value of the first response that has one. */
static void keep_linked(struct exchange *x, bool *linked)
{
    struct ft_http_reply *r = x->reply;
    if (x->linked_etag && !*linked) {
        *linked = true;
        free(r->etag);
        r->etag = x->linked_etag;
        x->linked_etag = NULL;
    } else if (x->etag && !r->etag) {
        r->etag = x->etag;
        x->etag = NULL;
    }
    if (r->linked_bytes < 0) r->linked_bytes = x->linked_bytes;
}

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

enum ft_status ft_hub_http_run(struct ft_hub_http *h, const struct ft_http_request *q,
                               struct ft_http_reply *reply, struct ft_err *err)
{
    *reply = (struct ft_http_reply){.linked_bytes = -1};
    struct exchange x = {.h = h, .q = q, .reply = reply, .err = err};
    char *url = ft_xstrdup(q->url);
    bool linked = false;
    enum ft_status st = FT_OK;
    for (int hops = 0; !st; hops++) {
        x.enough = false;
        x.header_bytes = x.scrap_bytes = 0;
        if ((st = run_hop(&x, url))) break;
        keep_linked(&x, &linked);
        if (!is_redirect(reply->status) || !x.location) break;
        reply->moved = q->head && reply->etag && reply->linked_bytes >= 0;
        if (reply->moved) break;
        char *next = NULL, *host = ft_http_host(url);
        if (hops == REDIRECTS_MAX)
            st = ft_fail(err, FT_FORMAT, "%s: more than %d redirects", host, REDIRECTS_MAX);
        else if (!(next = follow(url, x.location, err)))
            st = FT_FORMAT;
        free(host);
        free(url);
        url = next;
    }
    free(x.location);
    free(x.etag);
    free(x.linked_etag);
    free(url);
    return st;
}

/* ---- the handle ---- */

static CURLcode global_code;

static void global_init(void)
{
    global_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct ft_hub_http *ft_hub_http_new(const char *endpoint, const char *token,
                                    const struct ft_hub_watch *watch)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct ft_hub_http *h = ft_xcalloc(1, sizeof *h);
    pthread_once(&once, global_init);
    if (watch) h->watch = *watch;
    h->token = ft_xstrdup(token);
    if (!global_code) {
        h->easy = curl_easy_init();
        h->multi = curl_multi_init();
    }
    if (h->easy && h->multi && origin_parse(&h->home, endpoint)) return h;
    ft_hub_http_free(h);
    return NULL;
}

void ft_hub_http_free(struct ft_hub_http *h)
{
    if (!h) return;
    curl_easy_cleanup(h->easy);
    curl_multi_cleanup(h->multi);
    origin_release(&h->home);
    if (h->token) explicit_bzero(h->token, strlen(h->token));
    free(h->token);
    free(h);
}

bool ft_hub_http_connected(const struct ft_hub_http *h)
{
    return h->connected;
}
