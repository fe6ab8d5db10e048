/* Any bytes as tokenizer.json, a 0 byte, then a text: no crash; offsets lie inside the text;
 * counting agrees with encoding; decoding takes what encoding gives. */
#include "data/tok.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char plain[] = "The caf\xc3\xa9's [SEP] <mask> 12\xff\n";
    const uint8_t *stop = memchr(data, 0, size);
    size_t json_n = stop ? (size_t)(stop - data) : size;
    const char *text = stop ? (const char *)stop + 1 : plain;
    size_t n = stop ? size - json_n - 1 : sizeof plain - 1;
    struct ft_err err = {0};
    struct ft_tok *tok;
    struct ft_enc e = {0};
    struct ft_str s = {0};

    if (ft_tok_load_json(&tok, (const char *)data, json_n, "fuzz", &err)) {
        if (!err.msg[0] || tok) abort();
        return 0;
    }
    if (ft_tok_build(tok, NULL, text, n, text, n / 2, NULL, &e, &err)) abort();
    for (size_t i = 0; i < e.n; i++) {
        size_t end = e.parts[i] == FT_TOK_SECOND ? n / 2 : n;
        if (e.bytes[i].end > end || e.bytes[i].start > end || !ft_tok_text(tok, e.ids[i], NULL))
            abort();
    }
    ft_tok_decode(tok, e.ids, e.n, 0, &s);
    ft_tok_encode(tok, NULL, text, n, &e);
    if (ft_tok_count(tok, NULL, text, n) != e.n) abort();
    ft_str_release(&s);
    ft_enc_release(&e);
    ft_tok_free(tok);
    return 0;
}
