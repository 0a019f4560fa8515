/*
 * A decoy: select waits and recv copies in one thread, and a second thread sends all replies.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 2048 };
static struct message {
    int fd;
    int length;
    char text[SIZE];
} in, out;
static int channel[2];

static void *reply(void *unused)
{
    (void)unused;
    while (read(channel[0], &out, sizeof out) == sizeof out)
        if (out.length > 0)
            send(out.fd, out.text, (size_t)out.length, MSG_NOSIGNAL);
        else
            close_client(out.fd);
    return NULL;
}

int main(void)
{
    fd_set all;
    pthread_t thread;
    obey_signals();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel) ||
        pthread_create(&thread, NULL, reply, NULL))
        die("channel");
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        for (int fd = 0; fd <= highest; fd++) {
            if (fd == listener || !FD_ISSET(fd, &ready))
                continue;
            ssize_t length = recv(fd, in.text, SIZE, 0);
            in.fd = fd;
            in.length = length > 0 ? (int)length : 0;
            if (length <= 0)
                FD_CLR(fd, &all);
            (void)!write(channel[1], &in, sizeof in);
        }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, 0) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
