/* The table of known models: its sizes against the parameter counts that the models' authors
 * publish, search, and the list with plans of memory and time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/present/known_list.h"
#include "engine/present/plan.h"
#include "engine/task/model_flops.h"
#include "engine/task/model_memory.h"
#include "scratch.h"
#include "shared.h"
#include "util/fs.h"
#include "util/kinds.h"
#include "util/mem.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_model_ask classify = {.task = FT_TASK_CLASSIFY};

static size_t find(const char *typed, const char **ids)
{
    size_t *order = ft_xcalloc(ft_known_models_count(), sizeof *order);
    size_t n = ft_known_models_find(typed, order);
    for (size_t i = 0; i < n; i++)
        ids[i] = ft_known_model_at(order[i])->id;
    free(order);
    return n;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < ft_known_models_count(); i++) {
        const struct ft_known_model *k = ft_known_model_at(i);
        struct ft_model_facts f;
        struct ft_err err = {0};
        if (ft_family_parse(k->family) < 0) fail_msg("%s: family %s", k->id, k->family);
        assert_true(*k->licence && *k->language && *k->casing && *k->use);
        assert_ptr_equal(ft_known_model(k->id), k); /* no id twice */
        if (k->also) assert_ptr_equal(ft_known_model(k->also), k);
        if (k->also && !strstr(k->also, k->id)) fail_msg("%s: also %s", k->id, k->also);
        if (ft_known_model_facts(&f, k, &classify, &err)) fail_msg("%s", err.msg);
        /* weights in fp32, DeBERTa-v3's in fp16, with a head and, in gpt2's, masks; and the files of
         * the tokenizer */
        double mb = (double)f.parameters * (strstr(k->id, "deberta-v3") ? 2 : 4) / 1e6;
        if (k->download_mb < mb || k->download_mb > mb * 1.12 + 4)
            fail_msg("%s: %d MB for %.1f MB of weights", k->id, k->download_mb, mb);
        ft_model_facts_release(&f);
    }
    assert_null(ft_known_model_at(ft_known_models_count()));
    assert_null(ft_known_model("bert-base"));
}

/* As published; RoBERTa's without the pooler, which its classifiers do not have. */
static void test_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        uint64_t parameters;
    } published[] = {
        {"distilbert-base-uncased", 66362880},
        {"distilbert-base-multilingual-cased", 134734080},
        {"bert-base-uncased", 109482240},
        {"bert-base-cased", 108310272},
        {"bert-base-multilingual-cased", 177853440},
        {"bert-large-uncased", 335141888},
        {"roberta-base", 124645632 - 590592},
        {"distilroberta-base", 82118400 - 590592},
        {"gpt2", 124439808},
        {"distilgpt2", 81912576},
        {"gpt2-medium", 354823168},
        {"answerdotai/ModernBERT-base", 149014272}, /* published: 149 million */
        {"answerdotai/ModernBERT-large", 394781696},
        {"jhu-clsp/ettin-encoder-17m", 16797440},
        {"microsoft/deberta-v3-base", 183831552}, /* DebertaV2Model's, published: 86M + 98M */
        {"sentence-transformers/all-MiniLM-L6-v2", 22713216},
        {"sentence-transformers/all-MiniLM-L12-v2", 33360000},
        {"google/bert_uncased_L-2_H-128_A-2", 4385920},
        {"google/bert_uncased_L-4_H-256_A-4", 11170560},
        {"google/bert_uncased_L-4_H-512_A-8", 28763648},
        {"google/bert_uncased_L-8_H-512_A-8", 41373184},
    };
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        struct ft_model_facts f;
        struct ft_err err = {0};
        const struct ft_known_model *k = ft_known_model(published[i].id);
        assert_non_null(k);
        if (ft_known_model_facts(&f, k, &classify, &err)) fail_msg("%s", err.msg);
        if (f.parameters != published[i].parameters)
            fail_msg("%s: %llu parameters, published %llu", k->id, (unsigned long long)f.parameters,
                     (unsigned long long)published[i].parameters);
        ft_model_facts_release(&f);
    }
}

static void test_find(void **state)
{
    (void)state;
    const char **ids = ft_xcalloc(ft_known_models_count(), sizeof *ids);
    assert_int_equal(find("", ids), ft_known_models_count());
    assert_int_equal(find("  ", ids), ft_known_models_count());
    assert_string_equal(ids[0], "distilbert-base-uncased");
    /* the id itself before ids that begin so, those before ids that contain it */
    assert_int_equal(find("gpt2", ids), 3);
    assert_string_equal(ids[0], "gpt2");
    assert_string_equal(ids[1], "gpt2-medium");
    assert_string_equal(ids[2], "distilgpt2");
    assert_int_equal(find("OPENAI-community/gpt2", ids), 2);
    assert_string_equal(ids[0], "gpt2");
    assert_true(find("minilm", ids) == 3); /* behind the organisation */
    assert_string_equal(ids[0], "microsoft/MiniLM-L12-H384-uncased");
    assert_string_equal(ids[1], "sentence-transformers/all-MiniLM-L6-v2");
    /* words in any place: language, casing, use, licence */
    assert_int_equal(find("german", ids), 1);
    assert_int_equal(find("languages uncased", ids), 1);
    assert_string_equal(ids[0], "bert-base-multilingual-uncased");
    assert_true(find("mit generation", ids) == 2);
    assert_int_equal(find("bert-base-klingon", ids), 0);
    free(ids);
}

/* Of a model that is here as well: what is said before the download is what its files say then. */
static void test_same_as_files(void **state)
{
    (void)state;
    SHARED_OR_SKIP(path, "models/minilm-l6");
    struct ft_model_facts known, read;
    struct ft_options o;
    struct ft_model_memory a, b;
    struct ft_err err = {0};
    const struct ft_known_model *k = ft_known_model("sentence-transformers/all-MiniLM-L6-v2");
    ft_options_init(&o);
    if (ft_known_model_facts(&known, k, &classify, &err)) fail_msg("%s", err.msg);
    if (ft_model_facts_read(&read, path, &classify, NULL, &err)) fail_msg("%s", err.msg);
    assert_int_equal(known.net_parameters, read.net_parameters);
    assert_int_equal(known.max_tokens, read.max_tokens);
    assert_int_equal(known.parts_n, read.parts_n);
    ft_model_memory(&known, &o, &a);
    ft_model_memory(&read, &o, &b);
    assert_int_equal(a.total, b.total);
    assert_true(ft_model_flops_of_token(&known, FT_TASK_CLASSIFY, 0, 128) ==
                ft_model_flops_of_token(&read, FT_TASK_CLASSIFY, 0, 128));
    ft_model_facts_release(&known);
    ft_model_facts_release(&read);
    ft_options_release(&o);
    free(path);
}

static const struct ft_known_row *row(const struct ft_known_list *l, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(ft_known_list_row(l, i)->model->id, id)) return ft_known_list_row(l, i);
    fail_msg("%s is not listed", id);
    return NULL;
}

static void test_plans(void **state)
{
    (void)state;
    struct ft_known_list *l = ft_known_list_new();
    struct ft_options o;
    struct ft_err err = {0};
    struct ft_speed_fact speed = {.flops_per_s = 1e11};
    ft_options_init(&o);
    assert_int_equal(ft_options_set(&o, "max_seq_length", "128", true, &err), FT_OK);
    struct ft_known_in in = {.o = &o, .task = FT_TASK_CLASSIFY};
    ft_known_list_plan(l, &in);
    size_t n = ft_known_list_find(l, "", NULL);
    assert_int_equal(n, ft_known_models_count());
    assert_int_equal(ft_known_list_length(l), 128);
    uint64_t tiny = row(l, n, "google/bert_uncased_L-2_H-128_A-2")->memory;
    uint64_t large = row(l, n, "bert-large-uncased")->memory;
    assert_true(tiny > 4 * 4385920ULL * 4 && large > 4 * 335141888ULL * 4 && large > 20 * tiny);
    assert_true(row(l, n, "gpt2")->seconds == 0); /* no speed, no time */
    in.speed = &speed;
    ft_known_list_plan(l, &in);
    double whole = row(l, n, "bert-base-uncased")->seconds;
    /* 6 operations a weight and token (86 million behind the embeddings), a little for attention */
    assert_true(whole > 6 * 85.6e6 * 128 * 1000 / 1e11);
    assert_true(whole < 6 * 85.6e6 * 128 * 1000 / 1e11 * 1.1);
    in.length = 32;
    ft_known_list_plan(l, &in);
    double part = row(l, n, "bert-base-uncased")->seconds;
    assert_true(part < whole / 4 && part > whole / 5);
    /* a task that a family has no head for: those models come last */
    in.task = FT_TASK_QA;
    ft_known_list_plan(l, &in);
    n = ft_known_list_find(l, "gpt", NULL);
    assert_true(n >= 3 && ft_known_list_row(l, 0)->refused);
    n = ft_known_list_find(l, "", NULL);
    assert_true(ft_known_list_row(l, n - 1)->refused);
    assert_false(ft_known_list_row(l, 0)->refused);
    ft_options_release(&o);
    ft_known_list_free(l);
}

/* What does not fit comes after what does, but the id itself is first. */
static void test_too_large(void **state)
{
    (void)state;
    struct ft_known_list *l = ft_known_list_new();
    struct ft_options o;
    struct ft_err err = {0};
    int64_t free_bytes = ft_mem_available();
    if (free_bytes < 0) skip();
    ft_options_init(&o);
    assert_int_equal(ft_options_set(&o, "max_seq_length", "512", true, &err), FT_OK);
    /* a batch with which nothing but small models fits */
    assert_int_equal(ft_options_set(&o, "per_device_train_batch_size", "512", true, &err), FT_OK);
    struct ft_known_in in = {.o = &o, .task = FT_TASK_CLASSIFY};
    ft_known_list_plan(l, &in);
    size_t n = ft_known_list_find(l, "bert", NULL);
    bool over = false;
    size_t fit = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ft_known_row *r = ft_known_list_row(l, i);
        assert_true(r->memory > 0 && r->fits == (r->memory <= (uint64_t)ft_mem_available()));
        if (!r->fits) over = true;
        assert_false(over && r->fits);
        fit += r->fits;
    }
    assert_true(fit < n); /* on a machine with less than a terabyte */
    n = ft_known_list_find(l, "bert-large-uncased", NULL);
    assert_string_equal(ft_known_list_row(l, 0)->model->id, "bert-large-uncased");
    ft_options_release(&o);
    ft_known_list_free(l);
}

static void put(const char *dir, const char *name, const char *text)
{
    char *path = ft_path_join(dir, name);
    struct ft_err err = {0};
    assert_int_equal(ft_mkdirs(dir, &err), FT_OK);
    assert_int_equal(ft_file_write(path, text, strlen(text), &err), FT_OK);
    free(path);
}

/* In the hub cache, by either of its names; a folder that only has the name is not. */
static void test_here(void **state)
{
    (void)state;
    static const char *const files[] = {"config.json", "model.safetensors", "vocab.txt"};
    const char *starter = FETTLE_SOURCE_DIR "/tests/assets/models/starter";
    struct ft_err err = {0};
    struct ft_wake wake;
    char *repo = ft_path_join(scratch, "hub/models--google-bert--bert-base-uncased"),
         *snapshot = ft_path_join(repo, "snapshots/0123456789abcdef0123456789abcdef01234567"),
         *refs = ft_path_join(repo, "refs");
    put(refs, "main", "0123456789abcdef0123456789abcdef01234567");
    assert_int_equal(ft_mkdirs(snapshot, &err), FT_OK);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *a = ft_path_join(starter, files[i]), *b = ft_path_join(snapshot, files[i]);
        if (ft_path_is_file(a)) assert_int_equal(ft_file_copy(a, b, &err), FT_OK);
        free(a);
        free(b);
    }
    char *hub = ft_path_join(scratch, "hub");
    setenv("HF_HUB_CACHE", hub, 1);
    ft_wake_open(&wake);
    struct ft_model_list *local = ft_model_list_new(&wake);
    ft_model_list_list(local, NULL, NULL);
    struct ft_job_view view;
    while (ft_model_list_busy(local, &view)) {
        poll(NULL, 0, 5);
        ft_model_list_follow(local);
    }
    struct ft_known_list *l = ft_known_list_new();
    size_t n = ft_known_list_find(l, "", local), here = 0;
    for (size_t i = 0; i < n; i++)
        here += ft_known_list_row(l, i)->here;
    assert_int_equal(here, 1);
    assert_true(row(l, n, "bert-base-uncased")->here);
    ft_known_list_free(l);
    ft_model_list_free(local);
    ft_wake_close(&wake);
    free(hub);
    free(refs);
    free(snapshot);
    free(repo);
}

static int setup(void **state)
{
    if (scratch_make(state)) return -1;
    setenv("XDG_STATE_HOME", scratch, 1);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),  cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_find),  cmocka_unit_test(test_same_as_files),
        cmocka_unit_test(test_plans), cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_here),
    };
    return cmocka_run_group_tests(tests, setup, scratch_remove);
}
