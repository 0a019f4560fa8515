/*
 * A decoy: POSIX AIO reads from a pair of sockets, into which a thread that waits in poll for all clients
 * writes the number of each that is ready; the thread that gets AIO's signal then receives and replies.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <aio.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;
static int pair[2], listener;

static void *watches(void *nothing)
{
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents) {
                int fd = watched[slot].fd, done;
                if (write(pair[0], &fd, sizeof fd) != sizeof fd
                    || read(pair[0], &done, sizeof done) != sizeof done)
                    return nothing;
                if (done)
                    watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && count < MOST)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}

int main(void)
{
    static int number;
    struct aiocb next = {.aio_buf = &number, .aio_nbytes = sizeof number};
    pthread_t thread;
    sigset_t done;
    siginfo_t news;
    obey_signals();
    sigemptyset(&done);
    sigaddset(&done, SIGRTMIN);
    pthread_sigmask(SIG_BLOCK, &done, NULL);
    listener = open_listener(SOCK_NONBLOCK);
    watched[0] = (struct pollfd){listener, POLLIN, 0};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        die("socketpair");
    next.aio_fildes = pair[1];
    next.aio_sigevent.sigev_notify = SIGEV_SIGNAL;
    next.aio_sigevent.sigev_signo = SIGRTMIN;
    pthread_create(&thread, NULL, watches, NULL);
    say_ready(listener, "posix_aio");
    for (aio_read(&next);; aio_read(&next)) {
        sigwaitinfo(&done, &news);
        if (aio_error(&next) != 0 || aio_return(&next) != sizeof number)
            continue;
        int ended = echo_step(number) == CLOSED;
        if (ended)
            close_client(number);
        if (write(pair[1], &ended, sizeof ended) != sizeof ended)
            die("write");
    }
}
