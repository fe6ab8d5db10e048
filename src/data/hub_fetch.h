/* Files of a model from the hub into its cache: blobs/ETAG, one file for each content, and
 * snapshots/COMMIT/NAME, links to them. The layout, the locks (.locks/.../ETAG.lock, flock) and the
 * partial files (blobs/ETAG.incomplete) are those of huggingface_hub, so that both share a cache and
 * neither downloads what the other has.
 *
 * A blob appears under its name by a rename, after its size, and its SHA-256 where the etag is one,
 * were verified and it was synced: a program that is killed at any moment leaves a cache without
 * wrong files. The partial file of an interrupted transfer is resumed by the next, with Range; a
 * server that ignores Range sends all of it again. */
#ifndef FT_DATA_HUB_FETCH_H
#define FT_DATA_HUB_FETCH_H

#include "data/hub_info.h"
#include "data/hub_repo.h"
#include "util/err.h"

#include <stdbool.h>
#include <stdint.h>

/* The path of the file if the cache has it, with the right size: in the snapshot or as a blob; NULL:
 * it does not. free() it. */
char *ft_hub_cached(const struct ft_hub_repo *r, const char *commit, const char *file,
                    const struct ft_hub_head *head);
/* Bytes of the partial file that a transfer would resume from. */
int64_t ft_hub_partial_bytes(const struct ft_hub_repo *r, const struct ft_hub_head *head);

/* Downloads the file to its blob unless it is there, and sets *fetched. While another process has
 * the lock of this blob it waits for it. Errors: those of ft_hub_http_run and ft_hub_repo_refused;
 * FT_FORMAT for a wrong size or hash; FT_IO for the disk. The partial file stays, unless its content
 * is known to be wrong. */
enum ft_status ft_hub_fetch(struct ft_hub_repo *r, const char *commit, const char *file,
                            const struct ft_hub_head *head, bool *fetched, struct ft_err *err);

/* Makes snapshots/COMMIT/FILE a relative link to the blob. Without links (HF_HUB_DISABLE_SYMLINKS,
 * or a file system that has none) the blob is moved there, or copied if `keep`. One that is there,
 * and right, stays. */
enum ft_status ft_hub_link(const struct ft_hub_repo *r, const char *commit, const char *file,
                           const struct ft_hub_head *head, bool keep, struct ft_err *err);
/* refs/REVISION becomes the commit, when all links are made. A revision that is a commit has none. */
enum ft_status ft_hub_set_ref(const struct ft_hub_repo *r, const char *commit, struct ft_err *err);
/* CACHE/models--org--name/snapshots/COMMIT. free() it. */
char *ft_hub_snapshot_path(const struct ft_hub_repo *r, const char *commit);

#endif
