/* Options outside the program: --config files, run.json's form, the equivalent command. */
#include "engine/options/options.h"

#include "util/fs.h"
#include "util/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_BYTES_MAX = 1 << 20 };

/* A JSON value as option text. A list becomes comma-separated where the option is one (split,
 * clean). false: no value for it. */
static bool value_text(const cJSON *v, bool list, struct ft_str *out)
{
    ft_str_clear(out);
    if (cJSON_IsString(v))
        ft_str_addz(out, v->valuestring);
    else if (cJSON_IsBool(v))
        ft_str_addz(out, cJSON_IsTrue(v) ? "true" : "false");
    else if (cJSON_IsNumber(v))
        ft_json_add_num(out, v->valuedouble);
    else if (cJSON_IsArray(v) && list) {
        const cJSON *item;
        struct ft_str one = {0};
        bool ok = true;
        cJSON_ArrayForEach(item, v)
        {
            ok = ok && value_text(item, false, &one);
            if (out->len) ft_str_addc(out, ',');
            ft_str_add(out, ft_str_text(&one), one.len);
        }
        ft_str_release(&one);
        return ok;
    } else
        return false;
    return true;
}

static enum ft_status set_json(struct ft_options *o, const char *key, const cJSON *v, bool given,
                               struct ft_err *err)
{
    struct ft_str text = {0};
    int id = ft_option_find(key);
    bool list =
        id == FT_OPT_split || (id >= 0 && ft_option_at((enum ft_opt)id)->type == FT_OPT_TYPE_SET);
    enum ft_status st =
        value_text(v, list, &text) || id < 0
            ? ft_options_set(o, key, ft_str_text(&text), given, err)
            : ft_fail(err, FT_USAGE, "%s: expected a text, a number or true/false%s", key,
                      list ? ", or a list of them" : "");
    ft_str_release(&text);
    return st;
}

/* Of an option that is there twice the last value counts; one that is in `given` keeps its own. */
static enum ft_status load_json(struct ft_options *o, const struct ft_options *given,
                                const char *text, size_t n, const char *path, struct ft_err *err)
{
    cJSON *tree = NULL;
    struct ft_err why = {0};
    enum ft_status st = ft_json_parse(text, n, path, &tree, &why);
    if (st) st = ft_fail(err, FT_USAGE, "%s", why.msg);
    const cJSON *v;
    if (!st) cJSON_ArrayForEach(v, tree)
        {
            int id = ft_option_find(v->string);
            if (id >= 0 && given->v[id].given) continue;
            if ((st = set_json(o, v->string, v, true, err))) {
                ft_fail_in(err, "%s", path);
                break;
            }
        }
    cJSON_Delete(tree);
    return st;
}

static char *trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    for (size_t n = strlen(s); n && isspace((unsigned char)s[n - 1]); n--)
        s[n - 1] = 0;
    return s;
}

static enum ft_status load_line(struct ft_options *o, const struct ft_options *given, char *line,
                                struct ft_err *err)
{
    char *s = trim(line);
    if (!*s || *s == '#') return FT_OK;
    char *eq = strchr(s, '=');
    if (!eq) return ft_fail(err, FT_USAGE, "expected `option = value`");
    *eq = 0;
    char *name = trim(s), *value = trim(eq + 1);
    for (char *p = value; *p; p++) /* a comment after the value needs a blank before it */
        if (*p == '#' && p > value && isspace((unsigned char)p[-1])) *p = 0;
    value = trim(value);
    size_t n = strlen(value);
    if (n >= 2 && (*value == '"' || *value == '\'') && value[n - 1] == *value) {
        value[n - 1] = 0;
        value++;
    }
    int id = ft_option_find(name);
    if (id >= 0 && given->v[id].given) return FT_OK;
    return ft_options_set(o, name, value, true, err);
}

enum ft_status ft_options_load(struct ft_options *o, const char *path, struct ft_err *err)
{
    char *data = NULL;
    size_t n = 0, line = 1;
    enum ft_status st = ft_file_read(path, CONFIG_BYTES_MAX, &data, &n, err);
    if (st) return st;
    struct ft_options next; /* all of the file or nothing of it */
    ft_options_copy(&next, o);
    size_t mark = n >= 3 && !memcmp(data, "\xEF\xBB\xBF", 3) ? 3 : 0;
    char *text = data + mark;
    n -= mark;
    if (text[strspn(text, " \t\r\n")] == '{') {
        st = load_json(&next, o, text, n, path, err);
    } else {
        if (strlen(text) != n) st = ft_fail(err, FT_USAGE, "%s: a NUL byte; expected text", path);
        for (char *p = text; !st && p; line++) {
            char *end = strchr(p, '\n');
            if (end) *end = 0;
            if ((st = load_line(&next, o, p, err))) ft_fail_in(err, "%s:%zu", path, line);
            p = end ? end + 1 : NULL;
        }
    }
    free(data);
    struct ft_options *drop = st ? &next : o;
    ft_options_release(drop);
    if (!st) *o = next;
    return st;
}

/* Numbers and truth as such, everything else as text. */
static void add_value(struct ft_str *out, const struct ft_options *o, int id)
{
    const struct ft_opt_value *v = &o->v[id];
    switch (ft_option_at((enum ft_opt)id)->type) {
    case FT_OPT_TYPE_INT:
    case FT_OPT_TYPE_FLOAT:
        ft_json_add_num(out, v->num);
        break;
    case FT_OPT_TYPE_BOOL:
        ft_str_addz(out, v->text);
        break;
    default:
        ft_json_add_str(out, v->text, strlen(v->text));
    }
}

enum ft_status ft_options_save(const struct ft_options *o, const char *path, struct ft_err *err)
{
    struct ft_str s = {0};
    const char *between = "\n";
    ft_str_addc(&s, '{');
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        if (!o->v[i].given) continue;
        ft_str_addf(&s, "%s  \"%s\": ", between, ft_option_at((enum ft_opt)i)->name);
        add_value(&s, o, i);
        between = ",\n";
    }
    ft_str_addz(&s, "\n}\n");
    enum ft_status st = ft_file_write(path, s.data, s.len, err);
    ft_str_release(&s);
    return st;
}

/* A command is taken only from the one who starts a run, never from a run's folder, which may come
 * from elsewhere; and it may have a password in it. */
static bool is_stored(enum ft_opt id)
{
    return id != FT_OPT_notify;
}

void ft_options_to_json(const struct ft_options *o, struct ft_str *out)
{
    ft_str_addc(out, '{');
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        enum ft_opt_type type = ft_option_at((enum ft_opt)i)->type;
        bool text =
            type != FT_OPT_TYPE_INT && type != FT_OPT_TYPE_FLOAT && type != FT_OPT_TYPE_BOOL;
        ft_json_add_key(out, ft_option_at((enum ft_opt)i)->name);
        ft_str_addc(out, '{');
        bool stored = is_stored((enum ft_opt)i);
        if (text)
            ft_json_put_bytes(out, "value", stored ? o->v[i].text : "");
        else
            ft_json_add_key(out, "value"), add_value(out, o, i);
        ft_str_addf(out, ",\"given\":%s}", stored && o->v[i].given ? "true" : "false");
    }
    ft_str_addc(out, '}');
}

enum ft_status ft_options_from_json(struct ft_options *o, const cJSON *tree, const char *name,
                                    struct ft_err *err)
{
    if (!cJSON_IsObject(tree))
        return ft_fail(err, FT_FORMAT, "%s: options: expected an object", name);
    const cJSON *item;
    cJSON_ArrayForEach(item, tree)
    {
        int id = ft_option_find(item->string);
        if (id < 0 || !is_stored((enum ft_opt)id)) continue;
        const cJSON *value = ft_json_get(item, "value");
        if (!value)
            return ft_fail(err, FT_FORMAT, "%s: options.%s: no `value`", name, item->string);
        bool given = cJSON_IsTrue(ft_json_get(item, "given"));
        char *bytes = NULL;
        enum ft_status st = FT_OK;
        if (ft_json_get(item, "value_bytes")) st = ft_json_bytes(item, "value", &bytes, name, err);
        if (!st)
            st = bytes ? ft_options_set(o, item->string, bytes, given, err)
                       : set_json(o, item->string, value, given, err);
        free(bytes);
        if (!st) continue;
        ft_fail_in(err, "%s: options", name);
        if (st != FT_USAGE) return st;
        if (err) err->code = FT_FORMAT; /* nobody typed it: the file is damaged */
        return FT_FORMAT;
    }
    return FT_OK;
}

/* Length of the character at text when a screen shows it as it is, else 0. */
static size_t plain_char(const char *text)
{
    unsigned char a = (unsigned char)text[0], b = a ? (unsigned char)text[1] : 0;
    size_t n = ft_utf8_len(text, strlen(text));
    if (a < 0x20 || a == 0x7f || (a == 0xc2 && b < 0xa0)) return 0; /* C0 and C1 */
    if (a != 0xe2 && a != 0xef) return n;
    unsigned char c = b ? (unsigned char)text[2] : 0;
    bool hidden = (b == 0x80 && ((c >= 0x8b && c <= 0x8f) || (c >= 0xa8 && c <= 0xae))) ||
                  (b == 0x81 && c >= 0xa0 && c <= 0xaf); /* U+200B..200F 2028..202E 2060..206F */
    bool bom = a == 0xef && b == 0xbb && c == 0xbf;
    return (a == 0xe2 && hidden) || bom ? 0 : n;
}

/* "$(printf 'a\012b')": a shell takes newlines off the end, so such texts are quoted as they are.
 */
static void quote_bytes(struct ft_str *out, const char *text)
{
    ft_str_addz(out, "\"$(printf '");
    for (const char *start = text, *end = text + strlen(text); text < end;) {
        size_t n = text == start && *text == '-' ? 0 : plain_char(text); /* no option of printf */
        if (n == 1 && (*text == '\'' || *text == '\\' || *text == '%')) n = 0;
        if (n)
            ft_str_add(out, text, n);
        else if (*text == '%')
            ft_str_addz(out, "%%");
        else
            ft_str_addf(out, "\\%03o", (unsigned)(unsigned char)*text);
        text += n ? n : 1;
    }
    ft_str_addz(out, "')\"");
}

void ft_shell_quote(struct ft_str *out, const char *text)
{
    static const char bare[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_-+=.,/:@%";
    size_t len = strlen(text), shown = 0;
    if (len && text[strspn(text, bare)] == 0) {
        ft_str_addz(out, text);
        return;
    }
    for (size_t n; shown < len && (n = plain_char(text + shown)); shown += n)
        ;
    if (shown < len && text[len - 1] != '\n') {
        quote_bytes(out, text);
        return;
    }
    ft_str_addc(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            ft_str_addz(out, "'\\''");
        else
            ft_str_addc(out, *text);
    }
    ft_str_addc(out, '\'');
}

void ft_options_command(const struct ft_options *o, const char *fork, bool all, struct ft_str *out)
{
    static const enum ft_opt first[] = {FT_OPT_model, FT_OPT_data, FT_OPT_output_dir};
    enum { FIRST = sizeof first / sizeof *first };
    ft_str_addz(out, "fettle train");
    if (fork) {
        ft_str_addz(out, " --fork ");
        ft_shell_quote(out, fork);
    }
    for (int k = 0; k < FIRST + FT_OPT_COUNT; k++) {
        int id = k < FIRST ? (int)first[k] : k - FIRST;
        bool again = false;
        for (int j = 0; j < FIRST; j++)
            again |= k >= FIRST && id == (int)first[j];
        if (again || !(all || o->v[id].given)) continue;
        if (!*o->v[id].text && !o->v[id].given) continue;
        ft_str_addf(out, " --%s ", ft_option_at((enum ft_opt)id)->name);
        ft_shell_quote(out, o->v[id].text);
    }
}

enum ft_status ft_options_of_run(const char *dir, struct ft_options *o, struct ft_err *err)
{
    char *path = ft_path_join(dir, "run.json");
    cJSON *tree = NULL;
    enum ft_status st = ft_json_read(path, (size_t)256 << 20, &tree, err);
    if (!st) {
        const cJSON *options = ft_json_get(tree, "options"),
                    *changed = ft_json_get(tree, "changed_from");
        st = options
                 ? ft_options_from_json(o, options, path, err)
                 : ft_fail(err, FT_FORMAT, "%s: has no options; it is not a run of fettle", path);
        if (!st && changed) st = ft_options_from_json(o, changed, path, err);
    }
    cJSON_Delete(tree);
    free(path);
    return st;
}
