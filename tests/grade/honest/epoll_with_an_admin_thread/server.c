/*
 * epoll for the clients; a second thread blocks in accept and read on a socket of its own, for an
 * operator's commands, and a third writes a log that comes by a pipe.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int commands[2], log_pipe[2];

static void *obey(void *unused)
{
    char byte;
    (void)unused;
    while (recv(commands[1], &byte, 1, 0) == 1)
        send(commands[1], &byte, 1, MSG_NOSIGNAL);
    return NULL;
}

static void *write_log(void *unused)
{
    char byte;
    (void)unused;
    while (read(log_pipe[0], &byte, 1) == 1)
        (void)!write(STDERR_FILENO, &byte, 1);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, commands) || pipe(log_pipe) ||
        pthread_create(&thread, NULL, obey, NULL) || pthread_create(&thread, NULL, write_log, NULL))
        die("threads");
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd != listener) {
            if (echo_step(fd) == CLOSED)
                close_client(fd);
        } else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
