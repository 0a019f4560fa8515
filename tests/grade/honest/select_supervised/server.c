/*
 * select in a child; the first process only waits for the child's end, to start another.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(int listener)
{
    fd_set all;
    int highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    for (;;) {
        fd_set ready = all;
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready) && echo_step(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}

int main(void)
{
    obey_signals();
    pid_t parent = getpid();
    int listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "select");
    for (;;) {
        if (fork() == 0) {
            follow_parent(parent);
            serve(listener);
        }
        wait(NULL);
    }
}
