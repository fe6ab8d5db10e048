/* Ranks that mpirun started, over the MPI library. Built where CMake finds mpi.h (FETTLE_MPI); the
 * library is opened only in a process that mpirun started, so that the program runs, and starts as
 * fast, where there is none.
 *
 * Only point-to-point transfers of bytes are used. A waiting rank polls: MPI has no call that waits
 * and also notices that a process of this machine is gone. */
#include "core/comm_in.h"

#include "util/clock.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

/* Rank and size as the launchers of Open MPI, MPICH (and its relatives) and Slurm's PMI set them. */
static bool read_number(const char *name, int *out)
{
    const char *text = getenv(name);
    long long n;
    if (!text || !ft_parse_i64(text, &n) || n < 0 || n > 1 << 24) return false;
    *out = (int)n;
    return true;
}

bool ft_comm_mpi_started(struct ft_comm_start *start)
{
    static const char *const names[][2] = {{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                           {"PMI_RANK", "PMI_SIZE"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct ft_comm_start x;
        if (!read_number(names[i][0], &x.rank) || !read_number(names[i][1], &x.size)) continue;
        if (x.size < 1 || x.rank >= x.size) continue;
        *start = x;
        return true;
    }
    return false;
}

#if FETTLE_MPI

#include <dlfcn.h>
#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

enum { TAG = 1, SPINS = 2000 };

#ifdef OPEN_MPI
#define LIBRARY "libmpi.so.40"
#define BUILT                                                                                      \
    "Open MPI " FT_TEXT(OMPI_MAJOR_VERSION) "." FT_TEXT(OMPI_MINOR_VERSION) "." FT_TEXT(           \
        OMPI_RELEASE_VERSION)
#else
#define LIBRARY "libmpich.so.12"
#define BUILT   "MPICH " MPICH_VERSION
#endif
#define FT_TEXT_OF(x) #x
#define FT_TEXT(x)    FT_TEXT_OF(x)

/* The functions that are used. */
#define FUNCTIONS(X)                                                                               \
    X(Init_thread)                                                                                 \
    X(Finalize)                                                                                    \
    X(Abort)                                                                                       \
    X(Comm_rank)                                                                                   \
    X(Comm_size)                                                                                   \
    X(Comm_set_errhandler)                                                                         \
    X(Isend)                                                                                       \
    X(Irecv)                                                                                       \
    X(Testall)                                                                                     \
    X(Get_library_version)
static struct {
#define X(name) __typeof__(&MPI_##name) name;
    FUNCTIONS(X)
#undef X
    MPI_Comm world;
    MPI_Datatype byte;
    MPI_Errhandler returns;
} mpi;

/* false: the library isn't there, or lacks something. */
static bool load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_GLOBAL); /* its own plug-ins look in it */
    if (!library) return false;
    bool ok = true;
    union {
        void *object;
        void (*function)(void);
    } found;
#define X(name)                                                                                    \
    found.object = dlsym(library, "MPI_" #name);                                                   \
    ok = ok && found.object;                                                                       \
    mpi.name = (__typeof__(&MPI_##name))found.function;
    FUNCTIONS(X)
#undef X
#ifdef OPEN_MPI
    mpi.world = (MPI_Comm)dlsym(library, "ompi_mpi_comm_world");
    mpi.byte = (MPI_Datatype)dlsym(library, "ompi_mpi_byte");
    mpi.returns = (MPI_Errhandler)dlsym(library, "ompi_mpi_errors_return");
    return ok && mpi.world && mpi.byte && mpi.returns;
#else
    mpi.world = MPI_COMM_WORLD;
    mpi.byte = MPI_BYTE;
    mpi.returns = MPI_ERRORS_RETURN;
    return ok;
#endif
}

/* Waits a little, and longer the longer it has taken: the first moments spin, since most messages
 * are under way; processors may be shared. */
static void pause_after(unsigned tries)
{
    struct timespec ts = {.tv_nsec = tries < 20000 ? 20000 : 200000};
    if (tries < SPINS)
        sched_yield();
    else
        nanosleep(&ts, NULL);
}

static enum ft_status exchange(int peer, const void *send, size_t n, void *receive, size_t m,
                               struct ft_err *err)
{
    MPI_Request requests[2];
    MPI_Status said[2]; /* unused: MPICH's MPI_STATUSES_IGNORE is a pointer that gcc warns of */
    int count = 0, done = 0, bad = 0;
    if (m) bad = mpi.Irecv(receive, (int)m, mpi.byte, peer, TAG, mpi.world, &requests[count++]);
    if (!bad && n)
        bad = mpi.Isend(send, (int)n, mpi.byte, peer, TAG, mpi.world, &requests[count++]);
    double looked_s = ft_now_s();
    for (unsigned tries = 0; !bad && count; tries++) {
        bad = mpi.Testall(count, requests, &done, said);
        if (done || bad) break;
        pause_after(tries);
        if (tries < SPINS || ft_now_s() - looked_s < 0.05) continue;
        looked_s = ft_now_s();
        if (ft_comm_lost() >= 0) return ft_comm_fail(peer, err);
    }
    return bad ? ft_comm_fail(peer, err) : FT_OK;
}

static bool finalize(void)
{
    return !mpi.Finalize();
}

static void abort_all(void)
{
    mpi.Abort(mpi.world, 1);
}

static const struct ft_comm_link mpi_link = {exchange, finalize, abort_all};

const struct ft_comm_link *ft_comm_mpi_open(const struct ft_comm_start *start, struct ft_err *err)
{
    int level = 0, rank = 0, size = 1;
    if (!load()) {
        ft_fail(err, FT_UNSUPPORTED,
                "started by mpirun, but %s is not installed (this build is for %s)", LIBRARY,
                BUILT);
        return NULL;
    }
    /* One thread after the other uses it. */
    if (mpi.Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level)) {
        ft_fail(err, FT_IO, "MPI could not be initialised");
        return NULL;
    }
    mpi.Comm_rank(mpi.world, &rank);
    mpi.Comm_size(mpi.world, &size);
    mpi.Comm_set_errhandler(mpi.world, mpi.returns);
    if (rank == start->rank && size == start->size && level >= MPI_THREAD_SERIALIZED)
        return &mpi_link;
    if (size != start->size)
        ft_fail(err, FT_UNSUPPORTED,
                "started as rank %d of %d, but %s sees %d: use the mpirun of %s", start->rank,
                start->size, LIBRARY, size, BUILT);
    else
        ft_fail(err, FT_UNSUPPORTED, "%s: not usable from several threads", LIBRARY);
    return NULL;
}

char *ft_comm_mpi_text(void)
{
    char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int n = 0;
    if (!load()) return ft_xprintf("built for %s (%s), which is not installed", BUILT, LIBRARY);
    if (mpi.Get_library_version(text, &n)) text[0] = 0;
    text[strcspn(text, ",\n")] =
        0; /* "Open MPI v4.1.4, package: ..", "MPICH Version:\t4.0.2\n.." */
    for (char *c = text; *c; c++)
        if (*c == '\t') *c = ' ';
    return ft_xprintf("%s (%s)", *text ? text : BUILT, LIBRARY);
}

#else

const struct ft_comm_link *ft_comm_mpi_open(const struct ft_comm_start *start, struct ft_err *err)
{
    (void)start;
    ft_fail(err, FT_UNSUPPORTED,
            "started by mpirun, but this build has no MPI: install libopenmpi-dev and build again");
    return NULL;
}

char *ft_comm_mpi_text(void)
{
    return ft_xstrdup("not built in");
}

#endif
