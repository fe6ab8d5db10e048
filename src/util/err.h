/* Errors: a status and one line of text. A function that can fail because of outside input (a file,
 * an option, the disk, memory for tensors) returns an ft_status and fills `err` where the detail is
 * known: file, place, what was expected, what to do. On success `err` is unchanged. Bugs are
 * asserts.
 *
 *     struct ft_err err = {0};
 *     if (ft_table_read(&t, path, &opt, &err)) {
 *         fprintf(stderr, "error: %s\n", err.msg);
 *         return 1;
 *     } */
#ifndef FT_UTIL_ERR_H
#define FT_UTIL_ERR_H

#define FT_STATUS_LIST(X)                                                                          \
    X(OK, "ok")                                                                                    \
    X(IO, "input or output failed")                                                                \
    X(FORMAT, "invalid or unexpected content")                                                     \
    X(USAGE, "wrong usage")                                                                        \
    X(NOMEM, "not enough memory")                                                                  \
    X(UNSUPPORTED, "not supported")                                                                \
    X(NOTFOUND, "not found")                                                                       \
    X(EXISTS, "already exists")                                                                    \
    X(BUSY, "in use by another process")                                                           \
    X(NUMERIC, "not a finite number")                                                              \
    X(CANCELLED, "cancelled")

enum ft_status {
#define X(id, text) FT_##id,
    FT_STATUS_LIST(X)
#undef X
};

struct ft_err {
    enum ft_status code;
    char msg[1024]; /* one line, no newline, no "error:" in front */
};

/* Fills `err` (which may be NULL) and returns `code`, for use as `return ft_fail(...)`.
 * Control characters in the text are replaced, so a file's content cannot reach the terminal. */
enum ft_status ft_fail(struct ft_err *err, enum ft_status code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "PREFIX: " in front of the text already in `err`; returns err->code. */
enum ft_status ft_fail_in(struct ft_err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The general text of a status, never NULL. */
const char *ft_status_name(enum ft_status st);

#endif
