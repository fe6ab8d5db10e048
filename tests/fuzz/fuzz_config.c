/* Any bytes as config.json: no crash; what is read can be written, read again, and gives the same
 * text. */
#include "data/hf_config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ft_err err = {0};
    struct ft_hf_config c, back;
    char *text = malloc(size + 1);
    if (!text) abort();
    memcpy(text, data, size);
    if (!ft_hf_config_parse(&c, text, size, "fuzz", &err)) {
        struct ft_str first = {0}, second = {0};
        ft_hf_config_text(&c, &first);
        if (ft_hf_config_parse(&back, first.data, first.len, "fuzz", &err)) abort();
        ft_hf_config_text(&back, &second);
        if (first.len != second.len || memcmp(first.data, second.data, first.len)) abort();
        ft_str_release(&first);
        ft_str_release(&second);
        ft_hf_config_release(&c);
        ft_hf_config_release(&back);
    } else if (!err.msg[0]) {
        abort();
    }
    free(text);
    return 0;
}
