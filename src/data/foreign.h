/* Recognises what is not a usable model: files of other programs, adapters, weights under
 * another name. Only describes it and suggests what to do; opens nothing. Threads: safe; nothing is
 * kept between calls. */
#ifndef FT_DATA_FOREIGN_H
#define FT_DATA_FOREIGN_H

#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FT_FOREIGN_BYTES = 512 }; /* of a file's beginning are enough */
/* By the first bytes of a file: "a GGUF file of llama.cpp, ..", with what to do; NULL: not known.
 */
const char *ft_foreign_file(const uint8_t *data, size_t n);

/* Looks through a folder and the folders in it. true: appended one clause without the folder's name
 * ("holds ONNX weights (onnx/model.onnx), which are not supported; ..."). */
bool ft_foreign_folder(const char *dir, struct ft_str *out);

#endif
