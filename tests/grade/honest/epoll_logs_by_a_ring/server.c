/*
 * epoll, and a log whose lines io_uring writes; where there is no ring, write does.
 *
 * Build: -O2 -luring
 */
#define _GNU_SOURCE
#include "lab.h"

#include <liburing.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static struct io_uring ring;
static bool has_ring;
static int journal;

static void note(const char *line)
{
    struct io_uring_cqe *done;
    struct io_uring_sqe *entry = has_ring ? io_uring_get_sqe(&ring) : NULL;
    if (entry == NULL) {
        (void)!write(journal, line, strlen(line));
        return;
    }
    io_uring_prep_write(entry, journal, line, (unsigned)strlen(line), (__u64)-1);
    io_uring_submit(&ring);
    while (io_uring_peek_cqe(&ring, &done) == 0)
        io_uring_cqe_seen(&ring, done);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(0), client;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[64];
    journal = memfd_create("journal", MFD_CLOEXEC);
    has_ring = io_uring_queue_init(64, &ring, 0) == 0;
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    for (;;) {
        int number = epoll_wait(epoll, ready, 64, -1);
        for (int i = 0; i < number; i++) {
            int fd = ready[i].data.fd;
            if (fd != listener) {
                if (echo_step(fd) == CLOSED) {
                    close_client(fd);
                    note("a client left\n");
                }
            } else if ((client = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
                event.data.fd = client;
                epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
                note("a client came\n");
            }
        }
    }
}
