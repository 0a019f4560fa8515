/*
 * A thread for each client, which waits in splice and echoes through a pipe.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <fcntl.h>
#include <unistd.h>

static void *serve(void *client)
{
    int fd = (int)(intptr_t)client, ends[2];
    if (pipe(ends))
        return NULL;
    for (ssize_t moved; (moved = splice(fd, NULL, ends[1], NULL, 1 << 16, 0)) > 0;)
        splice(ends[0], NULL, fd, NULL, (size_t)moved, 0);
    close(ends[0]);
    close(ends[1]);
    close_client(fd);
    return NULL;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "thread");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        pthread_t thread;
        pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd);
        pthread_detach(thread);
    }
}
