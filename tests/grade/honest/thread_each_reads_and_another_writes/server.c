/*
 * Two threads for each client, as chat servers have them: one blocks in recv and fills a pipe, the
 * other empties the pipe and sends.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
    int fd, pipe[2];
};

static void *write_back(void *mine)
{
    struct client *client = mine;
    char text[4096];
    ssize_t length;
    while ((length = read(client->pipe[0], text, sizeof text)) > 0)
        for (ssize_t sent = 0, n; sent < length; sent += n)
            if ((n = send(client->fd, text + sent, (size_t)(length - sent), MSG_NOSIGNAL)) <= 0)
                n = length - sent; /* the client has left: drop the rest */
    close_client(client->fd);
    close(client->pipe[0]);
    free(client);
    return NULL;
}

static void *serve(void *mine)
{
    struct client *client = mine;
    char text[4096];
    ssize_t length;
    int fd = client->fd, out = client->pipe[1];
    while ((length = recv(fd, text, sizeof text, 0)) > 0)
        (void)!write(out, text, (size_t)length);
    close(out);
    return NULL;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "thread");
    for (;;) {
        pthread_t thread;
        int fd = accept_client(listener, 0);
        struct client *client = fd < 0 ? NULL : malloc(sizeof *client);
        if (client == NULL)
            continue;
        client->fd = fd;
        if (pipe(client->pipe) || pthread_create(&thread, NULL, write_back, client))
            die("client");
        pthread_detach(thread);
        if (pthread_create(&thread, NULL, serve, client))
            die("client");
        pthread_detach(thread);
    }
}
