/*
 * A decoy: a ring is made and waits for ever for an event counter. The server serves by epoll.
 *
 * Build: -O2 -luring
 */
#include "lab.h"

#include <liburing.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

int main(void)
{
    struct io_uring ring;
    static uint64_t number;
    obey_signals();
    if (io_uring_queue_init(64, &ring, 0))
        die("io_uring_queue_init");
    io_uring_prep_read(io_uring_get_sqe(&ring), eventfd(0, 0), &number, sizeof number, 0);
    io_uring_submit(&ring);
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "io_uring");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd != listener) {
            if (echo_step(fd) == CLOSED)
                close_client(fd);
        } else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
