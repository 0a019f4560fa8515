/*
 * A decoy: epoll wakes the thread, which reads eight bytes of an event counter and echoes the
 * client by splice through a pipe: no byte of the client enters the process.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int pipes[2], counter = eventfd(0, EFD_NONBLOCK);
    obey_signals();
    if (pipe2(pipes, O_NONBLOCK))
        die("pipe2");
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    for (;;) {
        uint64_t one = 1;
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd == listener) {
            if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                continue;
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            continue;
        }
        (void)!write(counter, &one, sizeof one);
        (void)!read(counter, &one, sizeof one);
        ssize_t moved = splice(fd, NULL, pipes[1], NULL, 4096, SPLICE_F_NONBLOCK);
        if (moved <= 0)
            close_client(fd);
        else
            splice(pipes[0], NULL, fd, NULL, (size_t)moved, 0);
    }
}
