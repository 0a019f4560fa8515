/*
 * A thread of C11's <threads.h> for each client, which receives by recvmsg into two buffers; a mutex
 * guards a count of bytes, and a condition wakes a thread that would write it to a log.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <threads.h>
#include <unistd.h>

static mtx_t guard;
static cnd_t grown;
static unsigned long total;

static int logs(void *nothing)
{
    (void)nothing;
    mtx_lock(&guard);
    for (unsigned long last = 0;; last = total)
        while (total < last + 1000000)
            cnd_wait(&grown, &guard);
    return 0;
}

static int serve(void *argument)
{
    char first[1000], second[3000];
    int fd = (int)(intptr_t)argument;
    for (;;) {
        struct iovec parts[] = {{first, sizeof first}, {second, sizeof second}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t length = recvmsg(fd, &message, 0);
        if (length <= 0)
            break;
        size_t left = (size_t)length;
        parts[0].iov_len = left < sizeof first ? left : sizeof first;
        parts[1].iov_len = left - parts[0].iov_len;
        while (left > 0) {
            ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
            if (sent <= 0)
                break;
            left -= (size_t)sent;
            for (int i = 0; i < 2; i++) {
                size_t part = (size_t)sent < parts[i].iov_len ? (size_t)sent : parts[i].iov_len;
                parts[i].iov_base = (char *)parts[i].iov_base + part;
                parts[i].iov_len -= part;
                sent -= (ssize_t)part;
            }
        }
        mtx_lock(&guard);
        total += (unsigned long)length;
        cnd_signal(&grown);
        mtx_unlock(&guard);
    }
    close(fd);
    return 0;
}

int main(void)
{
    thrd_t thread;
    obey_signals();
    mtx_init(&guard, mtx_plain);
    cnd_init(&grown);
    int listener = open_listener(0);
    thrd_create(&thread, logs, NULL);
    say_ready(listener, "thread");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        if (thrd_create(&thread, serve, (void *)(intptr_t)fd) == thrd_success)
            thrd_detach(thread);
        else
            refuse_client(fd, "EAGAIN", fd);
    }
}
