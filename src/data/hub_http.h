/* HTTP requests to the hub, through libcurl: redirects, the access token, limits, time-outs,
 * cancellation. Knows nothing of models; the requests are in hub_api.h and hub_fetch.h.
 *
 * A server is not trusted. Only http and https are followed, never from https down to http, ten
 * redirects at most. The token goes to the endpoint's own scheme, host and port, and to no other,
 * whatever a redirect asks for. Header lines are limited, bodies are given to the caller's function,
 * which limits them, also when they are compressed. A connection on which nothing arrives ends
 * after stall_s.
 *
 *     struct ft_hub_http *h = ft_hub_http_new(settings.endpoint, settings.token, watch);
 *     struct ft_http_reply reply;
 *     st = ft_hub_http_run(h, &(struct ft_http_request){.url = url, .stall_s = 10}, &reply, err);
 *     .. reply.status == 200 ..
 *     ft_http_reply_release(&reply);
 *     ft_hub_http_free(h);
 *
 * Proxies as libcurl reads them: http_proxy, HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY. Trusted
 * certificates: REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE, else those of the system.
 * Threads: an ft_hub_http belongs to one thread at a time. */
#ifndef FT_DATA_HUB_HTTP_H
#define FT_DATA_HUB_HTTP_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a long operation is observed and stopped; each may be NULL. All are called on the thread of
 * the operation. */
struct ft_hub_watch {
    bool (*cancelled)(void *arg);               /* polled at least ten times a second */
    void (*doing)(void *arg, const char *text); /* what happens now: "retrying in 2 s: HTTP 503" */
    void (*progress)(void *arg, int64_t bytes); /* of the present file, what it had before included
                                                 */
    void *arg;
};
bool ft_hub_watch_cancelled(const struct ft_hub_watch *w);
void ft_hub_watch_doing(const struct ft_hub_watch *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

struct ft_http_reply {
    int status;           /* of the last response; 0: there was none */
    bool moved;           /* HEAD: the last response is a redirect that was not followed */
    char *etag;           /* X-Linked-Etag of the first response that has one, else its ETag, as it
                              was sent; NULL: none */
    int64_t linked_bytes; /* X-Linked-Size likewise; -1: none */
    int64_t length;       /* Content-Length of the last one, unless it is compressed; -1: none */
    int64_t range_from, range_total; /* Content-Range; -1: none */
    bool encoded;                    /* it has a Content-Encoding; what arrives is decoded */
    double retry_after_s;            /* Retry-After; -1: none */
    char error_code[64];             /* X-Error-Code: "RepoNotFound", "GatedRepo"; "" */
    bool retry; /* FT_IO: the connection failed or broke; it may work the next time */
};
void ft_http_reply_release(struct ft_http_reply *r);

/* Takes n bytes of the body of a 200 or 206, after its headers are in `reply`. A failure ends the
 * transfer and is what the request returns. */
typedef enum ft_status ft_http_body_fn(void *arg, const struct ft_http_reply *reply,
                                       const void *data, size_t n, struct ft_err *err);

struct ft_http_request {
    const char *url;
    bool head;             /* HEAD; a redirect that has all of X-Linked-* is the answer */
    int64_t from;          /* above 0: `Range: bytes=FROM-` */
    double stall_s;        /* seconds for connecting, and without a byte */
    double total_s;        /* for all of it; 0: no limit */
    ft_http_body_fn *body; /* NULL: the transfer ends when the headers have arrived */
    void *arg;
};

struct ft_hub_http;
/* `endpoint` decides where `token` (NULL: none) is sent; both, and the watch, are copied. NULL when
 * libcurl cannot be initialised. */
struct ft_hub_http *ft_hub_http_new(const char *endpoint, const char *token,
                                    const struct ft_hub_watch *watch);
void ft_hub_http_free(struct ft_hub_http *h); /* NULL is fine */
/* Something of a server arrived since it was made: the network works. */
bool ft_hub_http_connected(const struct ft_hub_http *h);

/* One request with its redirects. FT_OK: a response came, of whatever status, and its body was
 * taken. Errors: FT_IO for the network (host and cause; reply->retry), FT_FORMAT for a response that
 * is not acceptable, FT_CANCELLED, or that of `body`. `reply` is always to be released. */
enum ft_status ft_hub_http_run(struct ft_hub_http *h, const struct ft_http_request *q,
                               struct ft_http_reply *reply, struct ft_err *err);

/* Appends `text` to a URL, each byte but letters, digits and -._~ as %XX; '/' stays with `path`. */
struct ft_str;
void ft_http_add_quoted(struct ft_str *url, const char *text, bool path);
/* "huggingface.co" or "127.0.0.1:8080" of a URL, for messages. free() it. */
char *ft_http_host(const char *url);

#endif
