/*
 * A decoy: the server forks twice, and the grandchild, which has lost its parent and has a session
 * of its own, waits in poll. The first process waits in select for the listener.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];

static void serve(int listener)
{
    nfds_t count = 1;
    watched[0] = (struct pollfd){listener, POLLIN, 0};
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents && echo_step(watched[slot].fd) == CLOSED) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}

int main(void)
{
    int status;
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    pid_t child = fork();
    if (child == 0) {
        setsid();
        if (fork() == 0)
            serve(listener);
        _exit(0);
    }
    waitpid(child, &status, 0);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        select(listener + 1, &ready, NULL, NULL, NULL);
        usleep(20000);
    }
}
