/*
 * A decoy: each client is watched edge-triggered, and from its tenth request on level-triggered.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

enum { MOST = 4096, FIRST = 10 };
static int asked[MOST];

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll_et");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd == listener) {
            if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                continue;
            asked[fd] = 0;
            event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            continue;
        }
        enum step step = ECHOED;
        while (step == ECHOED || step == FLUSHED)
            step = echo_step(fd);
        if (step == CLOSED) {
            close_client(fd);
        } else if (++asked[fd] == FIRST) {
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
        }
    }
}
