/* See data_folder.h. */
#include "engine/options/data_folder.h"

#include "data/read.h"
#include "util/fs.h"
#include "util/log.h"
#include "util/mem.h"

#include <stdlib.h>

bool ft_data_folder_open(struct ft_options *o, bool anew)
{
    static const enum ft_opt ids[FT_PART_COUNT] = {[FT_PART_TRAIN] = FT_OPT_data,
                                                   [FT_PART_VALIDATION] = FT_OPT_validation,
                                                   [FT_PART_TEST] = FT_OPT_test};
    char *part[FT_PART_COUNT], *folder = ft_xstrdup(ft_options_text(o, FT_OPT_data));
    bool found = *folder && ft_folder_files(folder, part);
    for (int p = 0; p < FT_PART_COUNT && found; p++) {
        if (anew && ids[p] != FT_OPT_data) ft_options_reset(o, ids[p]);
        bool unset = ids[p] == FT_OPT_data || !*ft_options_text(o, ids[p]);
        if (part[p] && unset && !ft_options_set_id(o, ids[p], part[p], true, NULL))
            ft_log(FT_LOG_NOTE, "%s: a folder: %s is %s", folder, ft_option_at(ids[p])->name,
                   ft_path_base(part[p]));
        free(part[p]);
    }
    free(folder);
    return found;
}
