/* sweep.json: what a sweep is and how far it has come. Nothing in it depends on the clock or on where the
 * sweep was interrupted. Written under a temporary name, synced and renamed.
 *
 *     {"format":1,
 *      "state":"running",                          stopped, budget, done
 *      "strategy":"halving","trials":0,"eta":3,"min_steps":0,"budget_s":7200,
 *      "seeds":3,"folds":0,"sizes":["10%","100%"],
 *      "over":["learning_rate=1e-05..0.0001:log","model=A,B"],
 *      "metric":"accuracy","rung":0,
 *      "options":{"data":{"value":"x.csv","given":true},..},     as in run.json, given to all runs
 *      "best":"3_lr3e-5",                          null: none yet
 *      "members":[
 *        {"name":"1_lr1e-5","options":{"learning_rate":1e-05,"max_train_samples":"10%"},
 *         "state":"done","rung":0,"mean":0.91,"sd":0.004,"n":3,"steps":360,
 *         "runs":[{"folder":"1_lr1e-5/seed-1","seed":1,"fold":0,"state":"done","steps":120,"total":120,
 *                  "value":0.914},
 *                 {.. "state":"failed","error":"loss is nan ..","again":false}]},..]}
 *
 * Members are in the order of their creation; a value that is not known is null. The file is hostile:
 * every name and number is checked. */
#ifndef FT_ENGINE_RUNS_SWEEP_FILE_H
#define FT_ENGINE_RUNS_SWEEP_FILE_H

#include "util/err.h"

struct ft_sweep;
enum ft_status ft_sweep_file_write(const struct ft_sweep *s, struct ft_err *err);
/* Into *s, whose dir is set; the caller releases it also on an error. FT_NOTFOUND: there is none. */
enum ft_status ft_sweep_file_read(struct ft_sweep *s, struct ft_err *err);

#endif
