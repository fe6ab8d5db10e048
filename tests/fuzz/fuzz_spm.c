/* A byte that chooses the class, then any bytes as its SentencePiece file: no crash, fuzz_tok.h, and
 * what is saved loads again. */
#include "fuzz_files.h"
#include "fuzz_tok.h"

#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[][2] = {
        {"spiece.model", "{\"tokenizer_class\":\"AlbertTokenizer\"}"},
        {"sentencepiece.bpe.model", "{\"tokenizer_class\":\"XLMRobertaTokenizer\"}"},
        {"spm.model", "{\"tokenizer_class\":\"DebertaV2Tokenizer\"}"},
        {"spiece.model", "{\"tokenizer_class\":\"T5Tokenizer\"}"},
        {"sentencepiece.bpe.model", "{\"tokenizer_class\":\"CamembertTokenizer\"}"},
        {"sentencepiece.bpe.model", "{\"tokenizer_class\":\"BarthezTokenizer\"}"},
        {"tokenizer.model", "{}"},
    };
    static const char text[] = "The caf\xc3\xa9's [SEP] <mask> 12,\xff\n  \xe2\x80\x8b";
    struct ft_err err = {0};
    struct ft_tok *tok = NULL;
    if (!size) return 0;
    const char *const *name = names[data[0] % (sizeof names / sizeof *names)];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(fuzz_path(names[i][0]));
    fuzz_write(name[0], data + 1, size - 1);
    fuzz_write("tokenizer_config.json", (const uint8_t *)name[1], strlen(name[1]));
    unlink(fuzz_path("tokenizer.json"));
    unlink(fuzz_path("special_tokens_map.json"));
    if (ft_tok_load(&tok, fuzz_dir, &err)) {
        if (!err.msg[0] || tok) abort();
        return 0;
    }
    fuzz_tok_use(tok, text, sizeof text - 1);
    if (ft_tok_save(tok, fuzz_dir, &err)) abort();
    ft_tok_free(tok);
    if (ft_tok_load(&tok, fuzz_dir, &err)) abort();
    ft_tok_free(tok);
    return 0;
}
