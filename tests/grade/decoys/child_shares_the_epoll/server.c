/*
 * A decoy: the first process waits in epoll for all clients, but only for their urgent data; its child, which
 * has the same descriptors, waits in select for their bytes and serves.
 *
 * Build: -O2
 */
#include "lab.h"

#include <stdint.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int listener, set;

static void serve(int parent)
{
    static bool known[FD_SETSIZE];
    int highest = listener;
    follow_parent(parent);
    for (;;) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        for (int fd = 0; fd <= highest; fd++)
            if (known[fd])
                FD_SET(fd, &ready);
        select(highest + 1, &ready, NULL, NULL, NULL);
        for (int fd = 0; fd <= highest; fd++)
            if (known[fd] && FD_ISSET(fd, &ready) && echo_step(fd) == CLOSED) {
                known[fd] = false;
                close_client(fd);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            struct epoll_event want = {.events = EPOLLPRI, .data.fd = fd};
            epoll_ctl(set, EPOLL_CTL_ADD, fd, &want);
            known[fd] = true;
            highest = fd > highest ? fd : highest;
        }
    }
}

int main(void)
{
    struct epoll_event events[8];
    int parent = getpid();
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    set = epoll_create1(0);
    if (fork() == 0)
        serve(parent);
    say_ready(listener, "epoll");
    for (;;)
        epoll_wait(set, events, 8, -1);
}
