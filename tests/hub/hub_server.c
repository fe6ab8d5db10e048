/* A small Hugging Face hub on 127.0.0.1 for tests, which misbehaves where it is told to.
 *
 *     hub_server ROOT        prints "HUB_PORT CDN_PORT" and serves until its stdin ends
 *
 * ROOT/ID/FILE are the models; ROOT/ID/.commit is the revision's commit (else a fixed one), and
 * ROOT/ID/.card what /api/models/ID adds to its answer. Files ending in .safetensors or .bin are
 * large files: their etag is the SHA-256, and GET redirects to the second port, the "CDN". The
 * etag of others has 40 digits. ROOT/log gets a line for each request:
 *
 *     hub|cdn METHOD PATH range=FROM auth=TOKEN|- STATUS
 *
 * ROOT/rules is read at each request; each line "METHOD|* PART ACTION ARG [COUNT]" changes the
 * answer to requests whose path has PART, the first COUNT times (0 or none: always); METHOD may have
 * "cdn:" or "hub:" in front. Actions:
 *
 *     status N          that status      code X        with that X-Error-Code
 *     after N           with Retry-After: N            token X     401 without that token
 *     drop N            closes the connection after N bytes of the body
 *     short N           says and sends a body of N bytes
 *     flip N            byte N of the file is another one
 *     slow N            N bytes a second       stall N     sends N bytes, then nothing
 *     norange 1         ignores Range          badrange N  answers with another range
 *     endless 1         a body without an end  headers N   N KB of headers
 *     redirect URL      302 there              etag X      that etag      size X   that X-Linked-Size
 *     nohead 1          405 for HEAD           nosize 1    no Content-Length
 *     file F            the body is that of the file F     gzip N      N MB of zeros, compressed
 *     local 1           large files are sent, not redirected */
#include "util/fs.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/str.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
enum { RULES_MAX = 32, FILE_MAX = 1 << 30 };

struct rule {
    char method[16], part[128], action[16], arg[256];
    long count, used;
};
struct request {
    bool cdn, head;
    char method[16], path[2048], token[256];
    long long from; /* -1: no Range */
    struct rule rules[RULES_MAX];
    size_t n; /* rules that apply */
};

static const char *root;
static int ports[2];
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static struct rule rules[RULES_MAX];
static size_t rules_n;
static char *rules_text;

/* ---- rules ---- */

static const char *word(const char *p, char *out, size_t size)
{
    p += strspn(p, " \t");
    size_t n = strcspn(p, " \t\r\n");
    snprintf(out, size, "%.*s", (int)n, p);
    return p + n;
}

static void read_rules(void)
{
    char *path = ft_path_join(root, "rules"), *text = NULL;
    size_t n;
    if (ft_file_read(path, 1 << 20, &text, &n, NULL)) text = ft_xstrdup("");
    free(path);
    if (rules_text && !strcmp(text, rules_text)) {
        free(text);
        return;
    }
    free(rules_text);
    rules_text = text;
    rules_n = 0;
    for (const char *p = text; *p && rules_n < RULES_MAX; p += *p == '\n') {
        struct rule *r = &rules[rules_n];
        char count[16];
        *r = (struct rule){0};
        p = word(word(p, r->method, sizeof r->method), r->part, sizeof r->part);
        p = word(word(p, r->action, sizeof r->action), r->arg, sizeof r->arg);
        p = word(p, count, sizeof count);
        r->count = strtol(count, NULL, 10);
        rules_n += *r->action != 0;
        p += strcspn(p, "\n");
    }
}

static bool rule_meets(const struct rule *r, const struct request *q)
{
    const char *method = r->method;
    if (!strncmp(method, "cdn:", 4) || !strncmp(method, "hub:", 4)) {
        if ((*method == 'c') != q->cdn) return false;
        method += 4;
    }
    return (!strcmp(method, "*") || !strcmp(method, q->method)) && strstr(q->path, r->part) &&
           (!r->count || r->used < r->count);
}

static void find_rules(struct request *q)
{
    pthread_mutex_lock(&mu);
    read_rules();
    q->n = 0;
    for (size_t i = 0; i < rules_n; i++) {
        if (!rule_meets(&rules[i], q)) continue;
        rules[i].used++;
        q->rules[q->n++] = rules[i];
    }
    pthread_mutex_unlock(&mu);
}

static const char *arg_of(const struct request *q, const char *action)
{
    for (size_t i = 0; i < q->n; i++)
        if (!strcmp(q->rules[i].action, action)) return q->rules[i].arg;
    return NULL;
}

static long long number_of(const struct request *q, const char *action)
{
    const char *arg = arg_of(q, action);
    return arg ? strtoll(arg, NULL, 10) : -1;
}

/* ---- sending ---- */

static bool send_all(int fd, const char *data, size_t n)
{
    while (n) {
        ssize_t k = send(fd, data, n, MSG_NOSIGNAL);
        if (k <= 0) return false;
        data += k;
        n -= (size_t)k;
    }
    return true;
}

static void nap_ms(long ms)
{
    struct timespec t = {ms / 1000, (ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

static void write_log(const struct request *q, int status)
{
    char *path = ft_path_join(root, "log");
    pthread_mutex_lock(&mu);
    FILE *f = fopen(path, "a");
    if (f) {
        fprintf(f, "%s %s %s range=%lld auth=%s %d\n", q->cdn ? "cdn" : "hub", q->method, q->path,
                q->from, *q->token ? q->token : "-", status);
        fclose(f);
    }
    pthread_mutex_unlock(&mu);
    free(path);
}

/* false: the connection is to be closed. */
static bool send_head(int fd, const struct request *q, int status, long long length,
                      const char *more)
{
    struct ft_str s = {0};
    const char *code = arg_of(q, "code"), *after = arg_of(q, "after");
    ft_str_addf(&s, "HTTP/1.1 %d X\r\nServer: test\r\n", status);
    if (code) ft_str_addf(&s, "X-Error-Code: %s\r\n", code);
    if (after) ft_str_addf(&s, "Retry-After: %s\r\n", after);
    for (long long i = 0; i < number_of(q, "headers"); i++)
        ft_str_addf(&s, "X-Filler-%lld: %01000d\r\n", i, 0);
    ft_str_addz(&s, more);
    if (length >= 0) ft_str_addf(&s, "Content-Length: %lld\r\n", length);
    if (length < 0) ft_str_addz(&s, "Connection: close\r\n");
    ft_str_addz(&s, "\r\n");
    bool sent = send_all(fd, s.data, s.len);
    ft_str_release(&s);
    write_log(q, status);
    return sent && length >= 0;
}

static bool send_status(int fd, const struct request *q, int status, const char *more)
{
    static const char body[] = "an error page";
    return send_head(fd, q, status, sizeof body - 1, more) &&
           (q->head || send_all(fd, body, sizeof body - 1));
}

/* n bytes, as the rules want them. */
static bool send_body(int fd, const struct request *q, const char *data, size_t n)
{
    long long drop = number_of(q, "drop"), slow = number_of(q, "slow"),
              stall = number_of(q, "stall");
    size_t chunk = slow > 0 ? (size_t)(slow / 10 + 1) : 1 << 16, end = n;
    if (drop >= 0 && (size_t)drop < n) end = (size_t)drop;
    if (stall >= 0 && (size_t)stall < n) end = (size_t)stall;
    for (size_t at = 0; at < end; at += chunk) {
        if (!send_all(fd, data + at, end - at < chunk ? end - at : chunk)) return false;
        if (slow > 0) nap_ms(100);
    }
    if (stall >= 0)
        for (char c; recv(fd, &c, 1, MSG_DONTWAIT) != 0;)
            nap_ms(50);
    return drop < 0 && stall < 0;
}

static bool send_endless(int fd, const struct request *q)
{
    static char zeros[1 << 16];
    send_head(fd, q, 200, -1, "");
    while (send_all(fd, zeros, sizeof zeros))
        ;
    return false;
}

static bool send_bomb(int fd, const struct request *q, long long megabytes)
{
    size_t n = (size_t)megabytes << 20;
    unsigned char *zeros = ft_xcalloc(n, 1);
    unsigned char *out = ft_xmalloc(n / 50 + 4096);
    z_stream z = {
        .next_in = zeros, .avail_in = (uInt)n, .next_out = out, .avail_out = (uInt)(n / 50 + 4096)};
    bool sent = !deflateInit2(&z, 1, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY) &&
                deflate(&z, Z_FINISH) == Z_STREAM_END &&
                send_head(fd, q, 200, (long long)z.total_out,
                          "Content-Encoding: gzip\r\nETag: \"abc\"\r\n") &&
                (q->head || send_all(fd, (char *)out, z.total_out));
    deflateEnd(&z);
    free(zeros);
    free(out);
    return sent;
}

/* ---- what a hub does ---- */

static void add_listing(struct ft_str *s, const char *dir, const char *below, bool *first)
{
    char *path = ft_path_join(dir, below), **names;
    size_t n;
    if (!ft_dir_list(path, &names, &n, NULL)) {
        for (size_t i = 0; i < n; i++) {
            char *name = *below ? ft_xprintf("%s/%s", below, names[i]) : ft_xstrdup(names[i]),
                 *full = ft_path_join(dir, name);
            if (names[i][0] != '.' && ft_path_is_dir(full)) {
                add_listing(s, dir, name, first);
            } else if (names[i][0] != '.') {
                ft_str_addf(s, "%s{\"rfilename\":\"%s\"}", *first ? "" : ",", name);
                *first = false;
            }
            free(name);
            free(full);
        }
        ft_names_free(names, n);
    }
    free(path);
}

static char *read_text(const char *dir, const char *name, const char *other)
{
    char *path = ft_path_join(dir, name), *text = NULL;
    size_t n;
    if (ft_file_read(path, 1 << 20, &text, &n, NULL)) text = ft_xstrdup(other);
    text[strcspn(text, "\n")] = 0;
    free(path);
    return text;
}

static bool send_text(int fd, const struct request *q, const char *text, size_t n, const char *more)
{
    bool sized = !arg_of(q, "nosize");
    if (!send_head(fd, q, 200, sized ? (long long)n : -1, more) && sized) return false;
    return (q->head || send_body(fd, q, text, n)) && sized;
}

/* /api/models/ID[/revision/REV][?..] */
static bool send_info(int fd, struct request *q)
{
    char *id = ft_xstrdup(q->path + strlen("/api/models/"));
    id[strcspn(id, "?")] = 0;
    char *rev = strstr(id, "/revision/");
    if (rev) *rev = 0, rev += strlen("/revision/");
    char *dir = ft_path_join(root, id), *commit = read_text(dir, ".commit", COMMIT),
         *card = read_text(dir, ".card", "");
    bool more, first = true;
    if (!ft_path_is_dir(dir)) {
        more = send_status(fd, q, 401, "X-Error-Code: RepoNotFound\r\n");
    } else if (rev && strcmp(rev, "main") && strcmp(rev, "v1.0") && strcmp(rev, "refs%2Fpr%2F1") &&
               strcmp(rev, commit)) {
        more = send_status(fd, q, 404, "X-Error-Code: RevisionNotFound\r\n");
    } else {
        struct ft_str s = {0};
        ft_str_addf(&s, "{\"id\":\"%s\",\"sha\":\"%s\",%s\"siblings\":[", id, commit, card);
        add_listing(&s, dir, "", &first);
        ft_str_addz(&s, "]}");
        more = send_text(fd, q, s.data, s.len, "Content-Type: application/json\r\n");
        ft_str_release(&s);
    }
    free(card);
    free(commit);
    free(dir);
    free(id);
    return more;
}

static bool is_large(const char *name)
{
    size_t n = strlen(name);
    return (n > 12 && !strcmp(name + n - 12, ".safetensors")) ||
           (n > 4 && !strcmp(name + n - 4, ".bin"));
}

static bool send_range(int fd, struct request *q, char *data, size_t n, struct ft_str *more)
{
    long long from = q->from, flip = number_of(q, "flip"), cut = number_of(q, "short");
    if (flip >= 0 && (size_t)flip < n) data[flip] ^= 1;
    if (cut >= 0 && (size_t)cut < n) n = (size_t)cut;
    if (from < 0 || arg_of(q, "norange")) return send_text(fd, q, data, n, ft_str_text(more));
    if ((size_t)from >= n) return send_status(fd, q, 416, "");
    if (arg_of(q, "badrange")) from = number_of(q, "badrange");
    ft_str_addf(more, "Content-Range: bytes %lld-%zu/%zu\r\n", from, n - 1, n);
    size_t rest = n - (size_t)from;
    return send_head(fd, q, 206, (long long)rest, ft_str_text(more)) &&
           (q->head || send_body(fd, q, data + from, rest));
}

/* /ID/resolve/COMMIT/FILE, or /blob/ID/FILE of the CDN */
static bool send_file(int fd, struct request *q)
{
    char *path = ft_xstrdup(q->path), *id = path + 1, *name = NULL,
         *cut = strstr(path, "/resolve/");
    path[strcspn(path, "?")] = 0;
    if (q->cdn && !strncmp(path, "/blob/", 6)) {
        id = path + 6;
        name = id;
    } else if (cut) {
        *cut = 0;
        name = strchr(cut + strlen("/resolve/"), '/');
        name = name ? name + 1 : NULL;
    }
    char *file = !name        ? ft_xstrdup("/nothing")
                 : name == id ? ft_path_join(root, name)
                              : ft_xprintf("%s/%s/%s", root, id, name),
         *data = NULL;
    size_t n = 0;
    bool more = false;
    if (strstr(file, "..") || ft_file_read(file, FILE_MAX, &data, &n, NULL)) {
        more = send_status(fd, q, 404, "X-Error-Code: EntryNotFound\r\n");
    } else {
        char hex[65];
        const char *etag = arg_of(q, "etag"), *size = arg_of(q, "size");
        struct ft_str s = {0};
        bool large = is_large(name), redirect = large && !q->cdn && !arg_of(q, "local");
        ft_sha256_hex(data, n, hex);
        if (!large) hex[40] = 0;
        if (!q->cdn) ft_str_addz(&s, "X-Repo-Commit: " COMMIT "\r\n");
        if (redirect) {
            ft_str_addf(&s, "Location: http://127.0.0.1:%d/blob/%s/%s?sig=1\r\n", ports[1], id,
                        name);
            ft_str_addf(&s, "X-Linked-Etag: \"%s\"\r\n", etag ? etag : hex);
            if (size)
                ft_str_addf(&s, "X-Linked-Size: %s\r\n", size);
            else
                ft_str_addf(&s, "X-Linked-Size: %zu\r\n", n);
            ft_str_addz(&s, "ETag: \"of the redirect\"\r\n");
            more = send_status(fd, q, 302, ft_str_text(&s));
        } else {
            ft_str_addf(&s, large && q->cdn ? "ETag: \"md5-of-%s\"\r\n" : "ETag: W/\"%s\"\r\n",
                        etag ? etag : hex);
            ft_str_addz(&s, "Accept-Ranges: bytes\r\n");
            more = send_range(fd, q, data, n, &s);
        }
        ft_str_release(&s);
    }
    free(data);
    free(file);
    free(path);
    return more;
}

static bool answer(int fd, struct request *q)
{
    const char *token, *url, *body;
    find_rules(q);
    token = arg_of(q, "token");
    url = arg_of(q, "redirect");
    body = arg_of(q, "file");
    if (arg_of(q, "nohead") && q->head) return send_status(fd, q, 405, "");
    if (token && strcmp(token, q->token))
        return send_status(fd, q, 401, "X-Error-Code: GatedRepo\r\n");
    if (arg_of(q, "status")) return send_status(fd, q, (int)number_of(q, "status"), "");
    if (arg_of(q, "endless")) return send_endless(fd, q);
    if (arg_of(q, "gzip")) return send_bomb(fd, q, number_of(q, "gzip"));
    if (url) {
        char *location = ft_xprintf("Location: %s\r\n", url);
        bool more = send_status(fd, q, 302, location);
        free(location);
        return more;
    }
    if (body) {
        char *data = NULL;
        size_t n = 0;
        if (ft_file_read(body, FILE_MAX, &data, &n, NULL)) return send_status(fd, q, 500, "");
        bool more = send_text(fd, q, data, n, "ETag: \"abc\"\r\n");
        free(data);
        return more;
    }
    if (!strncmp(q->path, "/api/models/", 12)) return send_info(fd, q);
    return send_file(fd, q);
}

/* ---- connections ---- */

/* Reads one request; false: there is none. */
static bool read_request(int fd, struct request *q)
{
    char text[16384], c;
    size_t n = 0;
    while (n < sizeof text - 1 && recv(fd, &c, 1, 0) == 1) {
        text[n++] = c;
        if (n >= 4 && !memcmp(text + n - 4, "\r\n\r\n", 4)) break;
    }
    text[n] = 0;
    if (n < 4 || memcmp(text + n - 4, "\r\n\r\n", 4)) return false;
    const char *p = word(word(text, q->method, sizeof q->method), q->path, sizeof q->path);
    if (!strncmp(q->path, "http://", 7)) { /* it is asked as a proxy */
        char *at = strchr(q->path + 7, '/');
        memmove(q->path + 6, at ? at : "/", strlen(at ? at : "/") + 1);
        memcpy(q->path, "/proxy", 6);
    }
    q->head = !strcmp(q->method, "HEAD");
    q->from = -1;
    q->token[0] = 0;
    while ((p = strchr(p, '\n'))) {
        p++;
        if (!strncasecmp(p, "range: bytes=", 13)) q->from = strtoll(p + 13, NULL, 10);
        if (!strncasecmp(p, "authorization: bearer ", 22)) word(p + 22, q->token, sizeof q->token);
    }
    return true;
}

static void *serve(void *arg)
{
    int fd = ((int *)arg)[0];
    struct request q = {.cdn = ((int *)arg)[1] != 0};
    free(arg);
    while (read_request(fd, &q) && answer(fd, &q))
        ;
    close(fd);
    return NULL;
}

static void *listen_at(void *arg)
{
    int fd = ((int *)arg)[0], cdn = ((int *)arg)[1];
    for (int client; (client = accept(fd, NULL, NULL)) >= 0;) {
        int *pair = ft_xmalloc(2 * sizeof *pair);
        pthread_t t;
        pair[0] = client;
        pair[1] = cdn;
        if (pthread_create(&t, NULL, serve, pair)) break;
        pthread_detach(t);
    }
    return NULL;
}

static int open_port(int *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) || listen(fd, 64) ||
        getsockname(fd, (struct sockaddr *)&a, &n)) {
        perror("hub_server");
        exit(1);
    }
    *port = ntohs(a.sin_port);
    return fd;
}

int main(int argc, char **argv)
{
    int at[2][2];
    char c;
    if (argc != 2) return 2;
    root = argv[1];
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 2; i++) { /* both before the threads, which read `ports` */
        at[i][0] = open_port(&ports[i]);
        at[i][1] = i;
    }
    for (int i = 0; i < 2; i++) {
        pthread_t t;
        if (pthread_create(&t, NULL, listen_at, at[i])) return 1;
    }
    printf("%d %d\n", ports[0], ports[1]);
    fflush(stdout);
    while (read(STDIN_FILENO, &c, 1) > 0)
        ;
    return 0;
}
