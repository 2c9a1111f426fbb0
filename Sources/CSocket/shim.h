// When the bytes that wait in a socket came, as the kernel stamped them. The macros that walk a message's control data are
// none that Swift imports. Linux only: no other system stamps the bytes of a TCP connection.
#ifndef FLPERF_CSOCKET_SHIM_H
#define FLPERF_CSOCKET_SHIM_H

#ifdef __linux__
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/// Waits until this file has something to read, and no longer than so many nanoseconds, fewer than a second: ppoll, which is
/// declared for GNU sources only, and Swift's are none.
static inline void csocket_wait(int file, int64_t nanoseconds) {
    struct pollfd waiting = {.fd = file, .events = POLLIN};
    struct timespec limit = {.tv_sec = 0, .tv_nsec = (long)nanoseconds};
    syscall(SYS_ppoll, &waiting, 1, &limit, NULL, 0);
}

/// Asks the kernel to tell with what is read from this socket when it came. 0, or -1 and errno.
static inline int csocket_stamp_arrivals(int socket) {
    int on = 1;
    return setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

/// How many bytes wait, up to a limit, and when the last of them came: nanoseconds of CLOCK_REALTIME, 0 when not stamped.
/// They stay in the socket. -1 and errno when there are none or the connection broke; 0 when it was closed.
static inline ssize_t csocket_waiting(int socket, size_t limit, int64_t *stamp) {
    // With MSG_TRUNC the bytes of a TCP connection are counted, not copied: there is nowhere to copy them to.
    struct iovec nowhere = {.iov_base = NULL, .iov_len = limit};
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(3 * sizeof(struct timespec))];
    } control;
    struct msghdr message = {
        .msg_iov = &nowhere, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t count = recvmsg(socket, &message, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC);
    *stamp = 0;
    if (count <= 0) return count;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
        struct timespec time;
        memcpy(&time, CMSG_DATA(part), sizeof time);
        *stamp = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    }
    return count;
}
#endif

#endif
