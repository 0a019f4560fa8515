/*
 * A decoy: the first process waits in select and only passes bytes on, to a second server of its
 * own on another port, which has a thread for each connection.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int other[FD_SETSIZE];

static void *serve(void *client)
{
    echo_until_closed((int)(intptr_t)client);
    close((int)(intptr_t)client);
    return NULL;
}

static void serve_behind(int listener)
{
    for (;;) {
        pthread_t thread;
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0 && pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
}

static void forward(int fd, fd_set *all)
{
    char text[16384];
    ssize_t length = recv(fd, text, sizeof text, 0);
    if (length > 0) {
        send(other[fd], text, (size_t)length, MSG_NOSIGNAL);
        return;
    }
    FD_CLR(fd, all);
    FD_CLR(other[fd], all);
    close(other[fd]);
    close(fd);
}

int main(void)
{
    fd_set all;
    struct sockaddr_in behind = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof behind;
    int back = socket(AF_INET, SOCK_STREAM, 0);
    obey_signals();
    if (bind(back, (struct sockaddr *)&behind, size) || listen(back, 512) ||
        getsockname(back, (struct sockaddr *)&behind, &size))
        die("second server");
    pid_t parent = getpid();
    if (fork() == 0) {
        follow_parent(parent);
        serve_behind(back);
    }
    close(back);
    int listener = open_listener(0), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        select(highest + 1, &ready, NULL, NULL, NULL);
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready) && FD_ISSET(fd, &all))
                forward(fd, &all);
        if (!FD_ISSET(listener, &ready))
            continue;
        int client = accept(listener, NULL, NULL), end = socket(AF_INET, SOCK_STREAM, 0);
        if (client < 0 || connect(end, (struct sockaddr *)&behind, sizeof behind))
            continue;
        other[client] = end;
        other[end] = client;
        FD_SET(client, &all);
        FD_SET(end, &all);
        highest = end > highest ? end : client > highest ? client : highest;
    }
}
