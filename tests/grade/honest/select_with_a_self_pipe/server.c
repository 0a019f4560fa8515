/*
 * select beside a pipe into which a signal handler writes (the self-pipe trick), and a timer that
 * sends that signal four times a second.
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static int own[2];

static void ring(int number)
{
    int before = errno;
    (void)!write(own[1], &number, 1);
    errno = before;
}

int main(void)
{
    fd_set all;
    struct itimerval quarter = {{0, 250000}, {0, 250000}};
    obey_signals();
    if (pipe(own) || fcntl(own[0], F_SETFL, O_NONBLOCK) || fcntl(own[1], F_SETFL, O_NONBLOCK))
        die("pipe");
    signal(SIGALRM, ring);
    setitimer(ITIMER_REAL, &quarter, NULL);
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    FD_SET(own[0], &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        char bytes[64];
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        if (FD_ISSET(own[0], &ready))
            (void)!read(own[0], bytes, sizeof bytes);
        for (int fd = own[1] + 1; fd <= highest; fd++)
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
