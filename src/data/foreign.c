/* See foreign.h: tables of first bytes and of file names. */
#include "data/foreign.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CONFIG_BYTES_MAX = 16 << 20, NAME_MAX_BYTES = 200 };

/* ---- by the first bytes ---- */

static const struct {
    const char *magic;
    size_t n;
    const char *what;
} files[] = {
#define ROW(magic, what)                                                                           \
    {                                                                                              \
        magic, sizeof magic - 1, what                                                              \
    }
    ROW("GGUF", "a GGUF file of llama.cpp, which is not supported; use the original model"),
    ROW("ggml", "a GGML file of llama.cpp, which is not supported; use the original model"),
    ROW("lmgg", "a GGML file of llama.cpp, which is not supported; use the original model"),
    ROW("\x89HDF", "an HDF5 file of TensorFlow or Keras, which is not supported; use the model's "
                   "safetensors or pytorch_model.bin"),
    ROW("\x93NUMPY", "a NumPy array, not weights in safetensors format"),
    ROW("\x1f\x8b", "gzip data; unpack it first (gunzip, or tar xzf)"),
    ROW("\xfd"
        "7zXZ",
        "xz data; unpack it first (unxz, or tar xJf)"),
    ROW("<!DOCTYPE", "a web page, not weights; download the file itself"),
    ROW("<!doctype", "a web page, not weights; download the file itself"),
    ROW("<html", "a web page, not weights; download the file itself"),
#undef ROW
};

const char *ft_foreign_file(const uint8_t *data, size_t n)
{
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (n >= files[i].n && !memcmp(data, files[i].magic, files[i].n)) return files[i].what;
    /* ONNX: field 1, the version of the format; field 2, the name of the program */
    if (n > 3 && data[0] == 0x08 && data[1] < 0x20 && data[2] == 0x12)
        return "an ONNX file, which is not supported; use the model's safetensors or "
               "pytorch_model.bin";
    if (n > 262 && !memcmp(data + 257, "ustar", 5))
        return "a tar archive; unpack it first (tar xf)";
    return NULL;
}

/* ---- by the names in a folder ---- */

enum advice {
    ADVICE_OTHER,
    ADVICE_TF,
    ADVICE_FLAX,
    ADVICE_RENAME_PT,
    ADVICE_RENAME_ST,
    ADVICE_INDEX
};

/* How a name ends, what that is, what to do. The first row that fits any name counts. */
static const struct {
    const char *end;
    const char *what;
    enum advice advice;
} folders[] = {
    {"-of-", "one shard of sharded weights", ADVICE_INDEX},
    {".safetensors", "weights under another name", ADVICE_RENAME_ST},
    {"tf_model.h5", "TensorFlow weights", ADVICE_TF},
    {"flax_model.msgpack", "Flax weights", ADVICE_FLAX},
    {".ckpt.index", "an original TensorFlow checkpoint", ADVICE_OTHER},
    {"saved_model.pb", "a TensorFlow SavedModel", ADVICE_OTHER},
    {".keras", "Keras weights", ADVICE_OTHER},
    {".h5", "Keras or TensorFlow weights", ADVICE_OTHER},
    {".msgpack", "Flax weights", ADVICE_OTHER},
    {".onnx", "ONNX weights", ADVICE_OTHER},
    {".gguf", "GGUF weights of llama.cpp", ADVICE_OTHER},
    {".ggml", "GGML weights of llama.cpp", ADVICE_OTHER},
    {"openvino_model.xml", "an OpenVINO model", ADVICE_OTHER},
    {".tflite", "a TensorFlow Lite model", ADVICE_OTHER},
    {".mlmodel", "a Core ML model", ADVICE_OTHER},
    {".mlpackage", "a Core ML model", ADVICE_OTHER},
    {".pdparams", "PaddlePaddle weights", ADVICE_OTHER},
    {"rust_model.ot", "weights for Rust", ADVICE_OTHER},
    {".engine", "a TensorRT engine", ADVICE_OTHER},
    {".nemo", "a NeMo model", ADVICE_OTHER},
    {".pt", "PyTorch weights under another name", ADVICE_RENAME_PT},
    {".pth", "PyTorch weights under another name", ADVICE_RENAME_PT},
    {".ckpt", "PyTorch weights under another name", ADVICE_RENAME_PT},
    {"model.bin", "weights under another name", ADVICE_RENAME_PT},
};
enum { FOLDERS = sizeof folders / sizeof *folders };

/* State of a training, not weights of a model. */
static bool is_state(const char *name)
{
    static const char *const names[] = {"optimizer.pt",  "scheduler.pt",
                                        "scaler.pt",     "training_args.bin",
                                        "optimizer.bin", "optimizer.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name)) return true;
    return !strncmp(name, "rng_state", 9) || !strncmp(name, "adapter_model", 13);
}

static size_t row_of(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < FOLDERS && !is_state(name); i++) {
        size_t e = strlen(folders[i].end);
        if (folders[i].advice == ADVICE_INDEX
                ? strstr(name, folders[i].end) != NULL &&
                      (strstr(name, ".safetensors") || strstr(name, ".bin"))
                : n >= e && !strcasecmp(name + n - e, folders[i].end))
            return i;
    }
    return FOLDERS;
}

/* Looks at the names of one folder; `below` is its path from the model's folder, "" for itself. */
static void look(const char *dir, const char *below, size_t *best, char **example)
{
    char **names;
    size_t n;
    if (ft_dir_list(dir, &names, &n, NULL)) return;
    for (size_t i = 0; i < n; i++) {
        size_t row = row_of(names[i]);
        if (row < *best) {
            *best = row;
            free(*example);
            *example = ft_path_join(below, names[i]);
        }
        char *path = ft_path_join(dir, names[i]);
        if (!*below && names[i][0] != '.' && ft_path_is_dir(path))
            look(path, names[i], best, example);
        free(path);
    }
    ft_names_free(names, n);
}

/* A text of a JSON file in the folder: key, or the first of a list under it. NULL: none. */
static char *text_of(const char *dir, const char *file, const char *key)
{
    char *path = ft_path_join(dir, file), *text = NULL;
    cJSON *tree = NULL;
    if (ft_path_is_file(path) && !ft_json_read(path, CONFIG_BYTES_MAX, &tree, NULL)) {
        const cJSON *v = ft_json_get(tree, key);
        if (cJSON_IsArray(v)) v = v->child;
        if (cJSON_IsString(v) && *v->valuestring && strlen(v->valuestring) < NAME_MAX_BYTES)
            text = ft_xstrdup(v->valuestring);
        cJSON_Delete(tree);
    }
    free(path);
    return text;
}

static bool has(const char *dir, const char *name)
{
    char *path = ft_path_join(dir, name);
    bool is = ft_path_exists(path);
    free(path);
    return is;
}

static void say_adapter(const char *dir, struct ft_str *out)
{
    char *base = text_of(dir, "adapter_config.json", "base_model_name_or_path");
    ft_str_addf(
        out,
        "contains an adapter (LoRA, PEFT) for the model %s, not a complete model; merge it into "
        "that model with peft (merge_and_unload, then save_pretrained) and use the result",
        base ? base : "it was trained with");
    free(base);
}

static void say_convert(const char *dir, const char *how, struct ft_str *out)
{
    char *class = text_of(dir, "config.json", "architectures");
    ft_str_addf(out,
                "; convert them where transformers is installed: python -c \"from transformers "
                "import %s as M; M.from_pretrained('DIR', %s=True).save_pretrained('DIR')\"",
                class ? class : "AutoModel", how);
    free(class);
}

bool ft_foreign_folder(const char *dir, struct ft_str *out)
{
    if (has(dir, "adapter_config.json")) {
        say_adapter(dir, out);
        return true;
    }
    size_t row = FOLDERS;
    char *example = NULL;
    look(dir, "", &row, &example);
    if (row == FOLDERS) return false;
    ft_str_addf(out, "contains %s (%s)", folders[row].what, example);
    switch (folders[row].advice) {
    case ADVICE_TF:
        say_convert(dir, "from_tf", out);
        break;
    case ADVICE_FLAX:
        say_convert(dir, "from_flax", out);
        break;
    case ADVICE_RENAME_PT:
        ft_str_addz(out, "; expected model.safetensors or pytorch_model.bin: if it is a state "
                         "dict, rename it to pytorch_model.bin");
        break;
    case ADVICE_RENAME_ST:
        ft_str_addz(out, "; expected model.safetensors: rename it if it is the whole model");
        break;
    case ADVICE_INDEX:
        ft_str_addz(out, ", but not the index that lists them (model.safetensors.index.json or "
                         "pytorch_model.bin.index.json); download it too");
        break;
    case ADVICE_OTHER:
        ft_str_addz(out,
                    ", which are not supported; use the model's safetensors or pytorch_model.bin");
        break;
    }
    free(example);
    return true;
}
