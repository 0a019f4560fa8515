/*
 * A process for each client. The first process waits in select for the listener and for one pipe of
 * each child: a child that has ended has written how much it echoed, and its pipe is closed.
 *
 * Build: -O2
 */
#include "lab.h"

#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static fd_set all;
static int listener, highest;
static unsigned long echoed;

static _Noreturn void serve(int fd, int report)
{
    char text[12288];
    unsigned long total = 0;
    ssize_t length;
    for (int other = 0; other <= highest; other++)
        if (FD_ISSET(other, &all))
            close(other);
    while ((length = recv(fd, text, sizeof text, 0)) > 0 &&
           send(fd, text, (size_t)length, MSG_NOSIGNAL) == length)
        total += (unsigned long)length;
    close(fd);
    _exit(write(report, &total, sizeof total) == -1);
}

static void begin(int fd)
{
    int ends[2], parent = getpid();
    if (pipe(ends))
        die("pipe");
    pid_t child = ends[0] < FD_SETSIZE ? fork() : -1;
    if (child == 0) {
        follow_parent(parent);
        close(ends[0]);
        serve(fd, ends[1]);
    }
    close(ends[1]);
    close_client(fd);
    if (child == -1) {
        close(ends[0]);
        return;
    }
    FD_SET(ends[0], &all);
    highest = ends[0] > highest ? ends[0] : highest;
}

int main(void)
{
    obey_signals();
    signal(SIGCHLD, SIG_IGN); /* the kernel reaps */
    listener = highest = open_listener(SOCK_NONBLOCK);
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "fork");
    for (;;) {
        fd_set ready = all;
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        for (int fd = 0; fd <= highest; fd++) {
            unsigned long total;
            if (fd == listener || !FD_ISSET(fd, &ready))
                continue;
            if (read(fd, &total, sizeof total) == sizeof total)
                echoed += total;
            FD_CLR(fd, &all);
            close(fd);
        }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, 0) : NO_CLIENT;
        if (fd >= 0)
            begin(fd);
    }
}
