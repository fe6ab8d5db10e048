/* Any bytes as the files around a sentence-transformers model: no crash; a refusal says why; what is
 * read can be described, and its sizes fit together or are refused. The input is five pieces that end
 * at 0 bytes: modules.json, the pooling's config.json, a dense layer's, sentence_bert_config.json,
 * config_sentence_transformers.json. An empty piece is a file that is not there. */
#include "engine/model/pooling.h"
#include "fuzz_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"modules.json", "1_Pooling/config.json",
                                        "2_Dense/config.json", "sentence_bert_config.json",
                                        "config_sentence_transformers.json"};
    struct ft_pooling p;
    struct ft_str text = {0};
    struct ft_err err = {0};
    size_t out = 0;
    if (ft_mkdirs(fuzz_path("1_Pooling"), NULL) || ft_mkdirs(fuzz_path("2_Dense"), NULL)) abort();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n;
        const uint8_t *piece = fuzz_piece(&data, &size, &n);
        if (n)
            fuzz_write(names[i], piece, n);
        else
            remove(fuzz_path(names[i]));
    }
    if (ft_pooling_read(&p, fuzz_path(""), &err)) {
        if (!err.msg[0] || p.dir || p.prompt || p.steps_n) abort();
        return 0;
    }
    if (!p.modes_n || p.modes_n > FT_POOLING_COUNT || p.steps_n > FT_POOLING_STEPS_MAX) abort();
    ft_pooling_text(&p, &text);
    if (!text.len || (ft_pooling_size(&p, 384, &out, &err) ? !err.msg[0] : !out)) abort();
    ft_str_release(&text);
    ft_pooling_release(&p);
    return 0;
}
