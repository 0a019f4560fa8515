/*
 * A decoy: select waits, and every byte goes by splice to a second server in the same program, which has a
 * thread for each connection and sends it back; splice brings the reply to the client.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int other_of[FD_SETSIZE], pipe_of[FD_SETSIZE][2];
static struct sockaddr_in inner = {.sin_family = AF_INET};

static void *echoes(void *argument)
{
    int fd = (int)(intptr_t)argument;
    echo_until_closed(fd);
    return NULL;
}

static void *second_server(void *argument)
{
    pthread_t thread;
    int listener = (int)(intptr_t)argument, fd;
    while ((fd = accept(listener, NULL, NULL)) >= 0)
        if (pthread_create(&thread, NULL, echoes, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    return NULL;
}

static bool passed(int from, int to)
{
    ssize_t length = splice(from, NULL, pipe_of[from][1], NULL, 65536, SPLICE_F_NONBLOCK);
    if (length == 0)
        return false;
    for (ssize_t one; length > 0; length -= one)
        if ((one = splice(pipe_of[from][0], NULL, to, NULL, (size_t)length, 0)) <= 0)
            return false;
    return true;
}

int main(void)
{
    pthread_t thread;
    socklen_t size = sizeof inner;
    obey_signals();
    int second = socket(AF_INET, SOCK_STREAM, 0);
    inner.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(second, (struct sockaddr *)&inner, sizeof inner) || listen(second, 1024))
        die("listen");
    getsockname(second, (struct sockaddr *)&inner, &size);
    pthread_create(&thread, NULL, second_server, (void *)(intptr_t)second);
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    say_ready(listener, "select");
    for (;;) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        for (int fd = 0; fd <= highest; fd++)
            if (other_of[fd])
                FD_SET(fd, &ready);
        select(highest + 1, &ready, NULL, NULL, NULL);
        for (int fd = 0; fd <= highest; fd++) {
            int other = other_of[fd];
            if (!other || !FD_ISSET(fd, &ready) || passed(fd, other))
                continue;
            for (int i = 0; i < 2; i++, fd = other) {
                other_of[fd] = 0;
                close(fd);
                close(pipe_of[fd][0]);
                close(pipe_of[fd][1]);
            }
        }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, 0) : NO_CLIENT;
        if (fd < 0)
            continue;
        int other = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(other, (struct sockaddr *)&inner, sizeof inner) || other >= FD_SETSIZE - 4
            || pipe(pipe_of[fd]) || pipe(pipe_of[other])) {
            close_client(fd);
            close(other);
            continue;
        }
        other_of[fd] = other;
        other_of[other] = fd;
        highest = other > highest ? other : highest;
        highest = fd > highest ? fd : highest;
    }
}
