/*
 * A decoy: a ring whose submissions a thread of the kernel takes (SQPOLL) has nothing to do but
 * time-outs; a thread for each client blocks in recv.
 *
 * Build: -O2 -luring -pthread
 * Needs: io_uring
 */
#include "lab.h"

#include <liburing.h>
#include <pthread.h>
#include <stdint.h>

static int listener;

static void *serve(void *client)
{
    echo_until_closed((int)(intptr_t)client);
    close_client((int)(intptr_t)client);
    return NULL;
}

static void *come(void *unused)
{
    (void)unused;
    for (;;) {
        pthread_t thread;
        int fd = accept_client(listener, 0);
        if (fd >= 0 && pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
    return NULL;
}

int main(void)
{
    struct io_uring ring;
    struct io_uring_params params = {.flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 10};
    pthread_t thread;
    obey_signals();
    listener = open_listener(0);
    if (io_uring_queue_init_params(64, &ring, &params))
        die("io_uring_queue_init_params");
    pthread_create(&thread, NULL, come, NULL);
    say_ready(listener, "io_uring");
    for (;;) {
        struct __kernel_timespec time = {.tv_nsec = 100000000};
        struct io_uring_cqe *done;
        io_uring_prep_timeout(io_uring_get_sqe(&ring), &time, 0, 0);
        io_uring_submit(&ring);
        if (io_uring_wait_cqe(&ring, &done) == 0)
            io_uring_cqe_seen(&ring, done);
    }
}
