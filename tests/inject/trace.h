/* The record that inject.c writes and power_cut.c reads: a head, the bytes of name `a`, of name
 * `b`, and for TRACE_WRITE the n bytes of data, one after the other. Names are relative to the
 * working folder of the process; files are told apart by inode. */
#ifndef FT_TESTS_INJECT_TRACE_H
#define FT_TESTS_INJECT_TRACE_H

#include <stdint.h>

enum trace_type {
    TRACE_OPEN = 'o',       /* a: made if it is not there */
    TRACE_OPEN_EMPTY = 'O', /* the same, and its content is dropped */
    TRACE_WRITE = 'w',      /* n bytes at offset */
    TRACE_TRUNCATE = 't',   /* to offset bytes */
    TRACE_SYNC = 's',       /* the content of a file */
    TRACE_SYNC_DIR = 'd',   /* the names in folder a */
    TRACE_MKDIR = 'm',
    TRACE_RENAME = 'r', /* a to b, which goes */
    TRACE_EXCHANGE = 'x',
    TRACE_UNLINK = 'u' /* a file or an empty folder */
};
struct trace_head {
    char type;
    uint16_t a_n, b_n;
    uint64_t ino, offset, n;
};

#endif
