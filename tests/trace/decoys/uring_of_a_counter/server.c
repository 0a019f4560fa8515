/*
 * A decoy: io_uring reads an event counter. A thread polls and reads the clients itself and
 * then raises the counter.
 *
 * Build: -O2 -pthread -luring
 */
#include "lab.h"

#include <liburing.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;
static char texts[MOST][4096];
static ssize_t lengths[MOST];
static int counter, back[2];

static void *read_all(void *unused)
{
    (void)unused;
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;) {
            int fd = watched[slot].fd;
            uint64_t number = (uint64_t)fd;
            char byte;
            if (!watched[slot].revents)
                continue;
            lengths[fd] = recv(fd, texts[fd], sizeof texts[fd], 0);
            if (lengths[fd] <= 0) {
                close_client(fd);
                watched[slot] = watched[--count];
                continue;
            }
            (void)!write(counter, &number, sizeof number);
            (void)!read(back[0], &byte, 1);
        }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
    return NULL;
}

int main(void)
{
    struct io_uring ring;
    pthread_t helper;
    obey_signals();
    counter = eventfd(0, 0);
    if (io_uring_queue_init(8, &ring, 0) || pipe(back))
        die("io_uring_queue_init");
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    pthread_create(&helper, NULL, read_all, NULL);
    say_ready(watched[0].fd, "io_uring");
    for (;;) {
        struct io_uring_cqe *done;
        uint64_t fd;
        io_uring_prep_read(io_uring_get_sqe(&ring), counter, &fd, sizeof fd, 0);
        io_uring_submit(&ring);
        if (io_uring_wait_cqe(&ring, &done))
            continue;
        io_uring_cqe_seen(&ring, done);
        send((int)fd, texts[fd], (size_t)lengths[fd], 0);
        (void)!write(back[1], "x", 1);
    }
}
