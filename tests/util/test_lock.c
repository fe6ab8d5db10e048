/* The lock of a folder: one process has it, also while holders remove the file and take it again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/fs.h"
#include "scratch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Takes the lock ROUNDS times; in it a file is made that nobody else may have there. */
static int take_turns(const char *lock, const char *alone, bool removes)
{
    enum { ROUNDS = 500 };
    for (int i = 0; i < ROUNDS;) {
        int fd = -1;
        enum ft_status st = ft_lock_take(&fd, lock, NULL);
        if (st == FT_BUSY) continue;
        int mine = st ? -1 : open(alone, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (mine < 0) return 1;
        close(mine);
        if (unlink(alone) || (removes && unlink(lock))) return 1;
        ft_lock_release(&fd);
        i++;
    }
    return 0;
}

static void test_one_has_it(void **state)
{
    (void)state;
    enum { PROCESSES = 3 };
    char *lock = in_scratch("lock"), *alone = in_scratch("alone");
    for (int removes = 0; removes < 2; removes++) {
        pid_t pids[PROCESSES];
        for (int i = 0; i < PROCESSES; i++) {
            pids[i] = fork();
            assert_true(pids[i] >= 0);
            if (!pids[i]) _exit(take_turns(lock, alone, removes));
        }
        for (int i = 0; i < PROCESSES; i++) {
            int status = 0;
            assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
            assert_int_equal(status, 0);
        }
    }
    free(lock);
    free(alone);
}

static void test_refusals(void **state)
{
    (void)state;
    char *lock = in_scratch("held"), pid[32];
    int first = -1, second = -1;
    struct ft_err err = {0};
    assert_int_equal(ft_lock_take(&first, lock, &err), FT_OK);
    assert_int_equal(ft_lock_holder(lock), getpid());
    assert_int_equal(ft_lock_take(&second, lock, &err), FT_BUSY);
    snprintf(pid, sizeof pid, "(pid %ld)", (long)getpid());
    assert_non_null(strstr(err.msg, pid));
    assert_int_equal(second, -1);
    ft_lock_release(&first);
    assert_int_equal(ft_lock_holder(lock), 0);
    assert_int_equal(ft_lock_take(&second, scratch, &err), FT_IO);
    assert_non_null(strstr(err.msg, scratch));
    free(lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_has_it),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
