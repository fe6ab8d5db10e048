/* Any bytes as the files of a tokenizer that has no tokenizer.json, in the order of `names` and
 * with a 0 byte between them, an empty one meaning that it is not there; what is left over is a
 * text: no crash, and fuzz_tok.h. */
#include "fuzz_files.h"
#include "fuzz_tok.h"

#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"vocab.txt",
                                        "vocab.json",
                                        "merges.txt",
                                        "tokenizer_config.json",
                                        "special_tokens_map.json",
                                        "added_tokens.json"};
    struct ft_err err = {0};
    struct ft_tok *tok = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n;
        const uint8_t *piece = fuzz_piece(&data, &size, &n);
        if (n)
            fuzz_write(names[i], piece, n);
        else
            unlink(fuzz_path(names[i]));
    }
    if (ft_tok_load(&tok, fuzz_dir, &err)) {
        if (!err.msg[0] || tok) abort();
        return 0;
    }
    fuzz_tok_use(tok, size ? (const char *)data : "", size);
    ft_tok_free(tok);
    return 0;
}
