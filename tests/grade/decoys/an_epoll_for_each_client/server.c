/*
 * A decoy: it says that it serves by events. Each client has a thread, which waits in an epoll of its
 * own for this one client.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whether the client is still there. lab.c has one buffer for all: it is for one thread. */
static bool echoed(int fd)
{
    char text[16384];
    ssize_t length = recv(fd, text, sizeof text, MSG_DONTWAIT);
    if (length > 0)
        send(fd, text, (size_t)length, MSG_NOSIGNAL);
    return length != 0;
}

static void *serve(void *client)
{
    int fd = (int)(intptr_t)client, epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    while (epoll_wait(epoll, &event, 1, -1) != 1 || echoed(fd))
        ;
    close(epoll);
    close_client(fd);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "events");
    for (;;) {
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd >= 0 && pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
}
