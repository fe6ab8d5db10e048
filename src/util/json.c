/* JSON over cJSON: see json.h. cJSON's look-up without case is never used; numbers are written
 * here, because cJSON prints 17 digits and does not know floats. */
#include "util/json.h"
#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory: cJSON reports a failed allocation as bad syntax, or leaves an item out ---- */

static _Thread_local bool parsing, ran_out;

/* While parsing it is an error of the call; while a tree is built, of the program. */
static void *take(size_t n)
{
    void *p = parsing ? malloc(n) : ft_xmalloc(n);
    if (!p) ran_out = true;
    return p;
}

__attribute__((constructor)) static void use_hooks(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = take, .free_fn = free});
}

static cJSON *parse(const char *text, size_t n, const char **end)
{
    parsing = true;
    ran_out = false;
    cJSON *tree = cJSON_ParseWithLengthOpts(text, n, end, 0);
    parsing = false;
    return tree;
}

/* Line and column (from 1) of a place in the text. */
static void place_of(const char *text, const char *at, size_t *line, size_t *column)
{
    *line = 1;
    const char *start = text;
    for (const char *p = text; p < at; p++) {
        if (*p == '\n') {
            ++*line;
            start = p + 1;
        }
    }
    *column = (size_t)(at - start) + 1;
}

enum ft_status ft_json_parse(const char *text, size_t n, const char *name, cJSON **out,
                             struct ft_err *err)
{
    const char *end = NULL;
    size_t skip = n >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0; /* byte order mark */
    cJSON *tree = parse(text + skip, n - skip, &end);
    const char *stop = text + n;
    size_t line, column;
    if (!tree && ran_out)
        return ft_fail(err, FT_NOMEM, "%s: out of memory reading its %zu bytes", name, n);
    if (!tree) {
        place_of(text, end && end <= stop ? end : stop, &line, &column);
        return ft_fail(err, FT_FORMAT, "%s: line %zu column %zu: not valid JSON", name, line,
                       column);
    }
    while (end < stop && (*end == ' ' || *end == '\n' || *end == '\r' || *end == '\t'))
        end++;
    if (end < stop) {
        cJSON_Delete(tree);
        place_of(text, end, &line, &column);
        return ft_fail(err, FT_FORMAT, "%s: line %zu column %zu: text after the JSON value", name,
                       line, column);
    }
    *out = tree;
    return FT_OK;
}

enum ft_status ft_json_read(const char *path, size_t max_bytes, cJSON **out, struct ft_err *err)
{
    char *text;
    size_t n;
    enum ft_status st = ft_file_read(path, max_bytes, &text, &n, err);
    if (st) return st;
    st = ft_json_parse(text, n, path, out, err);
    free(text);
    return st;
}

const cJSON *ft_json_get(const cJSON *obj, const char *key)
{
    return cJSON_IsObject(obj) ? cJSON_GetObjectItemCaseSensitive(obj, key) : NULL;
}

double ft_json_number(const cJSON *obj, const char *key)
{
    const cJSON *v = ft_json_get(obj, key);
    return cJSON_IsNumber(v) ? v->valuedouble : (double)NAN;
}

size_t ft_json_count(const cJSON *obj, const char *key)
{
    double x = ft_json_number(obj, key);
    return x >= 0 && x < 9e15 ? (size_t)x : 0;
}

static const char *kind_of(const cJSON *v)
{
    return cJSON_IsString(v)   ? "a string"
           : cJSON_IsNumber(v) ? "a number"
           : cJSON_IsBool(v)   ? "true or false"
           : cJSON_IsArray(v)  ? "a list"
           : cJSON_IsObject(v) ? "an object"
                               : "null";
}

static enum ft_status fail_type(const cJSON *v, const char *key, const char *want, const char *name,
                                struct ft_err *err)
{
    return ft_fail(err, FT_FORMAT, "%s: %s is %s, expected %s", name, key, kind_of(v), want);
}

enum ft_status ft_json_i64(const cJSON *obj, const char *key, int64_t min, int64_t max,
                           int64_t *out, const char *name, struct ft_err *err)
{
    const cJSON *v = ft_json_get(obj, key);
    if (!v || cJSON_IsNull(v)) return FT_OK;
    if (!cJSON_IsNumber(v)) return fail_type(v, key, "a whole number", name, err);
    double x = v->valuedouble;
    if (!(x >= -9007199254740992.0 && x <= 9007199254740992.0) || x != floor(x))
        return ft_fail(err, FT_FORMAT, "%s: %s is %g, expected a whole number", name, key, x);
    int64_t i = (int64_t)x;
    if (i < min || i > max)
        return ft_fail(err, FT_FORMAT, "%s: %s is %lld, expected %lld to %lld", name, key,
                       (long long)i, (long long)min, (long long)max);
    *out = i;
    return FT_OK;
}

enum ft_status ft_json_f64(const cJSON *obj, const char *key, double min, double max, double *out,
                           const char *name, struct ft_err *err)
{
    const cJSON *v = ft_json_get(obj, key);
    if (!v || cJSON_IsNull(v)) return FT_OK;
    if (!cJSON_IsNumber(v)) return fail_type(v, key, "a number", name, err);
    double x = v->valuedouble;
    if (!(x >= min && x <= max))
        return ft_fail(err, FT_FORMAT, "%s: %s is %g, expected %g to %g", name, key, x, min, max);
    *out = x;
    return FT_OK;
}

enum ft_status ft_json_bool(const cJSON *obj, const char *key, bool *out, const char *name,
                            struct ft_err *err)
{
    const cJSON *v = ft_json_get(obj, key);
    if (!v || cJSON_IsNull(v)) return FT_OK;
    if (!cJSON_IsBool(v)) return fail_type(v, key, "true or false", name, err);
    *out = cJSON_IsTrue(v);
    return FT_OK;
}

enum ft_status ft_json_str(const cJSON *obj, const char *key, const char **out, const char *name,
                           struct ft_err *err)
{
    const cJSON *v = ft_json_get(obj, key);
    if (!v || cJSON_IsNull(v)) return FT_OK;
    if (!cJSON_IsString(v)) return fail_type(v, key, "a string", name, err);
    *out = v->valuestring;
    return FT_OK;
}

void ft_json_add_str(struct ft_str *s, const char *text, size_t n)
{
    static const char hex[] = "0123456789abcdef";
    ft_str_reserve(s, s->len + n + 2);
    ft_str_addc(s, '"');
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\') {
            size_t j = i + 1;
            while (j < n && (unsigned char)text[j] >= 0x20 && (unsigned char)text[j] < 0x7f &&
                   text[j] != '"' && text[j] != '\\')
                j++;
            ft_str_add(s, text + i, j - i);
            i = j;
            continue;
        }
        if (c == '"' || c == '\\')
            ft_str_add(s, (char[]){'\\', (char)c}, 2);
        else if (c == '\n')
            ft_str_addz(s, "\\n");
        else if (c == '\r')
            ft_str_addz(s, "\\r");
        else if (c == '\t')
            ft_str_addz(s, "\\t");
        else if (c < 0x20 || c == 0x7f)
            ft_str_add(s, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
        else {
            size_t len = ft_utf8_len(text + i, n - i);
            unsigned char next = len == 2 ? (unsigned char)text[i + 1] : 0;
            if (c == 0xc2 && len == 2 && next < 0xa0) /* a terminal would obey it */
                ft_str_add(s, (char[]){'\\', 'u', '0', '0', hex[next >> 4], hex[next & 15]}, 6);
            else if (len)
                ft_str_add(s, text + i, len);
            else
                ft_str_addz(s, "\xef\xbf\xbd");
            i += len ? len : 1;
            continue;
        }
        i++;
    }
    ft_str_addc(s, '"');
}

/* The text of x with the fewest digits for which `same` holds when read back. */
static void add_shortest(struct ft_str *s, double x, int digits_max, bool single)
{
    if (!isfinite(x)) {
        ft_str_addz(s, "null");
        return;
    }
    char text[40];
    if (x == floor(x) && fabs(x) < 1e15) {
        snprintf(text, sizeof text, "%.0f", x == 0 ? 0.0 : x);
        ft_str_addz(s, text);
        return;
    }
    for (int digits = 6; digits <= digits_max; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        double back = strtod(text, NULL);
        if (single ? (float)back == (float)x : back == x) break;
    }
    ft_str_addz(s, text);
}

void ft_json_add_num(struct ft_str *s, double x)
{
    add_shortest(s, x, 17, false);
}

void ft_json_add_f32(struct ft_str *s, float x)
{
    add_shortest(s, (double)x, 9, true);
}

void ft_json_add_key(struct ft_str *s, const char *key)
{
    char last = s->len ? s->data[s->len - 1] : 0;
    if (last && last != '{' && last != '[' && last != '\n') ft_str_addc(s, ',');
    ft_json_add_str(s, key, strlen(key));
    ft_str_addc(s, ':');
}

void ft_json_put_num(struct ft_str *s, const char *key, double x)
{
    ft_json_add_key(s, key);
    ft_json_add_num(s, x);
}

void ft_json_put_text(struct ft_str *s, const char *key, const char *text)
{
    ft_json_add_key(s, key);
    ft_json_add_str(s, text, strlen(text));
}

void ft_json_put_bytes(struct ft_str *s, const char *key, const char *text)
{
    size_t n = strlen(text);
    ft_json_put_text(s, key, text);
    if (ft_utf8_prefix(text, n) == n) return;
    struct ft_str bytes = {0}, name = {0};
    for (size_t i = 0; i < n;) {
        size_t len = text[i] == '%' ? 0 : ft_utf8_len(text + i, n - i);
        if (len)
            ft_str_add(&bytes, text + i, len);
        else
            ft_str_addf(&bytes, "%%%02X", (unsigned)(unsigned char)text[i]);
        i += len ? len : 1;
    }
    ft_str_addf(&name, "%s_bytes", key);
    ft_json_put_text(s, name.data, bytes.data);
    ft_str_release(&name);
    ft_str_release(&bytes);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum ft_status ft_json_bytes(const cJSON *obj, const char *key, char **out, const char *name,
                             struct ft_err *err)
{
    char *exact = ft_xprintf("%s_bytes", key);
    const cJSON *text = ft_json_get(obj, key), *bytes = ft_json_get(obj, exact);
    enum ft_status st = FT_OK;
    *out = NULL;
    if (!cJSON_IsString(bytes)) {
        if (cJSON_IsString(text)) *out = ft_xstrdup(text->valuestring);
        free(exact);
        return FT_OK;
    }
    struct ft_str s = {0};
    for (const char *p = bytes->valuestring; *p && !st; p++) {
        int high = *p == '%' ? hex_digit(p[1]) : 0;
        int low = *p == '%' && high >= 0 ? hex_digit(p[2]) : 0;
        if (*p != '%') {
            ft_str_addc(&s, *p);
        } else if (high < 0 || low < 0 || !(high | low)) {
            st = ft_fail(err, FT_FORMAT, "%s: %s: expected %%XX, not 00, after each %%", name,
                         exact);
        } else {
            ft_str_addc(&s, (char)(high << 4 | low));
            p += 2;
        }
    }
    if (!st) *out = ft_xstrdup(ft_str_text(&s));
    ft_str_release(&s);
    free(exact);
    return st;
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp((*(const cJSON *const *)a)->string, (*(const cJSON *const *)b)->string);
}

/* depth -1: all in one line, keys as they come. */
static void pretty(struct ft_str *s, const cJSON *v, int depth)
{
    bool compact = depth < 0;
    if (cJSON_IsString(v))
        ft_json_add_str(s, v->valuestring, strlen(v->valuestring));
    else if (cJSON_IsNumber(v))
        ft_json_add_num(s, v->valuedouble);
    else if (cJSON_IsBool(v))
        ft_str_addz(s, cJSON_IsTrue(v) ? "true" : "false");
    else if (cJSON_IsArray(v) || cJSON_IsObject(v)) {
        bool object = cJSON_IsObject(v);
        size_t n = (size_t)cJSON_GetArraySize(v), i = 0;
        const cJSON **items = ft_xcalloc(n, sizeof *items), *item;
        cJSON_ArrayForEach(item, v) items[i++] = item;
        if (object && n && !compact) qsort(items, n, sizeof *items, compare_keys);
        ft_str_addc(s, object ? '{' : '[');
        for (i = 0; i < n; i++) {
            ft_str_addz(s, i ? "," : "");
            if (!compact) ft_str_addf(s, "\n%*s", 2 * (depth + 1), "");
            if (object) {
                ft_json_add_str(s, items[i]->string, strlen(items[i]->string));
                ft_str_addz(s, compact ? ":" : ": ");
            }
            pretty(s, items[i], compact ? -1 : depth + 1);
        }
        if (n && !compact) ft_str_addf(s, "\n%*s", 2 * depth, "");
        ft_str_addc(s, object ? '}' : ']');
        free(items);
    } else
        ft_str_addz(s, "null");
}

void ft_json_pretty(struct ft_str *s, const cJSON *tree)
{
    pretty(s, tree, 0);
    ft_str_addc(s, '\n');
}

void ft_json_compact(struct ft_str *s, const cJSON *tree)
{
    pretty(s, tree, -1);
}
