#include <lmdb.h>

// LMDB's calls import as they are. Only the kind of file system is asked for here: the header that tells it
// differs between systems, and Swift's own C library modules do not all include it.
#ifdef __linux__
#include <sys/vfs.h>
#else
#include <sys/mount.h>
#include <sys/param.h>
#include <string.h>
#endif

/// The magic number of the file system at `path`, as in linux/magic.h; 0 where that is not known.
static inline unsigned long clmdb_filesystem_magic(const char *path) {
#ifdef __linux__
    struct statfs found;
    return statfs(path, &found) == 0 ? (unsigned long)found.f_type & 0xFFFFFFFFUL : 0;
#else
    (void)path;
    return 0;
#endif
}

/// Whether the system itself says that the file system at `path` is on another machine (macOS and the BSDs do).
static inline int clmdb_filesystem_is_remote(const char *path) {
#ifdef MNT_LOCAL
    struct statfs found;
    return statfs(path, &found) == 0 && !(found.f_flags & MNT_LOCAL);
#else
    (void)path;
    return 0;
#endif
}
