/*
 * A decoy: select serves the first eight clients. The ninth starts a pool of threads, each of which
 * waits in poll for its share of all later clients.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <poll.h>
#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024, FIRST = 8, POOL = 4 };

static struct worker {
    struct pollfd watched[MOST];
    int bell[2];
} pool[POOL];

static void *serve(void *mine)
{
    struct worker *worker = mine;
    nfds_t count = 1;
    worker->watched[0] = (struct pollfd){worker->bell[0], POLLIN, 0};
    for (;;) {
        poll(worker->watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (worker->watched[slot].revents) {
                char text[4096];
                int fd = worker->watched[slot].fd;
                ssize_t length = recv(fd, text, sizeof text, 0);
                if (length > 0) {
                    send(fd, text, (size_t)length, MSG_NOSIGNAL);
                    continue;
                }
                close(fd);
                worker->watched[slot] = worker->watched[--count];
            }
        int fd;
        if (worker->watched[0].revents && read(worker->bell[0], &fd, sizeof fd) == sizeof fd)
            worker->watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
    return NULL;
}

static void start(void)
{
    for (int i = 0; i < POOL; i++) {
        pthread_t thread;
        if (pipe(pool[i].bell) || pthread_create(&thread, NULL, serve, &pool[i]))
            die("pool");
    }
}

int main(void)
{
    fd_set all;
    int seen = 0;
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        select(highest + 1, &ready, NULL, NULL, NULL);
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready) && echo_step(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd < 0)
            continue;
        if (seen++ == FIRST)
            start();
        if (seen > FIRST) {
            (void)!write(pool[fd % POOL].bell[1], &fd, sizeof fd);
            continue;
        }
        FD_SET(fd, &all);
        highest = fd > highest ? fd : highest;
    }
}
