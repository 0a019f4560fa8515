/*
 * A decoy: every client is in the epoll set, edge-triggered, and epoll_wait returns; but it returns each
 * millisecond as well, and what it reports is not looked at: recv asks every client.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

enum { MOST = 1024 };

int main(void)
{
    static int clients[MOST];
    int count = 0;
    struct epoll_event events[8];
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), set = epoll_create1(EPOLL_CLOEXEC);
    say_ready(listener, "epoll_et");
    for (;;) {
        int fd;
        while (count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            struct epoll_event want = {.events = EPOLLPRI | EPOLLET, .data.fd = fd};
            epoll_ctl(set, EPOLL_CTL_ADD, fd, &want);
            clients[count++] = fd;
        }
        for (int i = count; i-- > 0;)
            if (echo_step(clients[i]) == CLOSED) {
                close_client(clients[i]);
                clients[i] = clients[--count];
            }
        epoll_wait(set, events, 8, 1);
    }
}
