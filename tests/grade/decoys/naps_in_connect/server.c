/*
 * A decoy: the server claims never to sleep, and sleeps between two rounds: in connect, to a listening socket
 * whose queue is full, for the millisecond after which it gives up (SO_SNDTIMEO).
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 1024 };
static struct sockaddr_un full = {.sun_family = AF_UNIX};

static int connecting(long microseconds)
{
    struct timeval limit = {0, microseconds};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    connect(fd, (struct sockaddr *)&full, sizeof full);
    return fd;
}

int main(void)
{
    static int clients[MOST];
    int count = 0, fd;
    obey_signals();
    snprintf(full.sun_path + 1, sizeof full.sun_path - 1, "full-%d", (int)getpid());
    int deaf = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(deaf, (struct sockaddr *)&full, sizeof full) || listen(deaf, 0))
        die("listen");
    connecting(1000);
    connecting(1000);
    int listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "nonblocking");
    for (;;) {
        while (count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0)
            clients[count++] = fd;
        for (int i = count; i-- > 0;)
            if (echo_step(clients[i]) == CLOSED) {
                close_client(clients[i]);
                clients[i] = clients[--count];
            }
        close(connecting(1000));
    }
}
