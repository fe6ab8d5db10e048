/* A stack machine that knows the opcodes with which pickles of weights are written, and no more:
 * see pt_pickle.h. Every opcode makes at most one value, so memory is bounded by the bytes; the
 * number of values has a limit of its own. */
#include "data/pt_pickle.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 4 << 20, NAME_MAX_BYTES = 200, LINE_MAX_BYTES = 4096 };
#define EMPTY  "the stack is empty"
#define ADVICE "the file is damaged: download or save it again"

struct machine {
    const uint8_t *data;
    size_t n, at;
    size_t op_at; /* where the opcode that is being run begins */
    const char *name;
    struct ft_arena *arena;
    struct ft_pt_value **stack;
    size_t top, stack_cap;
    size_t *marks; /* heights of the stack */
    size_t marks_n, marks_cap;
    struct ft_pt_value **memo;
    size_t memo_n, memo_cap;
    size_t memoized; /* for MEMOIZE: how many were put */
    size_t values;
    struct ft_pt_value *storages; /* the last one */
    struct ft_err *err;
};

static enum ft_status fail(struct machine *m, const char *what)
{
    return ft_fail(m->err, FT_FORMAT, "%s: byte %zu of the pickle: %s; " ADVICE, m->name, m->op_at,
                   what);
}

/* ---- values ---- */

static struct ft_pt_value *new_value(struct machine *m, enum ft_pt_kind kind)
{
    struct ft_pt_value *v = ft_arena_alloc(m->arena, sizeof *v);
    *v = (struct ft_pt_value){.kind = kind};
    m->values++;
    return v;
}

static void add_item(struct machine *m, struct ft_pt_value *v, struct ft_pt_value *item)
{
    if (v->n == v->cap) { /* the old array stays in the arena: at most as much again */
        size_t cap = v->cap ? v->cap * 2 : 4;
        struct ft_pt_value **items = ft_arena_alloc(m->arena, cap * sizeof(struct ft_pt_value *));
        if (v->n) memcpy(items, v->items, v->n * sizeof(struct ft_pt_value *));
        v->items = items;
        v->cap = cap;
    }
    v->items[v->n++] = item;
}

bool ft_pt_is_text(const struct ft_pt_value *v, const char *text)
{
    return v->kind == FT_PT_TEXT && v->text_len == strlen(text) &&
           (!v->text_len || !memcmp(v->text, text, v->text_len));
}

struct ft_pt_value *ft_pt_get(const struct ft_pt_value *dict, const char *key)
{
    if (dict->kind != FT_PT_DICT) return NULL;
    for (size_t i = dict->n / 2; i-- > 0;)
        if (ft_pt_is_text(dict->items[2 * i], key)) return dict->items[2 * i + 1];
    return NULL;
}

/* ---- the stack ---- */

static void push(struct machine *m, struct ft_pt_value *v)
{
    ft_grow(&m->stack, &m->stack_cap, m->top + 1, sizeof(struct ft_pt_value *));
    m->stack[m->top++] = v;
}

/* The height below which the present opcode may not reach. */
static size_t floor_of(const struct machine *m)
{
    return m->marks_n ? m->marks[m->marks_n - 1] : 0;
}

static struct ft_pt_value *pop(struct machine *m)
{
    return m->top > floor_of(m) ? m->stack[--m->top] : NULL;
}

static struct ft_pt_value *peek(const struct machine *m)
{
    return m->top > floor_of(m) ? m->stack[m->top - 1] : NULL;
}

/* Ends the last mark: its items are stack[*from .. top). */
static enum ft_status pop_mark(struct machine *m, size_t *from)
{
    *from = m->top;
    if (!m->marks_n) return fail(m, "a mark is missing");
    *from = m->marks[--m->marks_n];
    return FT_OK;
}

/* Replaces stack[from ..] by one value that holds them. */
static void gather(struct machine *m, enum ft_pt_kind kind, size_t from)
{
    struct ft_pt_value *v = new_value(m, kind);
    v->n = v->cap = m->top - from;
    if (v->n) {
        v->items = ft_arena_alloc(m->arena, v->n * sizeof(struct ft_pt_value *));
        memcpy(v->items, m->stack + from, v->n * sizeof(struct ft_pt_value *));
    }
    m->top = from;
    push(m, v);
}

/* ---- bytes of the program ---- */

static enum ft_status take(struct machine *m, uint64_t n, const uint8_t **out)
{
    *out = m->data;
    if (n > m->n - m->at) return fail(m, "the pickle ends inside an instruction");
    *out = m->data + m->at;
    m->at += (size_t)n;
    return FT_OK;
}

static enum ft_status take_uint(struct machine *m, size_t bytes, uint64_t *out)
{
    const uint8_t *p;
    enum ft_status st = take(m, bytes, &p);
    if (st) return st;
    *out = 0;
    for (size_t i = bytes; i-- > 0;)
        *out = *out << 8 | p[i];
    return FT_OK;
}

/* A line of the old text opcodes, without its newline. */
static enum ft_status take_line(struct machine *m, const char **text, size_t *len)
{
    *text = "";
    *len = 0;
    size_t most = m->n - m->at < LINE_MAX_BYTES ? m->n - m->at : LINE_MAX_BYTES;
    const uint8_t *end = most ? memchr(m->data + m->at, '\n', most) : NULL;
    if (!end) return fail(m, "an unterminated line");
    *text = (const char *)m->data + m->at;
    *len = (size_t)(end - (m->data + m->at));
    m->at += *len + 1;
    return FT_OK;
}

static enum ft_status push_text(struct machine *m, size_t length_bytes)
{
    uint64_t len = 0;
    const uint8_t *p;
    enum ft_status st = take_uint(m, length_bytes, &len);
    if (!st) st = take(m, len, &p);
    if (st) return st;
    struct ft_pt_value *v = new_value(m, FT_PT_TEXT);
    v->text = (const char *)p;
    v->text_len = (size_t)len;
    push(m, v);
    return FT_OK;
}

static void push_int(struct machine *m, int64_t x)
{
    struct ft_pt_value *v = new_value(m, FT_PT_INT);
    v->number = x;
    push(m, v);
}

/* LONG1, LONG4: a whole number of any length, little-endian, with sign. */
static enum ft_status push_long(struct machine *m, size_t length_bytes)
{
    uint64_t len = 0, x = 0;
    const uint8_t *p;
    enum ft_status st = take_uint(m, length_bytes, &len);
    if (!st) st = take(m, len, &p);
    if (st) return st;
    if (len > 8) {
        struct ft_pt_value *v = new_value(m, FT_PT_BIG);
        v->text = (const char *)p;
        v->text_len = (size_t)len;
        push(m, v);
        return FT_OK;
    }
    for (size_t i = (size_t)len; i-- > 0;)
        x = x << 8 | p[i];
    if (len && len < 8 && p[len - 1] & 0x80) x |= ~(uint64_t)0 << (8 * len);
    int64_t number;
    memcpy(&number, &x, sizeof number);
    push_int(m, number);
    return FT_OK;
}

/* INT and LONG as text: "12", "12L", "00" and "01" for the truth values. */
static enum ft_status push_number_line(struct machine *m, size_t is_long)
{
    const char *text;
    size_t len;
    char buf[32];
    long long x;
    enum ft_status st = take_line(m, &text, &len);
    if (st) return st;
    if (is_long && len && text[len - 1] == 'L') len--;
    if (!is_long && len == 2 && text[0] == '0' && (text[1] == '0' || text[1] == '1')) {
        push_int(m, text[1] == '1');
        m->stack[m->top - 1]->kind = FT_PT_BOOL;
        return FT_OK;
    }
    if (len >= sizeof buf) return fail(m, "a number that is too long");
    memcpy(buf, text, len);
    buf[len] = 0;
    if (!ft_parse_i64(buf, &x)) return fail(m, "not a whole number");
    push_int(m, x);
    return FT_OK;
}

/* STRING and UNICODE as text; the quotes of STRING go. Escapes stay as they are: names of tensors
 * have none. */
static enum ft_status push_text_line(struct machine *m, size_t quoted)
{
    const char *text;
    size_t len;
    enum ft_status st = take_line(m, &text, &len);
    if (st) return st;
    if (quoted) {
        if (len < 2 || (text[0] != '\'' && text[0] != '"') || text[len - 1] != text[0])
            return fail(m, "a string without quotes");
        text++;
        len -= 2;
    }
    struct ft_pt_value *v = new_value(m, FT_PT_TEXT);
    v->text = text;
    v->text_len = len;
    push(m, v);
    return FT_OK;
}

/* ---- names ---- */

static bool is_storage(const char *name)
{
    static const char *const before[] = {"torch.storage.", "torch.cuda.", "torch."};
    static const char end[] = "Storage";
    size_t n = strlen(name), e = sizeof end - 1;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        size_t b = strlen(before[i]);
        if (strncmp(name, before[i], b)) continue;
        return n > b + e && !strcmp(name + n - e, end) && !strchr(name + b, '.');
    }
    return false;
}

#define REBUILD_TENSOR    "torch._utils._rebuild_tensor_v2"
#define REBUILD_PARAMETER "torch._utils._rebuild_parameter"
#define ORDERED_DICT      "collections.OrderedDict"

static bool is_allowed(const char *name)
{
    return !strcmp(name, REBUILD_TENSOR) || !strcmp(name, REBUILD_PARAMETER) ||
           !strcmp(name, ORDERED_DICT) || is_storage(name);
}

static enum ft_status fail_name(struct machine *m, const char *name)
{
    bool quantised = strstr(name, "qtensor") || strstr(name, "quantized");
    return ft_fail(m->err, FT_UNSUPPORTED,
                   "%s: names %s%s, which is not allowed in weights: only tensors, numbers, "
                   "strings, lists and dicts are read, and nothing in the file is run. %s",
                   m->name, name, quantised ? " (a quantised tensor)" : "",
                   quantised ? "Use the model before it was quantised"
                             : "If you trust the file, save its state dict again as safetensors");
}

/* module and name, which may come from anywhere in the file. */
static enum ft_status push_global(struct machine *m, const char *module, size_t module_len,
                                  const char *what, size_t what_len)
{
    char name[2 * NAME_MAX_BYTES + 2];
    if (module_len > NAME_MAX_BYTES || what_len > NAME_MAX_BYTES)
        return fail(m, "the name of a function is too long");
    int len =
        snprintf(name, sizeof name, "%.*s.%.*s", (int)module_len, module, (int)what_len, what);
    if (len < 0 || !is_allowed(name)) return fail_name(m, name);
    struct ft_pt_value *v = new_value(m, FT_PT_GLOBAL);
    v->text_len = strlen(name);
    v->text = ft_arena_strndup(m->arena, name, v->text_len);
    push(m, v);
    return FT_OK;
}

static enum ft_status global_line(struct machine *m, size_t unused)
{
    (void)unused;
    const char *module, *what = "";
    size_t module_len, what_len = 0;
    enum ft_status st = take_line(m, &module, &module_len);
    if (!st) st = take_line(m, &what, &what_len);
    return st ? st : push_global(m, module, module_len, what, what_len);
}

static enum ft_status global_of_stack(struct machine *m, size_t unused)
{
    (void)unused;
    struct ft_pt_value *what = pop(m), *module = pop(m);
    if (!what || !module || what->kind != FT_PT_TEXT || module->kind != FT_PT_TEXT)
        return fail(m, "a name that is not two strings");
    return push_global(m, module->text, module->text_len, what->text, what->text_len);
}

/* ---- what may be built ---- */

/* OrderedDict(), or OrderedDict([[key, value], ..]) as Python 2 wrote it. */
static enum ft_status make_dict(struct machine *m, const struct ft_pt_value *args)
{
    struct ft_pt_value *dict = new_value(m, FT_PT_DICT);
    const struct ft_pt_value *pairs = args->n ? args->items[0] : NULL;
    if (args->n > 1 || (pairs && pairs->kind != FT_PT_LIST && pairs->kind != FT_PT_TUPLE))
        return fail(m, "an OrderedDict of something that is not a list of pairs");
    for (size_t i = 0; pairs && i < pairs->n; i++) {
        const struct ft_pt_value *pair = pairs->items[i];
        if ((pair->kind != FT_PT_LIST && pair->kind != FT_PT_TUPLE) || pair->n != 2)
            return fail(m, "an OrderedDict of something that is not a list of pairs");
        add_item(m, dict, pair->items[0]);
        add_item(m, dict, pair->items[1]);
        if (++m->values > VALUES_MAX) return fail(m, "too many values for weights");
    }
    push(m, dict);
    return FT_OK;
}

static enum ft_status reduce(struct machine *m, size_t unused)
{
    (void)unused;
    struct ft_pt_value *args = pop(m), *call = pop(m);
    if (!args || !call || args->kind != FT_PT_TUPLE || call->kind != FT_PT_GLOBAL)
        return fail(m, "a call of something that is not a function");
    if (!strcmp(call->text, ORDERED_DICT)) return make_dict(m, args);
    if (!strcmp(call->text, REBUILD_TENSOR)) {
        if (args->n < 4 || args->items[0]->kind != FT_PT_STORAGE)
            return fail(m, "a tensor without a storage, an offset, a size and strides");
        struct ft_pt_value *v = new_value(m, FT_PT_TENSOR);
        v->items = args->items;
        v->n = 4;
        push(m, v);
        return FT_OK;
    }
    if (!strcmp(call->text, REBUILD_PARAMETER)) {
        if (!args->n || args->items[0]->kind != FT_PT_TENSOR)
            return fail(m, "a parameter without a tensor");
        push(m, args->items[0]);
        return FT_OK;
    }
    return fail_name(m, call->text); /* a storage that is called */
}

/* The attributes of a state dict (_metadata) or a parameter say nothing about the weights. */
static enum ft_status build(struct machine *m, size_t unused)
{
    (void)unused;
    struct ft_pt_value *state = pop(m), *v = peek(m);
    if (!state || !v || (v->kind != FT_PT_DICT && v->kind != FT_PT_TENSOR))
        return fail(m, "attributes of something that has none");
    return FT_OK;
}

/* ("storage", torch.FloatStorage, key, location, elements [, view]): view is None or (key, first
 * element, elements), in legacy files only. */
static enum ft_status storage_of(struct machine *m, size_t unused)
{
    (void)unused;
    const struct ft_pt_value *id = pop(m);
    if (!id || id->kind != FT_PT_TUPLE || id->n < 5 || !ft_pt_is_text(id->items[0], "storage") ||
        id->items[1]->kind != FT_PT_GLOBAL || id->items[2]->kind != FT_PT_TEXT ||
        id->items[4]->kind != FT_PT_INT || id->items[4]->number < 0 ||
        !is_storage(id->items[1]->text))
        return fail(m, "a reference that does not describe a storage");
    struct ft_pt_value *v = new_value(m, FT_PT_STORAGE);
    v->type = strrchr(id->items[1]->text, '.') + 1;
    v->text = id->items[2]->text;
    v->text_len = id->items[2]->text_len;
    v->number = id->items[4]->number;
    v->next = m->storages;
    m->storages = v;
    const struct ft_pt_value *view = id->n > 5 ? id->items[5] : NULL;
    if (view && view->kind != FT_PT_NONE) {
        if (view->kind != FT_PT_TUPLE || view->n != 3 || view->items[1]->kind != FT_PT_INT ||
            view->items[2]->kind != FT_PT_INT || view->items[1]->number < 0 ||
            view->items[2]->number < 0 || view->items[1]->number > v->number ||
            view->items[2]->number > v->number - view->items[1]->number)
            return fail(m, "a view that lies outside its storage");
        v->first = view->items[1]->number;
        v->number = view->items[2]->number;
    }
    push(m, v);
    return FT_OK;
}

/* ---- containers and the memo ---- */

/* The items stack[from ..] go into the dict or list below them. */
static enum ft_status put_items(struct machine *m, enum ft_pt_kind kind, size_t from)
{
    size_t n = m->top - from;
    m->top = from;
    struct ft_pt_value *to = peek(m);
    if (!to || to->kind != kind || (kind == FT_PT_DICT && n % 2))
        return fail(m, kind == FT_PT_DICT ? "items of something that is not a dict"
                                          : "items of something that is not a list");
    for (size_t i = 0; i < n; i++)
        add_item(m, to, m->stack[from + i]);
    return FT_OK;
}

static enum ft_status put_one(struct machine *m, size_t kind)
{
    size_t n = kind == FT_PT_DICT ? 2 : 1;
    if (m->top < floor_of(m) + n) return fail(m, EMPTY);
    return put_items(m, (enum ft_pt_kind)kind, m->top - n);
}

static enum ft_status put_marked(struct machine *m, size_t kind)
{
    size_t from;
    enum ft_status st = pop_mark(m, &from);
    return st ? st : put_items(m, (enum ft_pt_kind)kind, from);
}

static enum ft_status tuple_of(struct machine *m, size_t n)
{
    if (m->top < floor_of(m) + n) return fail(m, EMPTY);
    gather(m, FT_PT_TUPLE, m->top - n);
    return FT_OK;
}

static enum ft_status gather_marked(struct machine *m, size_t kind)
{
    size_t from;
    enum ft_status st = pop_mark(m, &from);
    if (st) return st;
    if (kind == FT_PT_DICT && (m->top - from) % 2) return fail(m, "a dict with a key but no value");
    gather(m, (enum ft_pt_kind)kind, from);
    return FT_OK;
}

/* The index of a memo entry: `bytes` of it, 0: a line of text. */
static enum ft_status memo_index(struct machine *m, size_t bytes, uint64_t *i)
{
    if (bytes) return take_uint(m, bytes, i);
    enum ft_status st = push_number_line(m, false);
    if (st) return st;
    const struct ft_pt_value *v = pop(m);
    if (!v || v->number < 0) return fail(m, "no such memo entry");
    *i = (uint64_t)v->number;
    return FT_OK;
}

static enum ft_status memo_set(struct machine *m, uint64_t i)
{
    struct ft_pt_value *v = peek(m);
    if (!v) return fail(m, EMPTY);
    if (i >= VALUES_MAX) return fail(m, "the memo is too large for weights");
    size_t need = (size_t)i + 1;
    ft_grow(&m->memo, &m->memo_cap, need, sizeof(struct ft_pt_value *));
    while (m->memo_n < need)
        m->memo[m->memo_n++] = NULL;
    m->memo[i] = v;
    m->memoized++;
    return FT_OK;
}

static enum ft_status memo_put(struct machine *m, size_t bytes)
{
    uint64_t i = 0;
    enum ft_status st = memo_index(m, bytes, &i);
    return st ? st : memo_set(m, i);
}

static enum ft_status memoize(struct machine *m, size_t unused)
{
    (void)unused;
    return memo_set(m, m->memoized);
}

static enum ft_status memo_get(struct machine *m, size_t bytes)
{
    uint64_t i = 0;
    enum ft_status st = memo_index(m, bytes, &i);
    if (st) return st;
    if (i >= m->memo_n || !m->memo[i]) return fail(m, "no such memo entry");
    push(m, m->memo[i]);
    return FT_OK;
}

/* ---- the other instructions ---- */

static enum ft_status push_kind(struct machine *m, size_t kind)
{
    push(m, new_value(m, (enum ft_pt_kind)kind));
    return FT_OK;
}

static enum ft_status push_truth(struct machine *m, size_t truth)
{
    struct ft_pt_value *v = new_value(m, FT_PT_BOOL);
    v->number = truth != 0;
    push(m, v);
    return FT_OK;
}

static enum ft_status push_uint(struct machine *m, size_t bytes)
{
    uint64_t x = 0;
    enum ft_status st = take_uint(m, bytes, &x);
    if (!st) push_int(m, bytes == 4 ? (int64_t)(int32_t)(uint32_t)x : (int64_t)x);
    return st;
}

static enum ft_status push_real(struct machine *m, size_t bytes)
{
    const uint8_t *p;
    const char *text;
    size_t len;
    enum ft_status st = bytes ? take(m, bytes, &p) : take_line(m, &text, &len);
    return st ? st : push_kind(m, FT_PT_REAL);
}

static enum ft_status skip(struct machine *m, size_t bytes)
{
    const uint8_t *p;
    return take(m, bytes, &p);
}

static enum ft_status mark(struct machine *m, size_t unused)
{
    (void)unused;
    ft_grow(&m->marks, &m->marks_cap, m->marks_n + 1, sizeof *m->marks);
    m->marks[m->marks_n++] = m->top;
    return FT_OK;
}

static enum ft_status drop(struct machine *m, size_t unused)
{
    (void)unused;
    size_t from;
    return pop(m) ? FT_OK : pop_mark(m, &from); /* a mark can be dropped, too */
}

static enum ft_status drop_marked(struct machine *m, size_t unused)
{
    (void)unused;
    return pop_mark(m, &m->top);
}

static enum ft_status duplicate(struct machine *m, size_t unused)
{
    (void)unused;
    struct ft_pt_value *v = peek(m);
    if (!v) return fail(m, EMPTY);
    push(m, v);
    return FT_OK;
}

static enum ft_status instance(struct machine *m, size_t unused)
{
    enum ft_status st = global_line(m, unused);
    return st ? st : fail(m, "an object of a class, which is not expected in weights");
}

/* Opcodes: what runs each, and its argument: a kind, or how many bytes or values follow. */
static const struct {
    enum ft_status (*run)(struct machine *m, size_t arg);
    size_t arg;
} ops[256] = {
    [0x80] = {skip, 1},                   /* PROTO */
    [0x95] = {skip, 8},                   /* FRAME */
    ['N'] = {push_kind, FT_PT_NONE},      /* NONE */
    [0x88] = {push_truth, true},          /* NEWTRUE */
    [0x89] = {push_truth, false},         /* NEWFALSE */
    ['K'] = {push_uint, 1},               /* BININT1 */
    ['M'] = {push_uint, 2},               /* BININT2 */
    ['J'] = {push_uint, 4},               /* BININT */
    [0x8a] = {push_long, 1},              /* LONG1 */
    [0x8b] = {push_long, 4},              /* LONG4 */
    ['I'] = {push_number_line, false},    /* INT */
    ['L'] = {push_number_line, true},     /* LONG */
    ['G'] = {push_real, 8},               /* BINFLOAT */
    ['F'] = {push_real, 0},               /* FLOAT */
    ['X'] = {push_text, 4},               /* BINUNICODE */
    ['T'] = {push_text, 4},               /* BINSTRING */
    ['B'] = {push_text, 4},               /* BINBYTES */
    [0x8c] = {push_text, 1},              /* SHORT_BINUNICODE */
    ['U'] = {push_text, 1},               /* SHORT_BINSTRING */
    ['C'] = {push_text, 1},               /* SHORT_BINBYTES */
    [0x8d] = {push_text, 8},              /* BINUNICODE8 */
    [0x8e] = {push_text, 8},              /* BINBYTES8 */
    ['V'] = {push_text_line, false},      /* UNICODE */
    ['S'] = {push_text_line, true},       /* STRING, in quotes */
    ['('] = {mark, 0},                    /* MARK */
    [')'] = {tuple_of, 0},                /* EMPTY_TUPLE */
    [0x85] = {tuple_of, 1},               /* TUPLE1 */
    [0x86] = {tuple_of, 2},               /* TUPLE2 */
    [0x87] = {tuple_of, 3},               /* TUPLE3 */
    ['t'] = {gather_marked, FT_PT_TUPLE}, /* TUPLE */
    [']'] = {push_kind, FT_PT_LIST},      /* EMPTY_LIST */
    ['l'] = {gather_marked, FT_PT_LIST},  /* LIST */
    ['}'] = {push_kind, FT_PT_DICT},      /* EMPTY_DICT */
    ['d'] = {gather_marked, FT_PT_DICT},  /* DICT */
    ['a'] = {put_one, FT_PT_LIST},        /* APPEND */
    ['e'] = {put_marked, FT_PT_LIST},     /* APPENDS */
    ['s'] = {put_one, FT_PT_DICT},        /* SETITEM */
    ['u'] = {put_marked, FT_PT_DICT},     /* SETITEMS */
    ['0'] = {drop, 0},                    /* POP */
    ['1'] = {drop_marked, 0},             /* POP_MARK */
    ['2'] = {duplicate, 0},               /* DUP */
    ['q'] = {memo_put, 1},                /* BINPUT */
    ['r'] = {memo_put, 4},                /* LONG_BINPUT */
    ['p'] = {memo_put, 0},                /* PUT */
    [0x94] = {memoize, 0},                /* MEMOIZE */
    ['h'] = {memo_get, 1},                /* BINGET */
    ['j'] = {memo_get, 4},                /* LONG_BINGET */
    ['g'] = {memo_get, 0},                /* GET */
    ['c'] = {global_line, 0},             /* GLOBAL */
    [0x93] = {global_of_stack, 0},        /* STACK_GLOBAL */
    ['i'] = {instance, 0},                /* INST */
    ['R'] = {reduce, 0},                  /* REDUCE */
    ['b'] = {build, 0},                   /* BUILD */
    ['Q'] = {storage_of, 0},              /* BINPERSID */
};

static enum ft_status step(struct machine *m, uint8_t op)
{
    if (ops[op].run) return ops[op].run(m, ops[op].arg);
    char text[64];
    snprintf(text, sizeof text, "instruction 0x%02x, which is not expected in weights", op);
    return fail(m, text);
}

static enum ft_status run(struct machine *m, struct ft_pt_value **out)
{
    for (;;) {
        m->op_at = m->at;
        if (m->at >= m->n) return fail(m, "ends before its STOP");
        uint8_t op = m->data[m->at++];
        if (op == '.') { /* STOP */
            if (!(*out = pop(m))) return fail(m, EMPTY);
            return FT_OK;
        }
        if (m->values >= VALUES_MAX || m->top >= VALUES_MAX || m->marks_n >= VALUES_MAX)
            return fail(m, "too many values for weights");
        enum ft_status st = step(m, op);
        if (st) return st;
    }
}

enum ft_status ft_pt_pickle(const uint8_t *data, size_t n, const char *name, struct ft_arena *arena,
                            struct ft_pt_value **out, struct ft_pt_value **storages, size_t *used,
                            struct ft_err *err)
{
    struct machine m = {.data = data, .n = n, .name = name, .arena = arena, .err = err};
    enum ft_status st = run(&m, out);
    if (!st && used) *used = m.at;
    if (!st && storages) *storages = m.storages;
    free(m.stack);
    free(m.marks);
    free(m.memo);
    return st;
}
