/*
 * Three threads, each with an epoll of its own; the first thread accepts, and gives the clients to
 * them in turn.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { THREADS = 3 };

static void *serve(void *mine)
{
    int epoll = (int)(intptr_t)mine;
    for (;;) {
        struct epoll_event event;
        char text[16384];
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        ssize_t length = recv(event.data.fd, text, sizeof text, 0);
        if (length > 0)
            send(event.data.fd, text, (size_t)length, MSG_NOSIGNAL);
        else
            close_client(event.data.fd);
    }
    return NULL;
}

int main(void)
{
    int epolls[THREADS];
    obey_signals();
    int listener = open_listener(0);
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        epolls[i] = epoll_create1(EPOLL_CLOEXEC);
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)epolls[i]))
            die("pthread_create");
    }
    say_ready(listener, "epoll_threads");
    for (unsigned next = 0;; next++) {
        int fd = accept_client(listener, 0);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (fd >= 0)
            epoll_ctl(epolls[next % THREADS], EPOLL_CTL_ADD, fd, &event);
    }
}
