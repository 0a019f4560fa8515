/*
 * A decoy: each client has a process that waits in recv with MSG_PEEK and then writes the client's
 * number into a pipe. The first process, which reads the pipe, copies and replies for all.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static int bell[2], again[2];

static void peek(int fd, int parent)
{
    char byte;
    follow_parent(parent);
    for (;;) {
        ssize_t length = recv(fd, &byte, 1, MSG_PEEK);
        (void)!write(bell[1], &fd, sizeof fd);
        if (length <= 0)
            _exit(0);
        poll(NULL, 0, 1);
    }
}

int main(void)
{
    obey_signals();
    signal(SIGCHLD, SIG_IGN);
    int listener = open_listener(SOCK_NONBLOCK), parent = getpid();
    if (pipe(bell) || pipe(again))
        die("pipe");
    say_ready(listener, "fork");
    if (fork() == 0) { /* rings for each client that comes */
        follow_parent(parent);
        for (;;) {
            int none = -1;
            char byte;
            struct pollfd come = {listener, POLLIN, 0};
            poll(&come, 1, -1);
            (void)!write(bell[1], &none, sizeof none);
            (void)!read(again[0], &byte, 1);
        }
    }
    for (;;) {
        int fd, client;
        if (read(bell[0], &fd, sizeof fd) != sizeof fd)
            continue;
        if (fd >= 0) {
            char text[16384];
            ssize_t length = recv(fd, text, sizeof text, MSG_DONTWAIT);
            if (length > 0)
                send(fd, text, (size_t)length, MSG_NOSIGNAL);
            else if (length == 0)
                close_client(fd);
            continue;
        }
        while ((client = accept_client(listener, 0)) >= 0)
            if (fork() == 0)
                peek(client, parent);
        (void)!write(again[1], "x", 1);
    }
}
