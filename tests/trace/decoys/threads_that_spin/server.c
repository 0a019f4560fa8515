/*
 * A decoy: a thread for each client. No thread sleeps: each tries its client in a loop.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/socket.h>

static void *serve(void *client)
{
    int fd = (int)(intptr_t)client;
    static __thread char text[4096];
    for (;;) {
        ssize_t length = recv(fd, text, sizeof text, MSG_DONTWAIT);
        if (length > 0)
            send(fd, text, (size_t)length, 0);
        else if (length == 0)
            break;
        else
            sched_yield();
    }
    close_client(fd);
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
        if (fd < 0)
            continue;
        pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd);
        pthread_detach(thread);
    }
}
