/* The models of a machine: the list with its broken ones, what is inside against `inspect`, memory,
 * pieces against `tokenize`, and the browser that asks for all of it in the background. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/present/model_list.h"

#include "engine/task/model_memory.h"
#include "engine/tools/inspect.h"
#include "engine/runs/runs.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "reference_case.h"
#include "scratch.h"
#include "shared.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STARTER FETTLE_SOURCE_DIR "/tests/assets/models/starter"

static const struct ft_model_ask own = {.task = -1};

static void copy_model(const char *from, const char *to)
{
    char **names;
    size_t n;
    struct ft_err err = {0};
    assert_int_equal(ft_mkdirs(to, &err), FT_OK);
    assert_int_equal(ft_dir_list(from, &names, &n, &err), FT_OK);
    for (size_t i = 0; i < n; i++) {
        char *a = ft_path_join(from, names[i]), *b = ft_path_join(to, names[i]);
        if (ft_file_copy(a, b, &err)) fail_msg("%s", err.msg);
        free(a);
        free(b);
    }
    ft_names_free(names, n);
}

static void put(const char *dir, const char *name, const char *text)
{
    char *path = ft_path_join(dir, name);
    struct ft_err err = {0};
    assert_int_equal(ft_mkdirs(dir, &err), FT_OK);
    assert_int_equal(ft_file_write(path, text, strlen(text), &err), FT_OK);
    free(path);
}

/* The first n bytes of the weights. */
static void cut_weights(const char *dir, size_t n)
{
    char *path = ft_path_join(dir, "model.safetensors");
    assert_int_equal(truncate(path, (off_t)n), 0);
    free(path);
}

/* --- the list --- */

struct entries {
    struct ft_model_entry items[32];
    size_t n;
};

static void take(void *arg, struct ft_model_entry *e)
{
    struct entries *all = arg;
    assert_true(all->n < 32);
    all->items[all->n++] = *e;
}

static void entries_release(struct entries *all)
{
    for (size_t i = 0; i < all->n; i++)
        ft_model_entry_release(&all->items[i]);
    all->n = 0;
}

static struct entries list(const char *runs, const char *also)
{
    struct entries all = {0};
    struct ft_err err = {0};
    struct ft_models_from from = {.runs = runs, .runs_each = ft_runs_each, .also = also};
    if (ft_models_each(&from, NULL, take, &all, &err)) fail_msg("%s", err.msg);
    return all;
}

static const struct ft_model_entry *named(const struct entries *all, const char *label)
{
    for (size_t i = 0; i < all->n; i++)
        if (!strcmp(all->items[i].label, label)) return &all->items[i];
    fail_msg("no entry %s", label);
    return NULL;
}

static void test_list(void **state)
{
    (void)state;
    char *opened = in_scratch("opened"), *cache = in_scratch("cache");
    char *runs = in_scratch("runs");
    char *snapshot = ft_path_join(cache, "models--org--tiny/snapshots/0123456789abcdef");
    char *run = ft_path_join(runs, "first/model"), *run_json = ft_path_join(runs, "first");
    setenv("HF_HUB_CACHE", cache, 1);
    copy_model(STARTER, opened);
    copy_model(STARTER, snapshot);
    copy_model(STARTER, run);
    put(run_json, "run.json", "{}");
    cut_weights(snapshot, 5000);

    struct entries all = list(runs, opened);
    assert_int_equal(all.n, 4);
    static const char *const kinds[] = {"bundled", "folder", "cache", "run"};
    static const char *const labels[] = {"starter", "opened", "org/tiny", "first"};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(all.items[i].kind, kinds[i]);
        assert_string_equal(all.items[i].label, labels[i]);
        assert_true(all.items[i].complete);
    }
    const struct ft_model_entry *e = &all.items[1];
    assert_null(e->why);
    assert_string_equal(e->family, "bert");
    assert_string_equal(e->architecture, "BertForMaskedLM");
    assert_int_equal(e->task, FT_TASK_MLM);
    assert_int_equal(e->parameters, 218396);
    assert_int_equal(e->layers, 2);
    assert_int_equal(e->hidden, 64);
    assert_int_equal(e->vocab, 1500);
    assert_true(e->size_bytes > 800000);
    assert_non_null(all.items[2].why); /* the one that was cut */
    assert_non_null(strstr(all.items[2].why, "model.safetensors"));
    entries_release(&all);

    /* the folder is remembered, also under another name, and only once */
    char *other = in_scratch("runs/../opened/");
    all = list(NULL, other);
    assert_int_equal(all.n, 3);
    named(&all, "opened");
    entries_release(&all);

    /* what was asked for and is not there is listed with why, and not remembered */
    all = list(NULL, "nowhere/at-all");
    assert_int_equal(all.n, 4);
    assert_non_null(strstr(named(&all, "at-all")->why, "no such model"));
    entries_release(&all);
    all = list(NULL, NULL);
    assert_int_equal(all.n, 3);
    entries_release(&all);

    /* a folder that is gone is passed over */
    assert_int_equal(ft_remove_tree(opened, NULL), FT_OK);
    all = list(NULL, NULL);
    assert_int_equal(all.n, 2);
    entries_release(&all);
    setenv("HF_HUB_CACHE", "/tmp/fettle-no-such-cache", 1);
    free(other);
    free(opened);
    free(cache);
    free(runs);
    free(snapshot);
    free(run);
    free(run_json);
}

static void test_broken(void **state)
{
    (void)state;
    struct ft_err err = {0};
    static const struct {
        const char *name, *file, *text, *why;
    } cases[] = {
        {"bad-config", "config.json", "{\"model_type\":\"bert\",", "config.json"},
        {"odd-family", "config.json", "{\"model_type\":\"mamba\"}", "mamba"},
        {"pickle", "pytorch_model.bin", "x", "safetensors"},
        {"empty", "model.safetensors", "", "model.safetensors"},
        {"lying", "model.safetensors", "\377\377\377\377\377\377\377\177{}", "model.safetensors"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *dir = in_scratch(cases[i].name);
        struct ft_model_facts f;
        copy_model(STARTER, dir);
        if (!strcmp(cases[i].name, "pickle")) {
            char *weights = ft_path_join(dir, "model.safetensors");
            assert_int_equal(unlink(weights), 0);
            free(weights);
        }
        put(dir, cases[i].file, cases[i].text);
        struct entries all = list(NULL, dir);
        const struct ft_model_entry *e = named(&all, cases[i].name);
        if (!e->why || !strstr(e->why, cases[i].why))
            fail_msg("%s: %s", cases[i].name, e->why ? e->why : "nothing is wrong");
        entries_release(&all);
        assert_int_not_equal(ft_model_facts_read(&f, dir, &own, NULL, &err), FT_OK);
        assert_int_equal(ft_remove_tree(dir, &err), FT_OK);
        free(dir);
    }
}

/* A tensor of another shape than config.json says is named, with both shapes. */
static void test_wrong_shape(void **state)
{
    (void)state;
    char *dir = in_scratch("wrong-shape"), *path, *text, *at;
    struct ft_err err = {0};
    struct ft_model_facts f;
    size_t n;
    copy_model(STARTER, dir);
    path = ft_path_join(dir, "config.json");
    assert_int_equal(ft_file_read(path, 1 << 20, &text, &n, &err), FT_OK);
    at = strstr(text, "\"vocab_size\": 1500");
    assert_non_null(at);
    memcpy(at, "\"vocab_size\": 1501", strlen("\"vocab_size\": 1501"));
    put(dir, "config.json", text);
    assert_int_equal(ft_model_facts_read(&f, dir, &own, NULL, &err), FT_FORMAT);
    assert_non_null(
        strstr(err.msg, "word_embeddings.weight has shape (1500, 64), expected (1501, 64)"));
    free(text);
    free(path);
    free(dir);
}

/* --- what is inside --- */

static void same_as_inspect(const char *dir)
{
    struct ft_options o;
    struct ft_err err = {0};
    struct ft_str s = {0};
    struct ft_model_facts f;
    cJSON *tree = NULL;
    uint64_t sum = 0, in_file = 0;
    ft_options_init(&o);
    if (ft_inspect(dir, &o, true, &s, &err)) fail_msg("%s", err.msg);
    if (ft_json_parse(ft_str_text(&s), s.len, dir, &tree, &err)) fail_msg("%s", err.msg);
    if (ft_model_facts_read(&f, dir, &own, NULL, &err)) fail_msg("%s", err.msg);
    assert_string_equal(f.family, ft_json_get(tree, "family")->valuestring);
    assert_string_equal(f.architecture, ft_json_get(tree, "architecture")->valuestring);
    assert_int_equal(f.parameters, (uint64_t)ft_json_get(tree, "parameters")->valuedouble);
    assert_int_equal(f.layers, ft_json_get(tree, "layers")->valueint);
    assert_int_equal(f.hidden, ft_json_get(tree, "hidden_size")->valueint);
    assert_int_equal(f.vocab, ft_json_get(tree, "vocab_size")->valueint);
    const cJSON *tensors = ft_json_get(tree, "tensors"), *t;
    assert_int_equal(f.tensors_in_file, cJSON_GetArraySize(tensors));
    assert_int_equal(f.unexpected, cJSON_GetArraySize(ft_json_get(tree, "unexpected")));
    if (f.own_task >= 0)
        assert_int_equal(f.missing, cJSON_GetArraySize(ft_json_get(tree, "missing")));
    for (size_t i = 0; i < f.tensors_n; i++) { /* each one of the file is there with its shape */
        const struct ft_model_tensor *k = &f.tensors[i];
        bool found = false;
        in_file += k->dtype && k->used;
        cJSON_ArrayForEach(t, tensors)
        {
            const char *name = ft_json_get(t, "name")->valuestring;
            size_t a = strlen(name), b = strlen(k->name);
            const cJSON *shape = ft_json_get(t, "shape");
            if (a > b || strcmp(k->name + b - a, name) != 0 ||
                cJSON_GetArraySize(shape) != (int)k->rank)
                continue;
            found = true;
            for (size_t d = 0; d < k->rank; d++)
                found = found && cJSON_GetArrayItem(shape, (int)d)->valueint == (int)k->shape[d];
            if (found) break;
        }
        if (k->dtype && !found) fail_msg("%s: %s is not what inspect says", dir, k->name);
    }
    assert_true(in_file > 0);
    for (size_t i = 0; i < f.parts_n; i++)
        sum += f.parts[i].count;
    assert_int_equal(sum, f.net_parameters);
    assert_int_equal(f.net_trained, f.net_parameters);
    ft_model_facts_release(&f);
    ft_options_release(&o);
    ft_str_release(&s);
    cJSON_Delete(tree);
}

#define NETS FETTLE_SOURCE_DIR "/tests/reference/nets"

/* Each small net of the repository, and of ../shared where it is there. */
static void each_net(void (*check)(const char *dir))
{
    char *roots[] = {ft_xstrdup(NETS), shared_path("ref/nets")};
    for (int i = 0; i < 2; i++) {
        char **names;
        size_t n, seen = 0;
        if (!roots[i]) continue;
        assert_int_equal(ft_dir_list(roots[i], &names, &n, NULL), FT_OK);
        for (size_t k = 0; k < n; k++) {
            char *one = ft_path_join(roots[i], names[k]), *dir = ft_path_join(one, "model");
            if (reference_case_known(one)) {
                check(dir);
                seen++;
            }
            free(dir);
            free(one);
        }
        assert_true(seen >= (i ? 11 : 18));
        ft_names_free(names, n);
        free(roots[i]);
    }
}

static void test_inside(void **state)
{
    (void)state;
    same_as_inspect(STARTER);
}

static void test_inside_families(void **state)
{
    (void)state;
    each_net(same_as_inspect);
}

static const struct ft_model_part *part(const struct ft_model_facts *f, const char *name)
{
    for (size_t i = 0; i < f->parts_n; i++)
        if (!strcmp(f->parts[i].name, name)) return &f->parts[i];
    fail_msg("no part %s", name);
    return NULL;
}

static void test_task(void **state)
{
    (void)state;
    static const char *const labels[] = {"a", "b", "c"};
    struct ft_model_ask ask = {
        .task = FT_TASK_CLASSIFY, .labels = labels, .label_n = 3, .freeze = "1"};
    struct ft_model_facts f;
    struct ft_err err = {0};
    /* a language model becomes a classifier: head and pooler are new, its own head is not used */
    assert_int_equal(ft_model_facts_read(&f, STARTER, &ask, NULL, &err), FT_OK);
    assert_true(f.head_new);
    assert_string_equal(f.head, "new, will be trained");
    assert_int_equal(part(&f, "classifier")->count, 3 * 64 + 3);
    assert_null(part(&f, "classifier")->dtype);
    assert_int_equal(f.missing, 4);
    assert_int_equal(f.unexpected, 5);
    /* embeddings and the first layer are frozen */
    assert_int_equal(part(&f, "embeddings")->trained, 0);
    assert_int_equal(part(&f, "layer 0")->trained, 0);
    assert_int_equal(part(&f, "layer 1")->trained, part(&f, "layer 1")->tensors);
    assert_true(f.net_trained < f.net_parameters);
    ft_model_facts_release(&f);
    ask.freeze = NULL;
    assert_int_equal(ft_model_facts_read(&f, STARTER, &ask, NULL, &err), FT_OK);
    assert_int_equal(part(&f, "layer 0..1")->times, 2);
    ft_model_facts_release(&f);
    /* an encoder has no causal language model: reported, and shown as what it is */
    ask.task = FT_TASK_CLM;
    assert_int_equal(ft_model_facts_read(&f, STARTER, &ask, NULL, &err), FT_OK);
    assert_non_null(f.refused);
    assert_int_equal(f.task, FT_TASK_MLM);
    ft_model_facts_release(&f);
}

static void test_head(void **state)
{
    (void)state;
    static const char *const labels[] = {"loan", "event", "building", "account"};
    struct ft_model_ask ask = {.task = FT_TASK_CLASSIFY, .labels = labels, .label_n = 4};
    struct ft_model_facts f;
    struct ft_err err = {0};
    const char *dir = NETS "/bert-classify/model";
    assert_int_equal(ft_model_facts_read(&f, dir, &ask, NULL, &err), FT_OK);
    assert_false(f.head_new);
    assert_string_equal(f.head, "kept, 4 labels");
    assert_int_equal(f.missing + f.unexpected, 0);
    ft_model_facts_release(&f);
    /* other names for as many labels: kept, and told; a name that stays keeps its place */
    static const char *const others[] = {"Event", "loan", "money", "house"};
    ask.labels = others;
    assert_int_equal(ft_model_facts_read(&f, dir, &ask, NULL, &err), FT_OK);
    assert_false(f.head_new);
    assert_string_equal(f.head, "kept, 4 labels: account, building, event are now called money, "
                                "house, Event");
    ft_model_facts_release(&f);
    ask.labels = labels;
    ask.label_n = 3;
    assert_int_equal(ft_model_facts_read(&f, dir, &ask, NULL, &err), FT_OK);
    assert_true(f.head_new);
    assert_non_null(strstr(f.head, "is for 4 labels, not 3"));
    assert_int_equal(f.missing, 2);
    assert_int_equal(f.unexpected, 2);
    ft_model_facts_release(&f);
}

static void test_memory(void **state)
{
    (void)state;
    struct ft_options o;
    struct ft_err err = {0};
    struct ft_model_facts f;
    struct ft_model_memory a, b;
    ft_options_init(&o);
    struct ft_model_ask ask = {.task = FT_TASK_CLASSIFY};
    /* a language model reads blocks, of all its positions where nothing is said */
    assert_int_equal(ft_model_facts_read(&f, STARTER, &own, NULL, &err), FT_OK);
    ft_model_memory(&f, &o, &a);
    assert_int_equal(a.length, 256);
    ft_options_set(&o, "block_size", "32", true, &err);
    ft_model_memory(&f, &o, &a);
    assert_int_equal(a.length, 32);
    ft_model_facts_release(&f);
    assert_int_equal(ft_model_facts_read(&f, STARTER, &ask, NULL, &err), FT_OK);
    ft_model_memory(&f, &o, &a);
    assert_int_equal(a.batch, 16);
    assert_int_equal(a.length, 128);
    assert_true(a.fits);
    assert_true(a.weights >= 4 * f.net_parameters && a.weights < 4 * f.net_parameters + 65536);
    assert_int_equal(a.gradients, a.weights);
    assert_int_equal(a.optimiser, 2 * a.weights);
    assert_int_equal(a.total, a.weights + a.gradients + a.optimiser + a.activations + a.work);
    ft_options_set(&o, "optim", "sgd", true, &err);
    ft_model_memory(&f, &o, &b);
    assert_int_equal(b.optimiser, 0);
    assert_int_equal(b.total, a.total - a.optimiser);
    /* never longer than the model's positions */
    ft_options_set(&o, "max_seq_length", "9999", true, &err);
    ft_model_memory(&f, &o, &b);
    assert_int_equal(b.length, 256);
    assert_true(b.activations > a.activations);
    /* too much: the advice fits in memory */
    ft_options_set(&o, "per_device_train_batch_size", "65536", true, &err);
    ft_model_memory(&f, &o, &b);
    if (b.free > 0 && b.total > (uint64_t)b.free) {
        assert_false(b.fits);
        static const char says[] = "halve per_device_train_batch_size: ";
        assert_memory_equal(b.advice, says, sizeof says - 1);
        long fits = strtol(b.advice + sizeof says - 1, NULL, 10);
        char *batch = ft_xprintf("%ld", fits / 2); /* free memory moves while this runs */
        ft_options_set(&o, "per_device_train_batch_size", batch, true, &err);
        ft_model_memory(&f, &o, &b);
        assert_true(b.fits);
        free(batch);
    }
    ft_model_facts_release(&f);
    ft_options_release(&o);
}

/* --- pieces --- */

static void same_as_tokenize(const char *dir)
{
    static const char *const texts[] = {
        "", "Unputdownable thriller, not unfunny at all.", "a_b  c\nd",
        "Z\xc3\xbcrich \xe2\x98\x83 \xe6\xbc\xa2\xe5\xad\x97 <|endoftext|>", "\x01\xff[SEP]"};
    struct ft_tokenizer *t = NULL;
    struct ft_err err = {0};
    if (ft_tokenizer_open(&t, dir, &err)) fail_msg("%s", err.msg);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ft_text_tokens p = {0};
        struct ft_str s = {0};
        cJSON *tree = NULL;
        size_t n = strlen(texts[i]);
        assert_int_equal(ft_tokenize(t, texts[i], n, NULL, 0, false, FT_TOKENIZE_JSON, &s, &err),
                         FT_OK);
        assert_int_equal(ft_json_parse(ft_str_text(&s), s.len, dir, &tree, &err), FT_OK);
        if (ft_text_tokens_make(&p, t, texts[i], n, &err)) fail_msg("%s", err.msg);
        const cJSON *ids = ft_json_get(tree, "ids"), *at = ft_json_get(tree, "offsets");
        const cJSON *tokens = ft_json_get(tree, "tokens");
        assert_int_equal(p.n, cJSON_GetArraySize(ids));
        for (size_t k = 0; k < p.n; k++) {
            const cJSON *place = cJSON_GetArrayItem(at, (int)k);
            assert_int_equal(p.items[k].id, cJSON_GetArrayItem(ids, (int)k)->valueint);
            assert_int_equal(p.items[k].start, cJSON_GetArrayItem(place, 0)->valueint);
            assert_int_equal(p.items[k].end, cJSON_GetArrayItem(place, 1)->valueint);
            if (*ft_tokenizer_unknown(t)) /* WordPiece: as in the vocabulary */
                assert_string_equal(p.items[k].text,
                                    cJSON_GetArrayItem(tokens, (int)k)->valuestring);
        }
        cJSON_Delete(tree);
        ft_str_release(&s);
        ft_text_tokens_release(&p);
    }
    ft_tokenizer_free(t);
}

static void test_pieces(void **state)
{
    (void)state;
    struct ft_tokenizer *t = NULL;
    struct ft_err err = {0};
    struct ft_text_tokens p = {0};
    char about[96];
    static const char text[] = "the book \xe2\x98\x83 the";
    same_as_tokenize(STARTER);
    assert_int_equal(ft_tokenizer_open(&t, STARTER, &err), FT_OK);
    assert_string_equal(ft_tokenizer_text(t, about, sizeof about),
                        "WordPiece, 1,500 tokens, uncased");
    assert_int_equal(ft_tokenizer_fits(t, 1500, "m", &err), FT_OK);
    assert_int_not_equal(ft_tokenizer_fits(t, 1499, "m", &err), FT_OK);
    assert_int_equal(ft_text_tokens_make(&p, t, text, sizeof text - 1, &err), FT_OK);
    assert_int_equal(p.words, 4);
    assert_int_equal(p.unknown, 1);
    assert_true(p.items[0].added && p.items[p.n - 1].added);
    assert_true(p.items[3].unknown);
    assert_string_equal(p.items[3].text, ft_tokenizer_unknown(t));
    ft_text_tokens_release(&p);
    ft_tokenizer_free(t);
}

static void test_pieces_families(void **state)
{
    (void)state;
    struct ft_tokenizer *t = NULL;
    struct ft_err err = {0};
    struct ft_text_tokens p = {0};
    static const char text[] = "is_not \xc3\xbc\n";
    struct ft_str all = {0};
    each_net(same_as_tokenize);
    /* byte-level pieces, put together, are the text with its blanks and bytes made legible */
    assert_int_equal(ft_tokenizer_open(&t, NETS "/gpt2-clm/model", &err), FT_OK);
    assert_string_equal(ft_tokenizer_unknown(t), "");
    assert_int_equal(ft_text_tokens_make(&p, t, text, sizeof text - 1, &err), FT_OK);
    for (size_t i = 0; i < p.n; i++)
        ft_str_addz(&all, p.items[i].text);
    assert_string_equal(ft_str_text(&all), "is\\_not_<C3><BC><0A>");
    assert_int_equal(p.unknown, 0);
    ft_str_release(&all);
    ft_text_tokens_release(&p);
    ft_tokenizer_free(t);
}

/* --- the browser --- */

static void settle(struct ft_model_list *b, struct ft_wake *wake)
{
    struct ft_job_view view;
    do {
        struct pollfd p = {.fd = wake->fd, .events = POLLIN};
        poll(&p, 1, 50);
        ft_wake_drain(wake);
        ft_model_list_follow(b);
    } while (ft_model_list_busy(b, &view));
    ft_model_list_follow(b);
}

static void test_browser(void **state)
{
    (void)state;
    struct ft_wake wake;
    ft_wake_open(&wake);
    struct ft_model_list *b = ft_model_list_new(&wake);
    assert_int_equal(ft_model_list_count(b), 0);
    ft_model_list_list(b, NULL, NULL);
    ft_model_list_look(b, STARTER, &own);
    ft_model_list_tokens(b, "the book", 8);
    settle(b, &wake);
    assert_true(ft_model_list_whole(b));
    assert_int_equal(ft_model_list_count(b), 1);
    assert_string_equal(ft_model_list_entry(b, 0)->label, "starter");
    assert_non_null(ft_model_list_facts(b));
    assert_int_equal(ft_model_list_facts(b)->parameters, 218396);
    assert_non_null(ft_model_list_text_tokens(b));
    assert_int_equal(ft_model_list_text_tokens(b)->n, 4);
    assert_string_equal(ft_model_list_unknown(b), "[UNK]");
    /* the same again costs nothing */
    uint64_t version = ft_model_list_version(b);
    struct ft_job_view view;
    ft_model_list_look(b, STARTER, &own);
    ft_model_list_tokens(b, "the book", 8);
    assert_false(ft_model_list_busy(b, &view));
    assert_int_equal(ft_model_list_version(b), version);
    /* only the last wish counts, however fast they come */
    for (int i = 0; i < 50; i++) {
        ft_model_list_look(b, i % 2 ? STARTER : "no/such/model", &own);
        ft_model_list_tokens(b, "the book the book", (size_t)(i % 17));
        if (i % 5 == 0) ft_model_list_follow(b);
    }
    ft_model_list_look(b, STARTER, &(struct ft_model_ask){.task = FT_TASK_CLASSIFY});
    ft_model_list_tokens(b, "the book the", 12);
    settle(b, &wake);
    assert_non_null(ft_model_list_facts(b));
    assert_int_equal(ft_model_list_facts(b)->task, FT_TASK_CLASSIFY);
    assert_int_equal(ft_model_list_look_failed(b)->code, FT_OK);
    assert_int_equal(ft_model_list_text_tokens(b)->n, 5);
    ft_model_list_look(b, "no/such/model", &own);
    settle(b, &wake);
    assert_null(ft_model_list_facts(b));
    assert_null(ft_model_list_text_tokens(b));
    assert_int_equal(ft_model_list_look_failed(b)->code, FT_NOTFOUND);
    /* given up: what was there stays, or the reason is said; and a new wish is done */
    ft_model_list_list(b, NULL, "other/model");
    ft_model_list_look(b, STARTER, &own);
    ft_model_list_cancel(b);
    settle(b, &wake);
    assert_true(ft_model_list_whole(b));
    ft_model_list_look(b, STARTER, &(struct ft_model_ask){.task = FT_TASK_QA});
    settle(b, &wake);
    assert_non_null(ft_model_list_facts(b));
    ft_model_list_list(b, NULL, NULL); /* freed while it goes on */
    ft_model_list_free(b);
    ft_wake_close(&wake);
}

static int setup(void **state)
{
    (void)state;
    if (scratch_make(state)) return -1;
    setenv("XDG_STATE_HOME", scratch, 1);
    setenv("FETTLE_ASSETS", FETTLE_SOURCE_DIR "/tests/assets", 1);
    setenv("HF_HUB_CACHE", "/tmp/fettle-no-such-cache", 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return scratch_remove(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_wrong_shape),
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_inside_families),
        cmocka_unit_test(test_task),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_pieces_families),
        cmocka_unit_test(test_browser),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
