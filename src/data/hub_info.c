/* See hub_info.h. */
#include "data/hub_info.h"

#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INFO_BYTES_MAX ((size_t)8 << 20)
#define SIZE_MAX_BYTES ((int64_t)1 << 50)
enum { FILES_MAX = 50000, COMMIT_DIGITS_MIN = 7, INFO_TIME_FACTOR = 6 };

/* ---- names ---- */

bool ft_hub_name_is_safe(const char *name)
{
    size_t n = strlen(name);
    if (!n || n > FT_HUB_NAME_MAX || ft_utf8_prefix(name, n) != n) return false;
    for (size_t i = 0; i < n; i++) {
        bool begins = !i || name[i - 1] == '/';
        if ((unsigned char)name[i] < ' ' || name[i] == 127 || name[i] == '\\') return false;
        if (begins && (name[i] == '/' || name[i] == '.')) return false;
    }
    if (name[n - 1] == '/') return false;
    for (const char *part = name; part; part = strchr(part, '/'), part = part ? part + 1 : NULL)
        if (strcspn(part, "/") > 200) return false;
    return true;
}

static bool is_hex(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isxdigit((unsigned char)s[i])) return false;
    return true;
}

bool ft_hub_etag_is_sha256(const char *etag)
{
    return strlen(etag) == 64 && is_hex(etag, 64);
}

bool ft_hub_etag_parse(char etag[FT_HUB_ETAG_MAX + 1], const char *header)
{
    if (!strncmp(header, "W/", 2)) header += 2;
    size_t n = strlen(header);
    if (n >= 2 && header[0] == '"' && header[n - 1] == '"') {
        header++;
        n -= 2;
    }
    if (!n || n > FT_HUB_ETAG_MAX) return false;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)header[i];
        if (c >= 128 || (!isalnum(c) && c != '-' && c != '_')) return false;
    }
    snprintf(etag, FT_HUB_ETAG_MAX + 1, "%.*s", (int)n, header);
    return true;
}

/* ---- the model ---- */

static const char *text_of(const cJSON *value)
{
    if (cJSON_IsArray(value)) value = value->child; /* several licences: the first */
    return cJSON_IsString(value) && *value->valuestring ? value->valuestring : NULL;
}

static void read_licence(struct ft_hub_info *info, const cJSON *tree)
{
    static const char prefix[] = "license:";
    const cJSON *card = ft_json_get(tree, "cardData"), *tag;
    const char *licence = text_of(ft_json_get(card, "license")), *name = NULL;
    if (licence && !strcmp(licence, "other")) name = text_of(ft_json_get(card, "license_name"));
    cJSON_ArrayForEach(tag, ft_json_get(tree, "tags"))
    {
        if (!licence && cJSON_IsString(tag) &&
            !strncmp(tag->valuestring, prefix, sizeof prefix - 1) &&
            tag->valuestring[sizeof prefix - 1])
            licence = tag->valuestring + sizeof prefix - 1;
    }
    if (!licence) licence = text_of(ft_json_get(tree, "license"));
    if (!licence) licence = "not stated";
    if (name)
        snprintf(info->licence, sizeof info->licence, "%s (%s)", licence, name);
    else
        snprintf(info->licence, sizeof info->licence, "%s", licence);
    info->licence[ft_utf8_prefix(info->licence, strlen(info->licence))] = 0;
    for (char *p = info->licence; *p; p++)
        if (*p == '\n' || *p == '\t') *p = ' ';
    ft_text_tame(info->licence, strlen(info->licence));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum ft_status read_names(struct ft_hub_info *info, const cJSON *siblings, const char *name,
                                 struct ft_err *err)
{
    const cJSON *e;
    size_t cap = 0, seen = 0, kept = 0;
    if (!cJSON_IsArray(siblings))
        return ft_fail(err, FT_FORMAT, "%s: siblings: expected the list of its files", name);
    cJSON_ArrayForEach(e, siblings)
    {
        const cJSON *file = ft_json_get(e, "rfilename");
        if (++seen > FILES_MAX)
            return ft_fail(err, FT_FORMAT, "%s: lists more than %d files", name, FILES_MAX);
        if (!cJSON_IsString(file) || !ft_hub_name_is_safe(file->valuestring)) continue;
        ft_grow(&info->names, &cap, info->n + 1, sizeof *info->names);
        info->names[info->n++] = ft_xstrdup(file->valuestring);
    }
    if (info->n) qsort(info->names, info->n, sizeof *info->names, by_text);
    for (size_t i = 0; i < info->n; i++) {
        if (kept && !strcmp(info->names[kept - 1], info->names[i]))
            free(info->names[i]);
        else
            info->names[kept++] = info->names[i];
    }
    info->n = kept;
    return FT_OK;
}

enum ft_status ft_hub_info_parse(struct ft_hub_info *info, const char *text, size_t n,
                                 const char *name, struct ft_err *err)
{
    cJSON *tree = NULL;
    memset(info, 0, sizeof *info);
    enum ft_status st = ft_json_parse(text, n, name, &tree, err);
    if (st) return st;
    const cJSON *sha = ft_json_get(tree, "sha");
    size_t digits = cJSON_IsString(sha) ? strlen(sha->valuestring) : 0;
    if (digits < COMMIT_DIGITS_MIN || digits > FT_HUB_COMMIT_MAX ||
        !is_hex(sha->valuestring, digits)) {
        st = ft_fail(err, FT_FORMAT,
                     "%s: sha: expected the commit hash of the revision; does HF_ENDPOINT point to "
                     "a hub?",
                     name);
    } else {
        snprintf(info->commit, sizeof info->commit, "%s", sha->valuestring);
        read_licence(info, tree);
        st = read_names(info, ft_json_get(tree, "siblings"), name, err);
    }
    cJSON_Delete(tree);
    if (st) ft_hub_info_release(info);
    return st;
}

void ft_hub_info_release(struct ft_hub_info *info)
{
    for (size_t i = 0; i < info->n; i++)
        free(info->names[i]);
    free(info->names);
    memset(info, 0, sizeof *info);
}

bool ft_hub_info_has(const struct ft_hub_info *info, const char *name)
{
    return info->n && bsearch(&name, info->names, info->n, sizeof *info->names, by_text);
}

/* A ft_http_body_fn; `arg` is a ft_str. */
static enum ft_status take_text(void *arg, const struct ft_http_reply *reply, const void *data,
                                size_t n, struct ft_err *err)
{
    struct ft_str *text = arg;
    (void)reply;
    if (n > INFO_BYTES_MAX - text->len)
        return ft_fail(err, FT_FORMAT, "the hub's answer about the model is longer than %zu MB",
                       INFO_BYTES_MAX >> 20);
    ft_str_add(text, data, n);
    return FT_OK;
}

enum ft_status ft_hub_info_load(struct ft_hub_info *info, struct ft_hub_repo *r, struct ft_err *err)
{
    char *url = ft_hub_repo_info_url(r);
    struct ft_str text = {0};
    struct ft_http_reply reply;
    double stall_s = r->settings->etag_timeout_s;
    struct ft_http_request q = {.url = url,
                                .stall_s = stall_s,
                                .total_s = stall_s * INFO_TIME_FACTOR,
                                .body = take_text,
                                .arg = &text};
    enum ft_status st;
    memset(info, 0, sizeof *info);
    ft_hub_watch_doing(&r->watch, "asking %s", r->host);
    for (int tries = 0;;) {
        ft_str_clear(&text);
        st = ft_hub_http_run(r->http, &q, &reply, err);
        if (!ft_hub_repo_again(r, &tries, st, &reply, err)) break;
        ft_http_reply_release(&reply);
    }
    if (ft_hub_watch_cancelled(&r->watch))
        st = ft_fail(err, FT_CANCELLED, "cancelled");
    else if (!st && reply.status != 200)
        st = ft_hub_repo_refused(r, &reply, NULL, err);
    if (!st) st = ft_hub_info_parse(info, ft_str_text(&text), text.len, r->host, err);
    ft_http_reply_release(&reply);
    ft_str_release(&text);
    free(url);
    return st;
}

/* ---- a file ---- */

/* A server without HEAD, or one that gives no size there, is asked with GET, ended at once. */
static enum ft_status ask_head(struct ft_hub_repo *r, const char *url, struct ft_http_reply *reply,
                               struct ft_err *err)
{
    double stall_s = r->settings->etag_timeout_s;
    struct ft_http_request q = {
        .url = url, .head = true, .stall_s = stall_s, .total_s = stall_s * INFO_TIME_FACTOR};
    for (int tries = 0;;) {
        enum ft_status st = ft_hub_http_run(r->http, &q, reply, err);
        bool refused = !st && (reply->status == 405 || reply->status == 501),
             silent = !st && reply->status == 200 && reply->linked_bytes < 0 && reply->length < 0;
        if (q.head && (refused || silent)) {
            q.head = false;
        } else if (!ft_hub_repo_again(r, &tries, st, reply, err)) {
            return ft_hub_watch_cancelled(&r->watch) ? ft_fail(err, FT_CANCELLED, "cancelled") : st;
        }
        ft_http_reply_release(reply);
    }
}

enum ft_status ft_hub_head_load(struct ft_hub_head *head, struct ft_hub_repo *r, const char *commit,
                                const char *file, struct ft_err *err)
{
    char *url = ft_hub_repo_file_url(r, commit, file);
    struct ft_http_reply reply;
    memset(head, 0, sizeof *head);
    enum ft_status st = ask_head(r, url, &reply, err);
    if (!st && reply.status != 200 && !reply.moved) st = ft_hub_repo_refused(r, &reply, file, err);
    if (!st) {
        head->bytes = reply.linked_bytes >= 0 ? reply.linked_bytes : reply.length;
        if (!reply.etag || !ft_hub_etag_parse(head->etag, reply.etag))
            st = ft_fail(err, FT_FORMAT,
                         "%s: %s returns no usable ETag for %s; does HF_ENDPOINT point to a hub?",
                         r->id, r->host, file);
        else if (head->bytes < 0 || head->bytes > SIZE_MAX_BYTES)
            st = ft_fail(err, FT_FORMAT,
                         "%s: %s returns no usable size for %s; does HF_ENDPOINT point to a hub?",
                         r->id, r->host, file);
    }
    ft_http_reply_release(&reply);
    free(url);
    return st;
}
