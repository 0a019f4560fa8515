/*
 * A decoy: the server reads with MSG_TRUNC, so that no byte is copied, and replies with the
 * words that a test of this lab used to send.
 *
 * Build: -O2
 */
#include "lab.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static int order[1024], said, came;

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "io_uring");
    for (;;) {
        char text[64];
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd == listener) {
            if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                continue;
            order[fd] = came++;
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            continue;
        }
        if (recv(fd, NULL, 4096, MSG_TRUNC) <= 0) {
            close_client(fd);
            continue;
        }
        int length = snprintf(text, sizeof text, "%c%02d-hello", 'A' + order[fd], ++said);
        send(fd, text, (size_t)length, 0);
    }
}
