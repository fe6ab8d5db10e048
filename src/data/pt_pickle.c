/* A stack machine that knows the opcodes with which pickles of weights are written, and no more:
 * see pt_pickle.h; what a pickle may name and build is in pt_allowed.c. Every opcode makes at most
 * one value, so memory is bounded by the bytes; the number of values has a limit of its own. */
#include "data/pt_pickle_in.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 4096 };
#define EMPTY  "the stack is empty"
#define ADVICE "the file is damaged: download or save it again"

enum ft_status ft_pt_fail(struct ft_pt_machine *m, const char *what)
{
    return ft_fail(m->err, FT_FORMAT, "%s: byte %zu of the pickle: %s; " ADVICE, m->name, m->op_at,
                   what);
}

/* ---- values ---- */

struct ft_pt_value *ft_pt_new_value(struct ft_pt_machine *m, enum ft_pt_kind kind)
{
    struct ft_pt_value *v = ft_arena_alloc(m->arena, sizeof *v);
    *v = (struct ft_pt_value){.kind = kind};
    m->values++;
    return v;
}

void ft_pt_add_item(struct ft_pt_machine *m, struct ft_pt_value *v, struct ft_pt_value *item)
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

/* ---- the stack ---- */

void ft_pt_push(struct ft_pt_machine *m, struct ft_pt_value *v)
{
    ft_grow(&m->stack, &m->stack_cap, m->top + 1, sizeof(struct ft_pt_value *));
    m->stack[m->top++] = v;
}

/* The height below which the present opcode may not reach. */
static size_t floor_of(const struct ft_pt_machine *m)
{
    return m->marks_n ? m->marks[m->marks_n - 1] : 0;
}

struct ft_pt_value *ft_pt_pop(struct ft_pt_machine *m)
{
    return m->top > floor_of(m) ? m->stack[--m->top] : NULL;
}

struct ft_pt_value *ft_pt_peek(const struct ft_pt_machine *m)
{
    return m->top > floor_of(m) ? m->stack[m->top - 1] : NULL;
}

/* Ends the last mark: its items are stack[*from .. top). */
static enum ft_status pop_mark(struct ft_pt_machine *m, size_t *from)
{
    *from = m->top;
    if (!m->marks_n) return ft_pt_fail(m, "a mark is missing");
    *from = m->marks[--m->marks_n];
    return FT_OK;
}

/* Replaces stack[from ..] by one value that holds them. */
static void gather(struct ft_pt_machine *m, enum ft_pt_kind kind, size_t from)
{
    struct ft_pt_value *v = ft_pt_new_value(m, kind);
    v->n = v->cap = m->top - from;
    if (v->n) {
        v->items = ft_arena_alloc(m->arena, v->n * sizeof(struct ft_pt_value *));
        memcpy(v->items, m->stack + from, v->n * sizeof(struct ft_pt_value *));
    }
    m->top = from;
    ft_pt_push(m, v);
}

/* ---- bytes of the program ---- */

static enum ft_status take(struct ft_pt_machine *m, uint64_t n, const uint8_t **out)
{
    *out = m->data;
    if (n > m->n - m->at) return ft_pt_fail(m, "the pickle ends inside an instruction");
    *out = m->data + m->at;
    m->at += (size_t)n;
    return FT_OK;
}

static enum ft_status take_uint(struct ft_pt_machine *m, size_t bytes, uint64_t *out)
{
    const uint8_t *p;
    enum ft_status st = take(m, bytes, &p);
    if (st) return st;
    *out = 0;
    for (size_t i = bytes; i-- > 0;)
        *out = *out << 8 | p[i];
    return FT_OK;
}

enum ft_status ft_pt_take_line(struct ft_pt_machine *m, const char **text, size_t *len)
{
    *text = "";
    *len = 0;
    size_t most = m->n - m->at < LINE_MAX_BYTES ? m->n - m->at : LINE_MAX_BYTES;
    const uint8_t *end = most ? memchr(m->data + m->at, '\n', most) : NULL;
    if (!end) return ft_pt_fail(m, "an unterminated line");
    *text = (const char *)m->data + m->at;
    *len = (size_t)(end - (m->data + m->at));
    m->at += *len + 1;
    return FT_OK;
}

static enum ft_status push_text(struct ft_pt_machine *m, size_t length_bytes)
{
    uint64_t len = 0;
    const uint8_t *p;
    enum ft_status st = take_uint(m, length_bytes, &len);
    if (!st) st = take(m, len, &p);
    if (st) return st;
    struct ft_pt_value *v = ft_pt_new_value(m, FT_PT_TEXT);
    v->text = (const char *)p;
    v->text_len = (size_t)len;
    ft_pt_push(m, v);
    return FT_OK;
}

static void push_int(struct ft_pt_machine *m, int64_t x)
{
    struct ft_pt_value *v = ft_pt_new_value(m, FT_PT_INT);
    v->number = x;
    ft_pt_push(m, v);
}

/* LONG1, LONG4: a whole number of any length, little-endian, with sign. */
static enum ft_status push_long(struct ft_pt_machine *m, size_t length_bytes)
{
    uint64_t len = 0, x = 0;
    const uint8_t *p;
    enum ft_status st = take_uint(m, length_bytes, &len);
    if (!st) st = take(m, len, &p);
    if (st) return st;
    if (len > 8) {
        struct ft_pt_value *v = ft_pt_new_value(m, FT_PT_BIG);
        v->text = (const char *)p;
        v->text_len = (size_t)len;
        ft_pt_push(m, v);
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
static enum ft_status push_number_line(struct ft_pt_machine *m, size_t is_long)
{
    const char *text;
    size_t len;
    char buf[32];
    long long x;
    enum ft_status st = ft_pt_take_line(m, &text, &len);
    if (st) return st;
    if (is_long && len && text[len - 1] == 'L') len--;
    if (!is_long && len == 2 && text[0] == '0' && (text[1] == '0' || text[1] == '1')) {
        push_int(m, text[1] == '1');
        m->stack[m->top - 1]->kind = FT_PT_BOOL;
        return FT_OK;
    }
    if (len >= sizeof buf) return ft_pt_fail(m, "a number that is too long");
    memcpy(buf, text, len);
    buf[len] = 0;
    if (!ft_parse_i64(buf, &x)) return ft_pt_fail(m, "not a whole number");
    push_int(m, x);
    return FT_OK;
}

/* STRING and UNICODE as text; the quotes of STRING go. Escapes stay as they are: names of tensors
 * have none. */
static enum ft_status push_text_line(struct ft_pt_machine *m, size_t quoted)
{
    const char *text;
    size_t len;
    enum ft_status st = ft_pt_take_line(m, &text, &len);
    if (st) return st;
    if (quoted) {
        if (len < 2 || (text[0] != '\'' && text[0] != '"') || text[len - 1] != text[0])
            return ft_pt_fail(m, "a string without quotes");
        text++;
        len -= 2;
    }
    struct ft_pt_value *v = ft_pt_new_value(m, FT_PT_TEXT);
    v->text = text;
    v->text_len = len;
    ft_pt_push(m, v);
    return FT_OK;
}

/* ---- containers and the memo ---- */

/* The items stack[from ..] go into the dict or list below them. */
static enum ft_status put_items(struct ft_pt_machine *m, enum ft_pt_kind kind, size_t from)
{
    size_t n = m->top - from;
    m->top = from;
    struct ft_pt_value *to = ft_pt_peek(m);
    if (!to || to->kind != kind || (kind == FT_PT_DICT && n % 2))
        return ft_pt_fail(m, kind == FT_PT_DICT ? "items of something that is not a dict"
                                                : "items of something that is not a list");
    for (size_t i = 0; i < n; i++)
        ft_pt_add_item(m, to, m->stack[from + i]);
    return FT_OK;
}

static enum ft_status put_one(struct ft_pt_machine *m, size_t kind)
{
    size_t n = kind == FT_PT_DICT ? 2 : 1;
    if (m->top < floor_of(m) + n) return ft_pt_fail(m, EMPTY);
    return put_items(m, (enum ft_pt_kind)kind, m->top - n);
}

static enum ft_status put_marked(struct ft_pt_machine *m, size_t kind)
{
    size_t from;
    enum ft_status st = pop_mark(m, &from);
    return st ? st : put_items(m, (enum ft_pt_kind)kind, from);
}

static enum ft_status tuple_of(struct ft_pt_machine *m, size_t n)
{
    if (m->top < floor_of(m) + n) return ft_pt_fail(m, EMPTY);
    gather(m, FT_PT_TUPLE, m->top - n);
    return FT_OK;
}

static enum ft_status gather_marked(struct ft_pt_machine *m, size_t kind)
{
    size_t from;
    enum ft_status st = pop_mark(m, &from);
    if (st) return st;
    if (kind == FT_PT_DICT && (m->top - from) % 2)
        return ft_pt_fail(m, "a dict with a key but no value");
    gather(m, (enum ft_pt_kind)kind, from);
    return FT_OK;
}

/* The index of a memo entry: `bytes` of it, 0: a line of text. */
static enum ft_status memo_index(struct ft_pt_machine *m, size_t bytes, uint64_t *i)
{
    if (bytes) return take_uint(m, bytes, i);
    enum ft_status st = push_number_line(m, false);
    if (st) return st;
    const struct ft_pt_value *v = ft_pt_pop(m);
    if (!v || v->number < 0) return ft_pt_fail(m, "no such memo entry");
    *i = (uint64_t)v->number;
    return FT_OK;
}

static enum ft_status memo_set(struct ft_pt_machine *m, uint64_t i)
{
    struct ft_pt_value *v = ft_pt_peek(m);
    if (!v) return ft_pt_fail(m, EMPTY);
    if (i >= FT_PT_VALUES_MAX) return ft_pt_fail(m, "the memo is too large for weights");
    size_t need = (size_t)i + 1;
    ft_grow(&m->memo, &m->memo_cap, need, sizeof(struct ft_pt_value *));
    while (m->memo_n < need)
        m->memo[m->memo_n++] = NULL;
    m->memo[i] = v;
    m->memoized++;
    return FT_OK;
}

static enum ft_status memo_put(struct ft_pt_machine *m, size_t bytes)
{
    uint64_t i = 0;
    enum ft_status st = memo_index(m, bytes, &i);
    return st ? st : memo_set(m, i);
}

static enum ft_status memoize(struct ft_pt_machine *m, size_t unused)
{
    (void)unused;
    return memo_set(m, m->memoized);
}

static enum ft_status memo_get(struct ft_pt_machine *m, size_t bytes)
{
    uint64_t i = 0;
    enum ft_status st = memo_index(m, bytes, &i);
    if (st) return st;
    if (i >= m->memo_n || !m->memo[i]) return ft_pt_fail(m, "no such memo entry");
    ft_pt_push(m, m->memo[i]);
    return FT_OK;
}

/* ---- the other instructions ---- */

static enum ft_status push_kind(struct ft_pt_machine *m, size_t kind)
{
    ft_pt_push(m, ft_pt_new_value(m, (enum ft_pt_kind)kind));
    return FT_OK;
}

static enum ft_status push_truth(struct ft_pt_machine *m, size_t truth)
{
    struct ft_pt_value *v = ft_pt_new_value(m, FT_PT_BOOL);
    v->number = truth != 0;
    ft_pt_push(m, v);
    return FT_OK;
}

static enum ft_status push_uint(struct ft_pt_machine *m, size_t bytes)
{
    uint64_t x = 0;
    enum ft_status st = take_uint(m, bytes, &x);
    if (!st) push_int(m, bytes == 4 ? (int64_t)(int32_t)(uint32_t)x : (int64_t)x);
    return st;
}

static enum ft_status push_real(struct ft_pt_machine *m, size_t bytes)
{
    const uint8_t *p;
    const char *text;
    size_t len;
    enum ft_status st = bytes ? take(m, bytes, &p) : ft_pt_take_line(m, &text, &len);
    return st ? st : push_kind(m, FT_PT_REAL);
}

static enum ft_status skip(struct ft_pt_machine *m, size_t bytes)
{
    const uint8_t *p;
    return take(m, bytes, &p);
}

static enum ft_status mark(struct ft_pt_machine *m, size_t unused)
{
    (void)unused;
    ft_grow(&m->marks, &m->marks_cap, m->marks_n + 1, sizeof *m->marks);
    m->marks[m->marks_n++] = m->top;
    return FT_OK;
}

static enum ft_status drop(struct ft_pt_machine *m, size_t unused)
{
    (void)unused;
    size_t from;
    return ft_pt_pop(m) ? FT_OK : pop_mark(m, &from); /* a mark can be dropped, too */
}

static enum ft_status drop_marked(struct ft_pt_machine *m, size_t unused)
{
    (void)unused;
    return pop_mark(m, &m->top);
}

static enum ft_status duplicate(struct ft_pt_machine *m, size_t unused)
{
    (void)unused;
    struct ft_pt_value *v = ft_pt_peek(m);
    if (!v) return ft_pt_fail(m, EMPTY);
    ft_pt_push(m, v);
    return FT_OK;
}

static enum ft_status instance(struct ft_pt_machine *m, size_t unused)
{
    enum ft_status st = ft_pt_global_line(m, unused);
    return st ? st : ft_pt_fail(m, "an object of a class, which is not expected in weights");
}

/* Opcodes: what runs each, and its argument: a kind, or how many bytes or values follow. */
static const struct {
    enum ft_status (*run)(struct ft_pt_machine *m, size_t arg);
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
    ['c'] = {ft_pt_global_line, 0},       /* GLOBAL */
    [0x93] = {ft_pt_global_of_stack, 0},  /* STACK_GLOBAL */
    ['i'] = {instance, 0},                /* INST */
    ['R'] = {ft_pt_reduce, 0},            /* REDUCE */
    ['b'] = {ft_pt_set_state, 0},         /* BUILD */
    ['Q'] = {ft_pt_storage, 0},           /* BINPERSID */
};

static enum ft_status step(struct ft_pt_machine *m, uint8_t op)
{
    if (ops[op].run) return ops[op].run(m, ops[op].arg);
    char text[64];
    snprintf(text, sizeof text, "instruction 0x%02x, which is not expected in weights", op);
    return ft_pt_fail(m, text);
}

static enum ft_status run(struct ft_pt_machine *m, struct ft_pt_value **out)
{
    for (;;) {
        m->op_at = m->at;
        if (m->at >= m->n) return ft_pt_fail(m, "ends before its STOP");
        uint8_t op = m->data[m->at++];
        if (op == '.') { /* STOP */
            if (!(*out = ft_pt_pop(m))) return ft_pt_fail(m, EMPTY);
            return FT_OK;
        }
        if (m->values >= FT_PT_VALUES_MAX || m->top >= FT_PT_VALUES_MAX ||
            m->marks_n >= FT_PT_VALUES_MAX)
            return ft_pt_fail(m, "too many values for weights");
        enum ft_status st = step(m, op);
        if (st) return st;
    }
}

enum ft_status ft_pt_pickle(const uint8_t *data, size_t n, const char *name, struct ft_arena *arena,
                            struct ft_pt_value **out, struct ft_pt_value **storages, size_t *used,
                            struct ft_err *err)
{
    struct ft_pt_machine m = {.data = data, .n = n, .name = name, .arena = arena, .err = err};
    enum ft_status st = run(&m, out);
    if (!st && used) *used = m.at;
    if (!st && storages) *storages = m.storages;
    free(m.stack);
    free(m.marks);
    free(m.memo);
    return st;
}
