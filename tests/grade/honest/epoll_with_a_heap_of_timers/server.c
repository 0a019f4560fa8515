/*
 * epoll whose time-out is that of the next timer: each client has one, which would close it after a
 * minute of silence, and the server another one, which ticks four times a second.
 *
 * Build: -O2
 */
#include "lab.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

enum { MOST = 4096, SILENCE = 60000, TICK = 250 };
static long last[MOST]; /* when each client was heard, in milliseconds; 0 for none */

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000 + 1;
}

/* Closes the clients that were silent for too long, and returns when to look again. */
static int expire(int set, long *ticked)
{
    long time = now(), next = *ticked + TICK;
    if (next <= time) {
        *ticked = time;
        next = time + TICK;
    }
    for (int fd = 0; fd < MOST; fd++)
        if (last[fd] != 0 && last[fd] + SILENCE <= time) {
            epoll_ctl(set, EPOLL_CTL_DEL, fd, NULL);
            close_client(fd);
            last[fd] = 0;
        }
    return (int)(next - time);
}

int main(void)
{
    struct epoll_event events[128];
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event want = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(set, EPOLL_CTL_ADD, listener, &want);
    say_ready(listener, "epoll");
    long ticked = now();
    for (;;) {
        int count = epoll_wait(set, events, 128, expire(set, &ticked));
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                while ((fd = accept_client(listener, SOCK_NONBLOCK)) != NO_CLIENT) {
                    if (fd < 0 || fd >= MOST)
                        continue;
                    want = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
                    epoll_ctl(set, EPOLL_CTL_ADD, fd, &want);
                    last[fd] = now();
                }
                continue;
            }
            last[fd] = now();
            enum step step = echo_step(fd);
            if (step == CLOSED) {
                last[fd] = 0;
                close_client(fd);
            } else if (step == STUCK || step == FLUSHED) {
                want = (struct epoll_event){
                    .events = step == STUCK ? EPOLLOUT : EPOLLIN, .data.fd = fd};
                epoll_ctl(set, EPOLL_CTL_MOD, fd, &want);
            }
        }
    }
}
