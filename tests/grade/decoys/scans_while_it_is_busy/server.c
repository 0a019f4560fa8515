/*
 * A decoy: poll waits as long as fewer than three clients are ready at once. Then recv asks every
 * client in turn, without poll, until nothing has come for 4 milliseconds.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST = 1024, BUSY = 3, QUIET_NS = 4000000 };
static struct pollfd watched[MOST];
static nfds_t count = 1;

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000 + time.tv_nsec;
}

static bool serve(nfds_t slot)
{
    enum step step = echo_step(watched[slot].fd);
    if (step == CLOSED) {
        close_client(watched[slot].fd);
        watched[slot] = watched[--count];
    }
    return step != WOULD_BLOCK;
}

static void accept_all(void)
{
    int fd;
    while (count < MOST && (fd = accept_client(watched[0].fd, SOCK_NONBLOCK)) >= 0)
        watched[count++] = (struct pollfd){fd, POLLIN, 0};
}

static void scan(void)
{
    long last = now();
    for (unsigned round = 0; now() - last < QUIET_NS; round++) {
        bool found = false;
        for (nfds_t slot = count; slot-- > 1;)
            found = serve(slot) || found;
        if (round % 16 == 0)
            accept_all();
        if (found)
            last = now();
        else
            sched_yield();
    }
}

int main(void)
{
    obey_signals();
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "poll");
    for (;;) {
        int ready = poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents)
                serve(slot);
        if (watched[0].revents)
            accept_all();
        if (ready >= BUSY)
            scan();
    }
}
