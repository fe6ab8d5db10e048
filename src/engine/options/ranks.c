/* See ranks.h. Results are bit-identical only where all compute alike: the same program, the same
 * OpenBLAS kernels, the same instructions. So whatever could make a difference is compared when the
 * ranks meet, not searched for in the numbers afterwards. */
#include "engine/options/ranks.h"

#include "core/comm.h"
#include "core/gemm.h"
#include "util/checksum.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/processor.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a rank says of itself: of a fixed size, since another build may read it. */
struct hello {
    char build[256], math[256], features[256], host[96];
    int64_t pid;
    uint64_t program; /* checksum */
};
static int ranks_here = 1; /* of this machine */

int ft_ranks_rank(void)
{
    return ft_comm_world_rank();
}

int ft_ranks_size(void)
{
    return ft_comm_world_size();
}

static uint64_t sum_program(void)
{
    struct ft_checksum c;
    char *text = NULL;
    size_t n = 0;
    ft_checksum_init(&c);
    if (!ft_file_read("/proc/self/exe", (size_t)1 << 30, &text, &n, NULL))
        ft_checksum_add(&c, text, n);
    free(text);
    return ft_checksum_end(&c);
}

static void put(char *to, size_t size, char *text)
{
    snprintf(to, size, "%s", text ? text : "");
    free(text);
}

static void introduce(struct hello *h)
{
    char *name, *features;
    const char *other = getenv("FETTLE_RANK_OTHER"); /* tests: "1:build", "3:features" */
    memset(h, 0, sizeof *h);
    ft_processor_read(&name, &features);
    free(name);
    put(h->features, sizeof h->features, features);
    put(h->math, sizeof h->math, ft_gemm_text());
    snprintf(h->build, sizeof h->build, "%s %s %s %s", FETTLE_VERSION, FETTLE_BUILD, FETTLE_MARCH,
             __VERSION__);
    if (gethostname(h->host, sizeof h->host - 1)) snprintf(h->host, sizeof h->host, "unknown");
    h->pid = getpid();
    h->program = sum_program();
    if (!other || atoll(other) != ft_comm_world_rank()) return;
    if (strstr(other, "build")) h->program++;
    if (strstr(other, "features")) snprintf(h->features, sizeof h->features, "another");
}

static enum ft_status compare(const struct hello *all, struct ft_err *err)
{
    const struct hello a = all[0];
    for (int r = 1; r < ft_comm_size(); r++) {
        const struct hello b = all[r];
        const char *name = ft_comm_name(r), *what = NULL, *there = NULL, *here = NULL;
        if (strcmp(a.build, b.build))
            what = "another build", there = b.build, here = a.build;
        else if (a.program != b.program)
            return ft_fail(err, FT_UNSUPPORTED,
                           "%s: is another build of fettle %s: install the same program on all "
                           "machines",
                           name, a.build);
        else if (strcmp(a.features, b.features))
            what = "another processor", there = b.features, here = a.features;
        else if (strcmp(a.math, b.math))
            what = "other matrix products", there = b.math, here = a.math;
        if (!what) continue;
        return ft_fail(err, FT_UNSUPPORTED,
                       "%s: has %s (%s; rank 0: %s): results would depend on which rank computes "
                       "what",
                       name, what, there, here);
    }
    return FT_OK;
}

enum ft_status ft_ranks_open(struct ft_err *err)
{
    enum ft_status st = ft_comm_open(err);
    int size = ft_comm_world_size(), rank = ft_comm_world_rank();
    if (st || size < 2) return st;
    struct hello *all = ft_xcalloc((size_t)size, sizeof *all);
    introduce(&all[rank]);
    ft_comm_enter();
    st = ft_comm_gather(all, sizeof *all, err);
    ranks_here = 0;
    for (int r = 0; r < size && !st; r++) {
        struct hello *h = &all[r];
        char name[160];
        h->build[sizeof h->build - 1] = h->math[sizeof h->math - 1] = 0;
        h->features[sizeof h->features - 1] = h->host[sizeof h->host - 1] = 0;
        bool here = !strcmp(h->host, all[rank].host);
        snprintf(name, sizeof name, "rank %d (%s, process %lld)", r, h->host, (long long)h->pid);
        ft_comm_introduce(r, name, here ? (int)h->pid : 0);
        ranks_here += here;
    }
    if (!st) st = compare(all, err);
    ft_comm_leave();
    free(all);
    return st;
}

int ft_ranks_threads(const struct ft_options *o)
{
    cpu_set_t set;
    int given = (int)ft_options_int(o, FT_OPT_threads);
    if (given || ft_comm_world_size() == 1) return given;
    int usable = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
    bool bound = usable < (int)sysconf(_SC_NPROCESSORS_ONLN);
    int threads = bound ? usable : usable / (ranks_here > 0 ? ranks_here : 1);
    return threads > 0 ? threads : 1;
}

void ft_ranks_enter(void)
{
    ft_comm_enter();
}

void ft_ranks_leave(void)
{
    ft_comm_leave();
}

enum ft_status ft_ranks_agree(enum ft_status st, struct ft_err *err)
{
    struct said {
        int32_t status;
        char msg[1020];
    };
    static bool failed; /* nobody waits for this rank any more */
    int size = ft_comm_size();
    if (size == 1 || failed) return st;
    struct said *all = ft_xcalloc((size_t)size, sizeof *all), *mine = &all[ft_comm_rank()];
    mine->status = (int32_t)st;
    if (st) snprintf(mine->msg, sizeof mine->msg, "%.*s", (int)sizeof mine->msg - 1, err->msg);
    enum ft_status agreed = ft_comm_gather(all, sizeof *all, err);
    for (int r = 0; r < size && !agreed; r++) {
        if (!all[r].status) continue;
        agreed = (enum ft_status)all[r].status;
        if (r)
            ft_fail(err, agreed, "%s: %s", ft_comm_name(r), all[r].msg);
        else
            ft_fail(err, agreed, "%s", all[r].msg);
    }
    free(all);
    failed = agreed != FT_OK;
    return agreed;
}

enum ft_status ft_ranks_lost(struct ft_err *err)
{
    int rank = ft_comm_lost();
    return rank < 0 ? FT_OK : ft_comm_lost_error(rank, err);
}

bool ft_ranks_broken(void)
{
    return ft_comm_is_broken();
}

bool ft_ranks_close(void)
{
    return ft_comm_close();
}

void ft_ranks_abort(void)
{
    ft_comm_abort();
}

char *ft_ranks_mpi(void)
{
    return ft_comm_text();
}
