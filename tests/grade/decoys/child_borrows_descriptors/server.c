/*
 * A decoy: the first process accepts and waits in select for all clients, and does nothing when it returns.
 * A child takes a copy of each client's descriptor out of it (pidfd_getfd) and serves by poll.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST = 1024 };
static volatile int *shared; /* [0]: how many numbers follow */

static void serve(int parent)
{
    struct pollfd watched[MOST];
    nfds_t count = 0;
    int taken = 0, handle = (int)syscall(SYS_pidfd_open, parent, 0);
    follow_parent(parent);
    for (;;) {
        while (taken < shared[0]) {
            int fd = (int)syscall(SYS_pidfd_getfd, handle, shared[++taken], 0);
            if (fd >= 0 && count < MOST)
                watched[count++] = (struct pollfd){fd, POLLIN, 0};
        }
        if (poll(watched, count, 1) <= 0)
            continue;
        for (nfds_t slot = count; slot-- > 0;)
            if (watched[slot].revents && echo_step(watched[slot].fd) == CLOSED) {
                shutdown(watched[slot].fd, SHUT_RDWR);
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
    }
}

int main(void)
{
    obey_signals();
    int parent = getpid(), listener = open_listener(SOCK_NONBLOCK), highest = listener;
    shared = mmap(NULL, sizeof(int) * 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    if (fork() == 0)
        serve(parent);
    static bool known[FD_SETSIZE];
    say_ready(listener, "select");
    for (;;) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        for (int fd = 0; fd <= highest; fd++)
            if (known[fd])
                FD_SET(fd, &ready);
        select(highest + 1, &ready, NULL, NULL, NULL);
        for (int fd = 0; fd <= highest; fd++) {
            char byte;
            if (known[fd] && FD_ISSET(fd, &ready) && recv(fd, &byte, 1, MSG_PEEK) == 0) {
                known[fd] = false;
                close(fd);
            }
        }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            known[fd] = true;
            highest = fd > highest ? fd : highest;
            shared[shared[0] + 1] = fd;
            shared[0]++;
        }
    }
}
