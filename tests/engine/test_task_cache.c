/* The task of options is kept until data, model or an option that matters is another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/task/task_cache.h"
#include "scratch.h"
#include "util/fs.h"

#include <string.h>
#include <unistd.h>

static char *file(const char *name, const char *text)
{
    char *path = in_scratch(name);
    struct ft_err err = {0};
    assert_int_equal(ft_file_write(path, text, strlen(text), &err), FT_OK);
    return path;
}

static void set(struct ft_options *o, const char *name, const char *value)
{
    struct ft_err err = {0};
    if (ft_options_set(o, name, value, true, &err)) fail_msg("%s", err.msg);
}

static void test_kept(void **state)
{
    (void)state;
    struct ft_task_cache c = {0};
    struct ft_options o;
    char *data = file("a.csv", "text,label\na b,x\nc d,y\ne f,x\ng h,y\n");
    ft_options_init(&o);
    set(&o, "data", data);
    assert_int_equal(ft_task_cache_find(&c, &o), FT_TASK_CLASSIFY);
    set(&o, "learning_rate", "1e-3");
    set(&o, "num_train_epochs", "7");
    set(&o, "max_seq_length", "17");
    assert_int_equal(ft_task_cache_find(&c, &o), FT_TASK_CLASSIFY);
    assert_int_equal(c.found, 1);
    /* another text of the file: numbers in place of labels */
    free(file("a.csv", "text,label\na b,0.25\nc d,1.75\ne f,0.5\ng h,3.125\n"));
    assert_int_equal(ft_task_cache_find(&c, &o), FT_TASK_REGRESS);
    assert_int_equal(c.found, 2);
    /* the same size, another time */
    free(file("a.csv", "text,label\na b,aaaa\nc d,bbbb\ne f,aaa\ng h,bbbbb\n"));
    assert_int_equal(ft_task_cache_find(&c, &o), FT_TASK_CLASSIFY);
    set(&o, "problem_type", "multi_label_classification");
    assert_int_equal(ft_task_cache_find(&c, &o), FT_TASK_MULTI_LABEL);
    set(&o, "task", "mlm");
    set(&o, "problem_type", "");
    assert_int_equal(ft_task_cache_find(&c, &o), FT_TASK_MLM);
    ft_options_reset(&o, FT_OPT_task);
    assert_int_equal(ft_task_cache_find(&c, &o), FT_TASK_CLASSIFY);
    size_t found = c.found;
    assert_int_equal(unlink(data), 0);
    ft_task_cache_find(&c, &o);
    assert_int_equal(c.found, found + 1);
    ft_task_cache_release(&c);
    ft_options_release(&o);
    free(data);
}

/* A file of a folder is another one. */
static void test_folder(void **state)
{
    (void)state;
    struct ft_task_cache c = {0};
    struct ft_options o;
    struct ft_err err = {0};
    char *dir = in_scratch("set");
    assert_int_equal(ft_mkdirs(dir, &err), FT_OK);
    free(file("set/train.csv", "text,label\na b,x\nc d,y\ne f,x\ng h,y\n"));
    free(file("set/test.csv", "text,label\na b,x\nc d,y\n"));
    ft_options_init(&o);
    set(&o, "data", dir);
    assert_int_equal(ft_task_cache_find(&c, &o), FT_TASK_CLASSIFY);
    assert_int_equal(ft_task_cache_find(&c, &o), FT_TASK_CLASSIFY);
    assert_int_equal(c.found, 1);
    free(file("set/train.csv", "text,label\na b,0.25\nc d,1.75\ne f,0.5\ng h,3.125\n"));
    free(file("set/test.csv", "text,label\na b,0.25\nc d,1.5\n"));
    assert_int_equal(ft_task_cache_find(&c, &o), FT_TASK_REGRESS);
    assert_int_equal(c.found, 2);
    ft_task_cache_release(&c);
    ft_options_release(&o);
    free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_folder),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
