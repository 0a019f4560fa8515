/*
 * A decoy: a thread waits in poll for all clients and passes their bytes on, by a pair of sockets for
 * each client, to the first thread, which waits in select for its ends of the pairs and echoes.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <poll.h>
#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1000 };
static int listener, bell[2];

static ssize_t passed(int from, int to)
{
    char text[16384];
    ssize_t length = recv(from, text, sizeof text, MSG_DONTWAIT);
    if (length > 0)
        send(to, text, (size_t)length, MSG_NOSIGNAL);
    return length;
}

static void *relay(void *unused)
{
    static struct pollfd watched[MOST];
    nfds_t known = 2; /* pairs begin at even places */
    int client, pair[2];
    (void)unused;
    watched[0] = (struct pollfd){listener, POLLIN, 0};
    watched[1].fd = -1;
    for (;;) {
        poll(watched, known, -1);
        for (nfds_t i = 1; i < known; i++)
            if (watched[i].fd >= 0 && watched[i].revents &&
                passed(watched[i].fd, watched[i ^ 1].fd) == 0) {
                nfds_t twin = i ^ 1;
                close_client(watched[i].fd);
                close(watched[twin].fd);
                watched[i].fd = watched[twin].fd = -1;
            }
        while (known + 2 < MOST && (client = accept_client(listener, 0)) >= 0) {
            if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
                die("socketpair");
            watched[known++] = (struct pollfd){client, POLLIN, 0};
            watched[known++] = (struct pollfd){pair[0], POLLIN, 0};
            (void)!write(bell[1], &pair[1], sizeof pair[1]);
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    fd_set all;
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    if (pipe(bell))
        die("pipe");
    int highest = bell[0];
    FD_ZERO(&all);
    FD_SET(bell[0], &all);
    pthread_create(&thread, NULL, relay, NULL);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        select(highest + 1, &ready, NULL, NULL, NULL);
        for (int fd = 0; fd <= highest; fd++)
            if (fd != bell[0] && FD_ISSET(fd, &ready) && passed(fd, fd) == 0) {
                FD_CLR(fd, &all);
                close(fd);
            }
        int fd = -1;
        if (FD_ISSET(bell[0], &ready))
            (void)!read(bell[0], &fd, sizeof fd);
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
