/* Exports a model, for `fettle export` and the workbench.
 *
 *     st = ft_export("runs/imdb", "hf", "out/imdb", NULL, &done, &err);
 *
 * hf copies the model (of a run: its best) in Hugging Face layout, configuration, weights and
 * tokenizer as they are and nothing else, so that `from_pretrained` loads the folder. Weights in
 * pytorch_model.bin are converted to model.safetensors. onnx and gguf are not built:
 * FT_UNSUPPORTED.
 *
 * Threads: nothing is kept between calls; run it on a thread of its own where nobody may wait. */
#ifndef FT_ENGINE_RUNS_EXPORT_H
#define FT_ENGINE_RUNS_EXPORT_H

#include "engine/options/job.h"
#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

struct ft_exported {
    size_t files;
    int64_t bytes;
};
/* `model` as everywhere: a folder, a run, an id in the hub's cache, the name of one that ships.
 * `format`: hf, onnx or gguf; NULL: what the ending of `output` says, else hf. The folder `output`
 * appears whole or not at all; `work` (may be NULL) is told of the progress and may cancel. `done`
 * may be NULL. Errors: FT_EXISTS when anything is at `output`, FT_NOTFOUND, FT_FORMAT for a model
 * that is not whole, FT_IO, FT_UNSUPPORTED, FT_USAGE for another format. */
enum ft_status ft_export(const char *model, const char *format, const char *output,
                         struct ft_job *work, struct ft_exported *done, struct ft_err *err);

#endif
