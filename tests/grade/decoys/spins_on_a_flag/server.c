/*
 * A decoy: one thread never sleeps, but it makes no call either: it looks at a flag, which another
 * thread sets that waits in poll for all clients. Only then are the clients asked.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum { MOST = 1100 };
static struct pollfd watched[MOST];
static nfds_t known;
static atomic_bool came;

static void *wait_for_all(void *unused)
{
    (void)unused;
    for (;;) {
        poll(watched, known, -1);
        atomic_store(&came, true);
        while (atomic_load(&came))
            ;
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), client;
    watched[known++] = (struct pollfd){listener, POLLIN, 0};
    pthread_create(&thread, NULL, wait_for_all, NULL);
    say_ready(listener, "nonblocking");
    for (;;) {
        while (!atomic_load(&came))
            ;
        for (nfds_t i = 1; i < known; i++)
            if (watched[i].fd >= 0 && watched[i].revents && echo_step(watched[i].fd) == CLOSED) {
                close_client(watched[i].fd);
                watched[i].fd = -1;
            }
        while (known < MOST && (client = accept_client(listener, SOCK_NONBLOCK)) >= 0)
            watched[known++] = (struct pollfd){client, POLLIN, 0};
        atomic_store(&came, false);
    }
}
