/*
 * A decoy: each client has EPOLLET, but after each read of a few bytes the server gives it to epoll
 * anew (EPOLL_CTL_MOD), so that it is reported again as long as there is something to read.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll_et");
    for (;;) {
        char text[64];
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd, how = EPOLL_CTL_MOD;
        if (fd == listener) {
            how = EPOLL_CTL_ADD;
            if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                continue;
        } else {
            ssize_t length = recv(fd, text, sizeof text, 0);
            if (length <= 0) {
                close_client(fd);
                continue;
            }
            send(fd, text, (size_t)length, MSG_NOSIGNAL);
        }
        event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.fd = fd};
        epoll_ctl(epoll, how, fd, &event);
    }
}
