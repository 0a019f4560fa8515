/*
 * A decoy: another thread polls the clients and writes into a pipe; the serving thread sleeps
 * in epoll, only on the pipe.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
static int clients[MOST], count, listener;

static void ask_all(void)
{
    for (int i = count - 1; i >= 0; i--)
        if (echo_step(clients[i]) == CLOSED) {
            close_client(clients[i]);
            clients[i] = clients[--count];
        }
    for (int fd; (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;)
        clients[count++] = fd;
}

static int back[2];

static int wake[2];

/* The thread that actually waits. It hands over when a client has sent bytes. */
static void *wait_for_all(void *unused)
{
    (void)unused;
    for (;;) {
        struct pollfd all[MOST + 1];
        int watched = count;
        for (int i = 0; i < watched; i++)
            all[i] = (struct pollfd){clients[i], POLLIN, 0};
        all[watched] = (struct pollfd){listener, POLLIN, 0};
        if (poll(all, (nfds_t)watched + 1, -1) > 0) {
            char done;
            (void)!write(wake[1], "x", 1);
            (void)!read(back[0], &done, 1);
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t helper;
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    if (pipe(wake) || pipe(back))
        die("pipe");
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = wake[0]};
    epoll_ctl(epoll, EPOLL_CTL_ADD, wake[0], &event);
    pthread_create(&helper, NULL, wait_for_all, NULL);
    say_ready(listener, "epoll");
    for (;;) {
        char byte;
        if (epoll_wait(epoll, &event, 1, -1) == 1 && read(wake[0], &byte, 1) == 1) {
            ask_all();
            (void)!write(back[1], "x", 1);
        }
    }
}
