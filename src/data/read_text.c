/* Plain text: one row a line, blank lines kept as empty rows, so that joining the rows gives the
 * text back; or the whole file as one row. */
#include "data/read_in.h"

#include <string.h>

enum ft_status ft_read_text(struct ft_load *l, struct ft_err *err)
{
    struct ft_input *in = l->in;
    enum ft_status st = ft_load_column(l, "text", 4, err);
    if (!st && l->opt->whole) {
        if ((st = ft_input_all(in, err))) return st;
        ft_load_cell(l, 0, (struct ft_text){in->text, in->n});
        return ft_load_row(l, in->n, err);
    }
    size_t pos = 0, scanned = 0;
    while (!st && !l->done) {
        const char *nl = in->n > scanned ? memchr(in->text + scanned, '\n', in->n - scanned) : NULL;
        if (!nl && !in->eof) {
            scanned = in->n;
            st = ft_input_more(in, (size_t)4 << 20, err);
            if (st) ft_fail_in(err, "after line %zu", l->rows);
            continue;
        }
        size_t end = nl ? (size_t)(nl - in->text) : in->n;
        if (!nl && end == pos) break;
        size_t len = end - pos;
        if (len && in->text[end - 1] == '\r') len--;
        ft_load_cell(l, 0, (struct ft_text){in->text + pos, len});
        pos = scanned = end + (nl ? 1 : 0);
        st = ft_load_row(l, pos, err);
        if (!nl) break;
    }
    return st;
}
