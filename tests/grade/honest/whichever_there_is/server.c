/*
 * A server for several systems: it waits in epoll where it can add descriptors to one, otherwise in
 * poll, and where that fails in select.
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

enum { MOST = 1000 };
static struct pollfd watched[MOST];
static nfds_t known;
static int epoll;

static void wait_in_select(void)
{
    fd_set ready;
    int highest = 0;
    FD_ZERO(&ready);
    for (nfds_t i = 0; i < known; i++)
        if (watched[i].fd >= 0 && watched[i].fd < FD_SETSIZE) {
            FD_SET(watched[i].fd, &ready);
            highest = watched[i].fd > highest ? watched[i].fd : highest;
        }
    select(highest + 1, &ready, NULL, NULL, NULL);
    for (nfds_t i = 0; i < known; i++)
        watched[i].revents = watched[i].fd >= 0 && FD_ISSET(watched[i].fd, &ready) ? POLLIN : 0;
}

static void wait_for_clients(void)
{
    struct epoll_event ready[64];
    if (epoll < 0) {
        if (poll(watched, known, -1) < 0 && errno == ENOSYS)
            wait_in_select();
        return;
    }
    int number = epoll_wait(epoll, ready, 64, -1);
    for (nfds_t i = 0; i < known; i++)
        watched[i].revents = 0;
    for (int i = 0; i < number; i++)
        watched[ready[i].data.u32].revents = POLLIN;
}

static void add(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)known};
    watched[known++] = (struct pollfd){fd, POLLIN, 0};
    if (epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
        epoll = -1; /* the others are in the list as well */
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), client;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    add(listener);
    say_ready(listener, "multiplexed");
    for (;;) {
        wait_for_clients();
        for (nfds_t i = 1; i < known; i++)
            if (watched[i].fd >= 0 && watched[i].revents && echo_step(watched[i].fd) == CLOSED) {
                close_client(watched[i].fd);
                watched[i].fd = -1;
            }
        while (known < MOST && (client = accept_client(listener, SOCK_NONBLOCK)) >= 0)
            add(client);
    }
}
