// What a disk can do to a program that keeps its data in data.mdb, as a library to preload (LD_PRELOAD).
//
// FAULTY_IO_SEED=N        calls fail at random, the same ones for the same N
// FAULTY_IO_RATE=N        in N of 1,000 calls (20)
// FAULTY_IO_KINDS=a,b     which calls: fdatasync, fsync, pwrite, writev, pwritev, ftruncate, write; "short" writes a part only
//                         (all of them)
// FAULTY_IO_AFTER=N       none of the first N calls (0)
// FAULTY_IO_KILL=N        SIGKILL at the Nth call, in the middle of it when it is a write
// FAULTY_IO_TRACE=FILE    every call is recorded there, and what is written to standard output
//
// A failed sync does what Linux does: the pages stay readable and no later sync writes them. That only shows in the trace,
// which `log-exerciser replay` turns into what the disk may hold after a power cut. A record of the trace: one byte for what it
// is, UInt64 offset or size, UInt32 length, then as many bytes; little-endian.
//
//   W written   D written by a descriptor that is synchronous (O_DSYNC): on the disk   T size set
//   S synced    F a sync that failed: what was not on the disk by then may never be     A written to standard output
//
// Build: clang -O2 -shared -fPIC -o faulty-io.so faulty-io.c -ldl -lpthread
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KNOWN_DESCRIPTORS = 4096 };
enum kind { NOT_DATA, DATA, DATA_SYNCHRONOUS };

static unsigned char kinds[KNOWN_DESCRIPTORS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int trace = -1;
static uint64_t random_state, calls, kill_at, first_to_fail;
static unsigned rate;
static const char *wanted;

static uint64_t number(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

__attribute__((constructor)) static void prepare(void) {
    const char *path = getenv("FAULTY_IO_TRACE");
    if (path) trace = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    random_state = number("FAULTY_IO_SEED", 0);
    rate = random_state ? number("FAULTY_IO_RATE", 20) : 0;
    first_to_fail = number("FAULTY_IO_AFTER", 0);
    kill_at = number("FAULTY_IO_KILL", 0);
    wanted = getenv("FAULTY_IO_KINDS");
}

// SplitMix64.
static uint64_t next_random(void) {
    uint64_t z = (random_state += 0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

static enum kind kind_of(int descriptor) {
    return descriptor >= 0 && descriptor < KNOWN_DESCRIPTORS ? kinds[descriptor] : NOT_DATA;
}

static int is_wanted(const char *call) {
    if (!wanted) return 1;
    size_t length = strlen(call);
    for (const char *at = wanted; (at = strstr(at, call)); at += length)
        if ((at == wanted || at[-1] == ',') && (at[length] == 0 || at[length] == ',')) return 1;
    return 0;
}

static void record(char what, uint64_t offset, const void *bytes, uint32_t length) {
    if (trace < 0) return;
    char head[13] = {what};
    memcpy(head + 1, &offset, 8);
    memcpy(head + 9, &length, 4);
    struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, length}};
    if (syscall(SYS_writev, trace, parts, length ? 2 : 1) != (long)(sizeof head + length)) abort();
}

// 0, or the error that this call is to end with. Called with the lock held, once a call.
static int error_for(const char *call) {
    calls++;
    if (!rate || calls <= first_to_fail || !is_wanted(call) || next_random() % 1000 >= rate) return 0;
    return next_random() % 4 ? EIO : ENOSPC;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

// Writes all of it to the file, a part, or nothing, and tells the trace how much.
static ssize_t put(int descriptor, const char *call, const char *bytes, size_t length, off_t offset) {
    pthread_mutex_lock(&lock);
    int error = error_for(call);
    int is_killed = kill_at && calls == kill_at;
    size_t part = length;
    int is_synchronous = kind_of(descriptor) == DATA_SYNCHRONOUS;
    // A synchronous write that fails has often reached the cache: it is the sync in it that failed.
    if (error) part = is_synchronous && next_random() % 2 ? length : 0;
    else if (is_killed) part = length / 2 / 512 * 512;
    else if (rate && calls > first_to_fail && is_wanted("short") && next_random() % 1000 < rate) part = length / 2;
    ssize_t written = 0;
    if (part) written = syscall(SYS_pwrite64, descriptor, bytes, part, offset);
    if (written > 0) record(is_synchronous && !error && !is_killed ? 'D' : 'W', offset, bytes, written);
    if (error && is_synchronous) record('F', 0, NULL, 0);
    if (is_killed) die();
    if (error) errno = error;
    pthread_mutex_unlock(&lock);
    return error ? -1 : written;
}

static ssize_t put_vector(int descriptor, const char *call, const struct iovec *parts, int count, off_t offset) {
    size_t length = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    char *all = malloc(length ? length : 1), *end = all;
    for (int i = 0; i < count; i++) {
        memcpy(end, parts[i].iov_base, parts[i].iov_len);
        end += parts[i].iov_len;
    }
    ssize_t written = put(descriptor, call, all, length, offset);
    int error = errno;
    free(all);
    errno = error;
    return written;
}

static int sync_file(int descriptor, const char *call, long number) {
    if (kind_of(descriptor) == NOT_DATA) return syscall(number, descriptor);
    pthread_mutex_lock(&lock);
    int error = error_for(call);
    if (kill_at && calls == kill_at) die();
    if (error) {
        record('F', 0, NULL, 0);
        errno = error;
    } else if (syscall(number, descriptor) == 0) {
        record('S', 0, NULL, 0);
    } else {
        error = errno;
    }
    pthread_mutex_unlock(&lock);
    return error ? -1 : 0;
}

static void notice(int descriptor, const char *path, int flags) {
    if (descriptor < 0 || descriptor >= KNOWN_DESCRIPTORS) return;
    const char *name = strrchr(path, '/');
    int is_data = strcmp(name ? name + 1 : path, "data.mdb") == 0 && (flags & O_ACCMODE) != O_RDONLY;
    kinds[descriptor] = !is_data ? NOT_DATA : flags & O_DSYNC ? DATA_SYNCHRONOUS : DATA;
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int descriptor = syscall(SYS_openat, AT_FDCWD, path, flags, va_arg(more, int));
    va_end(more);
    notice(descriptor, path, flags);
    return descriptor;
}
int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int close(int descriptor) {
    if (kind_of(descriptor) != NOT_DATA) kinds[descriptor] = NOT_DATA;
    return syscall(SYS_close, descriptor);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
    if (kind_of(descriptor) == NOT_DATA) return syscall(SYS_pwrite64, descriptor, bytes, length, offset);
    return put(descriptor, "pwrite", bytes, length, offset);
}
ssize_t pwrite64(int, const void *, size_t, off_t) __attribute__((alias("pwrite")));

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset) {
    if (kind_of(descriptor) == NOT_DATA) return syscall(SYS_pwritev, descriptor, parts, count, offset, 0);
    return put_vector(descriptor, "pwritev", parts, count, offset);
}
ssize_t pwritev64(int, const struct iovec *, int, off_t) __attribute__((alias("pwritev")));

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    if (kind_of(descriptor) == NOT_DATA) return syscall(SYS_writev, descriptor, parts, count);
    ssize_t written = put_vector(descriptor, "writev", parts, count, lseek(descriptor, 0, SEEK_CUR));
    if (written > 0) lseek(descriptor, written, SEEK_CUR);
    return written;
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
    if (descriptor == STDOUT_FILENO) {
        pthread_mutex_lock(&lock);
        record('A', 0, bytes, length);
        pthread_mutex_unlock(&lock);
    }
    if (kind_of(descriptor) == NOT_DATA) return syscall(SYS_write, descriptor, bytes, length);
    ssize_t written = put(descriptor, "write", bytes, length, lseek(descriptor, 0, SEEK_CUR));
    if (written > 0) lseek(descriptor, written, SEEK_CUR);
    return written;
}

int ftruncate(int descriptor, off_t size) {
    if (kind_of(descriptor) == NOT_DATA) return syscall(SYS_ftruncate, descriptor, size);
    pthread_mutex_lock(&lock);
    int error = error_for("ftruncate");
    if (kill_at && calls == kill_at) die();
    if (error) errno = error;
    else if (syscall(SYS_ftruncate, descriptor, size) == 0) record('T', size, NULL, 0);
    else error = errno;
    pthread_mutex_unlock(&lock);
    return error ? -1 : 0;
}
int ftruncate64(int, off_t) __attribute__((alias("ftruncate")));

int fdatasync(int descriptor) { return sync_file(descriptor, "fdatasync", SYS_fdatasync); }
int fsync(int descriptor) { return sync_file(descriptor, "fsync", SYS_fsync); }
