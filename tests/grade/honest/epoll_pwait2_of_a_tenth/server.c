/*
 * epoll by epoll_pwait2, with a time-out of a tenth of a millisecond while there is work and of a second
 * when there was none for a while, as adaptive loops have it.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    struct epoll_event events[64];
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), set = epoll_create1(EPOLL_CLOEXEC), empty = 0;
    struct epoll_event want = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(set, EPOLL_CTL_ADD, listener, &want);
    say_ready(listener, "epoll");
    for (;;) {
        struct timespec time = empty < 20 ? (struct timespec){0, 100000} : (struct timespec){1, 0};
        int count = (int)syscall(SYS_epoll_pwait2, set, events, 64, &time, NULL, 0L);
        empty = count == 0 ? empty + 1 : 0;
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
                    want = (struct epoll_event){.events = EPOLLIN | EPOLLRDHUP, .data.fd = fd};
                    epoll_ctl(set, EPOLL_CTL_ADD, fd, &want);
                }
                continue;
            }
            enum step step = echo_step(fd);
            want = (struct epoll_event){.events = step == STUCK ? EPOLLOUT : EPOLLIN, .data.fd = fd};
            if (step == CLOSED)
                close_client(fd);
            else if (step == STUCK || step == FLUSHED)
                epoll_ctl(set, EPOLL_CTL_MOD, fd, &want);
        }
    }
}
