/* Where a safetensors file that fettle wrote has its checksum, for the writer and the reader: the
 * metadata begins with "format" and then FT_ST_SUM_KEY with 16 hexadecimal digits. The sum is that
 * of the whole file with zeros in the digits' place. */
#ifndef FT_DATA_ST_SUM_H
#define FT_DATA_ST_SUM_H

#include "util/checksum.h"

#define FT_ST_SUM_KEY  "fettle_checksum"
#define FT_ST_SUM_HEAD "{\"__metadata__\":{\"format\":\"pt\",\"" FT_ST_SUM_KEY "\":\""
#define FT_ST_SUM_AT   (8 + sizeof FT_ST_SUM_HEAD - 1) /* of the first digit in the file */

#endif
