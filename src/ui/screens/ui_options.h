/* The options of `fettle ui`: what the workbench starts with. */
#ifndef FT_UI_SCREENS_UI_OPTIONS_H
#define FT_UI_SCREENS_UI_OPTIONS_H

#include "engine/options/options.h"
#include "ui/app/app.h"
#include "util/err.h"
#include "util/str.h"

enum { FT_UI_SET_MAX = 64 };

struct ft_ui_options {
    struct ft_app_options app;
    const char *open, *model, *run; /* NULL: not given; point into argv */
    struct {
        enum ft_opt id;
        const char *value; /* right for it; points into argv or is a literal */
    } set[FT_UI_SET_MAX];  /* settings of Tune, spelled as those of `fettle train` */
    size_t set_n;
    bool help;
};
/* argv[0] is the program, argv[1] may be "ui". "--flag value" and "--flag=value", "-" for "_" too.
 * FT_USAGE names what is wrong and the nearest option. */
enum ft_status ft_ui_options_parse(struct ft_ui_options *o, int argc, char **argv,
                                   struct ft_err *err);
/* The table's rows, for the manual and completion; NULL past the last. `value` is "" for a flag. */
struct ft_ui_option {
    const char *name, *value, *help;
};
const struct ft_ui_option *ft_ui_option_at(size_t i);
/* The lines of `fettle ui --help`. */
void ft_ui_options_help(struct ft_str *out);

#endif
