/* --data that is a folder whose files are read one by one (ft_folder_files of data/read.h): the only data file in it, or
 * the SQuAD files of splits. Threads: any. */
#ifndef FT_ENGINE_OPTIONS_DATA_FOLDER_H
#define FT_ENGINE_OPTIONS_DATA_FOLDER_H

#include "engine/options/options.h"

/* Sets --data, --validation and --test to the files and logs it; anew: also where the last two are set already.
 * Returns false where --data is no such folder. */
bool ft_data_folder_open(struct ft_options *o, bool anew);

#endif
