/*
 * A pool of threads made before the first client; one at a time accepts, the one that holds a mutex, and
 * then blocks in recv for its client (UNP 30.11).
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <sys/socket.h>

enum { THREADS = 30 };
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int listener;

static void *serve(void *nothing)
{
    for (;;) {
        pthread_mutex_lock(&turn);
        int fd = accept_client(listener, 0);
        pthread_mutex_unlock(&turn);
        if (fd >= 0)
            echo_until_closed(fd);
    }
    return nothing;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    listener = open_listener(0);
    for (int i = 1; i < THREADS; i++)
        if (pthread_create(&thread, NULL, serve, NULL))
            die("pthread_create");
    say_ready(listener, "prethread");
    serve(NULL);
}
