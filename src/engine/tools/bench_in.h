/* Private to bench*.c: the measurements and their results. */
#ifndef FT_ENGINE_TOOLS_BENCH_IN_H
#define FT_ENGINE_TOOLS_BENCH_IN_H

#include "engine/model/model_file.h"
#include "engine/tools/bench.h"

enum { FT_BENCH_WARM = 2 }; /* rounds before those that count */

struct ft_bench_job {
    struct ft_bench *b;
    struct ft_options o; /* the caller's, with a model */
    const struct ft_bench_opt *opt;
    size_t rounds, bytes;
    enum ft_task task; /* the one that is named, else of the model's head, else classify */
    const char *group; /* of the facts that are added */
};

/* One number of each round. */
struct ft_bench_rounds {
    double x[FT_BENCH_ROUNDS_MAX];
    size_t n;
};
void ft_bench_add(struct ft_bench_rounds *r, double x);
double ft_bench_median(const struct ft_bench_rounds *r);

/* Facts of the job's group. */
void ft_bench_say_text(struct ft_bench_job *j, const char *key, const char *label, char *take);
void ft_bench_say(struct ft_bench_job *j, const char *key, const char *label, double value,
                  const char *unit);
void ft_bench_say_rounds(struct ft_bench_job *j, const char *key, const char *label,
                         const struct ft_bench_rounds *r, const char *unit);
/* `amount` of something done in so many seconds each round, as amount / seconds. */
void ft_bench_say_speed(struct ft_bench_job *j, const char *key, const char *label, double amount,
                        const struct ft_bench_rounds *seconds, const char *unit);

/* The matrix products of what was timed, alone: bench_products.c. Zero-initialise it. */
struct ft_op_timer;
struct ft_bench_fastest;
struct ft_bench_products {
    float *buf[3]; /* operands, that all products share; those of bf16 are a and b converted */
    size_t bytes[3];
    uint16_t *half[2];
    size_t half_bytes[2];
    struct ft_bench_fastest *fastest; /* the backend of each shape */
    size_t n, cap;
};
/* How long they take alone, each by the backend that was found fastest for its shape when it was
 * first seen, and no longer than in what was timed: a backend that is slow there cannot flatter the
 * share. The operands stay warm, so the time is rather too short. Errors: FT_NOMEM. */
enum ft_status ft_bench_products_alone(struct ft_bench_products *b, const struct ft_op_timer *s,
                                       double *seconds, struct ft_err *err);
/* "openblas 12, own 3": how many shapes each backend is fastest for. free() it. */
char *ft_bench_products_text(const struct ft_bench_products *b);
double ft_bench_products_flops(const struct ft_op_timer *s);
void ft_bench_products_release(struct ft_bench_products *b);

/* The model with the job's task; a head that is missing is made. */
enum ft_status ft_bench_model(const struct ft_bench_job *j, struct ft_model_file *m,
                              struct ft_err *err);

/* Of PREDICT: a forward of 12 and of 128 tokens in each precision, in turn; bench_forward.c. */
struct ft_net;
enum ft_status ft_bench_forward(struct ft_bench_job *j, struct ft_net *net, struct ft_err *err);

/* What is measured: bench_step.c, bench_model.c, bench_forward.c, bench_scale.c, bench_data.c, bench_network.c. */
enum ft_status ft_bench_step(struct ft_bench_job *j, struct ft_err *err);
enum ft_status ft_bench_load(struct ft_bench_job *j, struct ft_err *err);
enum ft_status ft_bench_predict(struct ft_bench_job *j, struct ft_err *err);
enum ft_status ft_bench_throughput(struct ft_bench_job *j, struct ft_err *err);
enum ft_status ft_bench_generate(struct ft_bench_job *j, struct ft_err *err);
enum ft_status ft_bench_tokens(struct ft_bench_job *j, struct ft_err *err);
enum ft_status ft_bench_read(struct ft_bench_job *j, struct ft_err *err);
enum ft_status ft_bench_qa(struct ft_bench_job *j, struct ft_err *err);
enum ft_status ft_bench_scale(struct ft_bench_job *j, struct ft_err *err);
enum ft_status ft_bench_network(struct ft_bench_job *j, struct ft_err *err);

#endif
