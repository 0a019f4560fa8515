/*
 * A decoy: the thread in poll serves up to sixteen clients. If there are more, it writes the number
 * of each ready one into a pipe; four threads read these, serve, and answer by a second pipe, which
 * poll watches too.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024, FEW = 16, POOL = 4 };
static struct pollfd watched[MOST]; /* index: descriptor */
static int clients, jobs[2], results[2];

/* The descriptor, or its complement if the client has left. */
static int serve(int fd)
{
    char text[16384];
    ssize_t length = recv(fd, text, sizeof text, 0);
    if (length > 0)
        send(fd, text, (size_t)length, MSG_NOSIGNAL);
    return length == 0 ? ~fd : fd;
}

static void *help(void *unused)
{
    int fd;
    while (read(jobs[0], &fd, sizeof fd) == sizeof fd) {
        fd = serve(fd);
        (void)!write(results[1], &fd, sizeof fd);
    }
    return unused;
}

static void settle(int result)
{
    int fd = result < 0 ? ~result : result;
    watched[fd].fd = result < 0 ? -1 : fd;
    if (result < 0) {
        close_client(fd);
        clients--;
    }
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), highest, fd;
    if (pipe(jobs) || pipe(results))
        die("pipe");
    highest = results[1];
    for (int i = 0; i < MOST; i++)
        watched[i] = (struct pollfd){i == listener || i == results[0] ? i : -1, POLLIN, 0};
    for (int i = 0; i < POOL; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, help, NULL);
    }
    say_ready(listener, "poll");
    for (;;) {
        int some[64];
        poll(watched, (nfds_t)highest + 1, -1);
        for (fd = results[1] + 1; fd <= highest; fd++) {
            if (watched[fd].fd < 0 || !watched[fd].revents)
                continue;
            if (clients <= FEW) {
                settle(serve(fd));
                continue;
            }
            watched[fd].fd = -1; /* until a thread has served it */
            (void)!write(jobs[1], &fd, sizeof fd);
        }
        ssize_t length = watched[results[0]].revents ? read(results[0], some, sizeof some) : 0;
        for (int i = 0; i < (int)(length / (ssize_t)sizeof *some); i++)
            settle(some[i]);
        while (watched[listener].revents &&
               (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0 && fd < MOST) {
            watched[fd].fd = fd;
            clients++;
            highest = fd > highest ? fd : highest;
        }
    }
}
