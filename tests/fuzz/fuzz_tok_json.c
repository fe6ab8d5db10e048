/* Any bytes as tokenizer.json, a 0 byte, then a text: no crash, and fuzz_tok.h. */
#include "fuzz_tok.h"

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

    if (ft_tok_load_json(&tok, (const char *)data, json_n, "fuzz", &err)) {
        if (!err.msg[0] || tok) abort();
        return 0;
    }
    fuzz_tok_use(tok, text, n);
    ft_tok_free(tok);
    return 0;
}
