/*
 * epoll whose events carry a pointer to the client, not its descriptor.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <stdlib.h>

struct client {
    int fd;
};

static int epoll;

static void watch(int fd)
{
    struct client *client = malloc(sizeof *client);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    client->fd = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(0);
    watch(listener);
    say_ready(listener, "epoll");
    for (;;) {
        struct epoll_event events[16];
        int ready = epoll_wait(epoll, events, 16, -1);
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            int fd;
            if (client->fd == listener) {
                while ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0)
                    watch(fd);
            } else if (echo_step(client->fd) == CLOSED) {
                close_client(client->fd);
                free(client);
            }
        }
    }
}
