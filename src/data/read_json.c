/* JSON rows: JSONL with one row a line, an array of rows, or an object with the rows somewhere in
 * it (see json_forms.h). A column is made the first time its key is seen; rows before it have that
 * cell missing. */
#include "data/json_forms.h"
#include "data/read_in.h"
#include "data/json_row.h"

#include <string.h>

enum ft_status ft_read_jsonl(struct ft_load *l, struct ft_err *err)
{
    struct ft_input *in = l->in;
    struct ft_json_rows r = {.l = l};
    enum ft_status st = FT_OK;
    size_t pos = 0, line = 0, scanned = 0;
    while (!st && !l->done) {
        const char *p = in->text + pos;
        const char *nl = in->n > scanned ? memchr(in->text + scanned, '\n', in->n - scanned) : NULL;
        if (!nl && !in->eof) {
            scanned = in->n;
            st = ft_input_more(in, (size_t)4 << 20, err);
            if (st) ft_fail_in(err, "after row %zu", l->rows);
            continue;
        }
        const char *end = nl ? nl : in->text + in->n;
        pos = (size_t)(end - in->text) + (nl ? 1 : 0);
        scanned = pos;
        line++;
        struct ft_jscan s = {.p = p, .end = end, .arena = &l->t->arena};
        if (!ft_jscan_at_end(&s)) {
            st = ft_json_row(&r, &s, pos, err);
            if (!st && !s.why && !ft_jscan_at_end(&s)) s.why = "text after the object";
            if (!st && s.why)
                st = ft_fail(err, FT_FORMAT,
                             "%s: row %zu (line %zu, column %zu): %s; expected one JSON "
                             "object per line",
                             in->path, l->rows + 1, line, (size_t)(s.p - p) + 1, s.why);
        }
        if (!nl) break;
    }
    if (!st && !l->rows && !l->done)
        st = ft_fail(err, FT_FORMAT, "%s: the file is empty", in->path);
    if (!st) ft_json_rows_say(&r);
    ft_json_rows_release(&r);
    return st;
}

enum ft_status ft_read_json(struct ft_load *l, struct ft_err *err)
{
    struct ft_input *in = l->in;
    enum ft_status st = ft_input_all(in, err);
    if (st) return st;
    struct ft_json_rows r = {.l = l};
    struct ft_jscan s = {.p = in->text, .end = in->text + in->n, .arena = &l->t->arena};
    char c = ft_jscan_peek(&s);
    if (c == '[')
        st = ft_json_array(&r, &s, err);
    else if (c == '{')
        st = ft_json_object(&r, &s, err);
    else
        s.why = "expected an array of objects";
    if (!st && !s.why && !l->done && !ft_jscan_at_end(&s)) s.why = "text after the end of the JSON";
    char place[64];
    if (!st && s.why)
        st = ft_fail(err, FT_FORMAT, "%s: row %zu (%s): %s", in->path, l->rows + 1,
                     ft_jscan_place(&s, in->text, place, sizeof place), s.why);
    if (!st) ft_json_rows_say(&r);
    ft_json_rows_release(&r);
    return st;
}
