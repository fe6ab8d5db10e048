/* Private to pt_pickle.c (the stack machine) and pt_allowed.c (what a pickle may name and build). */
#ifndef FT_DATA_PT_PICKLE_IN_H
#define FT_DATA_PT_PICKLE_IN_H

#include "data/pt_pickle.h"

enum { FT_PT_VALUES_MAX = 4 << 20 };

struct ft_pt_machine {
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

/* FT_FORMAT with the byte of the present opcode. */
enum ft_status ft_pt_fail(struct ft_pt_machine *m, const char *what);
struct ft_pt_value *ft_pt_new_value(struct ft_pt_machine *m, enum ft_pt_kind kind);
void ft_pt_add_item(struct ft_pt_machine *m, struct ft_pt_value *v, struct ft_pt_value *item);
void ft_pt_push(struct ft_pt_machine *m, struct ft_pt_value *v);
struct ft_pt_value *ft_pt_pop(struct ft_pt_machine *m);        /* NULL: the stack is empty */
struct ft_pt_value *ft_pt_peek(const struct ft_pt_machine *m); /* NULL: the stack is empty */
/* A line of the old text opcodes, without its newline. */
enum ft_status ft_pt_take_line(struct ft_pt_machine *m, const char **text, size_t *len);

/* Opcodes of pt_allowed.c: GLOBAL, STACK_GLOBAL, REDUCE, BUILD, BINPERSID. */
enum ft_status ft_pt_global_line(struct ft_pt_machine *m, size_t unused);
enum ft_status ft_pt_global_of_stack(struct ft_pt_machine *m, size_t unused);
enum ft_status ft_pt_reduce(struct ft_pt_machine *m, size_t unused);
enum ft_status ft_pt_set_state(struct ft_pt_machine *m, size_t unused);
enum ft_status ft_pt_storage(struct ft_pt_machine *m, size_t unused);

#endif
