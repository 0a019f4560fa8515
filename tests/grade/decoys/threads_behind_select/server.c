/*
 * A decoy: select waits for the listener alone; each client gets a thread that blocks in recv.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/socket.h>

static void *serve(void *client)
{
    echo_until_closed((int)(intptr_t)client);
    close_client((int)(intptr_t)client);
    return NULL;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready;
        pthread_t thread;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        select(listener + 1, &ready, NULL, NULL, NULL);
        int fd = accept_client(listener, 0);
        if (fd < 0 || pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0)
            continue;
        pthread_detach(thread);
    }
}
