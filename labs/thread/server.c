/*
 * thread: a thread for every client.
 *
 * Wait:        the main thread sleeps inside accept, each client's own thread inside recv
 * Copy:        the client's thread, inside recv and send, before they return
 * Idle client: a sleeping thread: a kernel stack, and the used pages of its own stack
 * Ceiling:     threads (memory, pids limit, kernel.threads-max), then descriptors (EMFILE)
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>

/* Enough for the 16 KiB buffer of echo_until_closed. The default stack of 8 MiB takes only
 * address space until its pages are used, but thousands of such stacks reach a limit on address
 * space much sooner. */
enum { STACK_SIZE = 64 * 1024 };

/* recv and send block. The thread does nothing else until its client leaves. */
static void *serve_client(void *argument)
{
    int fd = (int)(intptr_t)argument;
    echo_until_closed(fd);
    close_client(fd);
    return NULL;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);

    /* No thread joins these threads: a detached thread frees its resources when it ends. */
    pthread_attr_t detached;
    if ((errno = pthread_attr_init(&detached)) != 0)
        die("pthread_attr_init");
    if ((errno = pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED)) != 0)
        die("pthread_attr_setdetachstate");
    if ((errno = pthread_attr_setstacksize(&detached, STACK_SIZE)) != 0)
        die("pthread_attr_setstacksize");
    say_ready(listener, "thread");

    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        pthread_t thread;
        if (pthread_create(&thread, &detached, serve_client, (void *)(intptr_t)fd) != 0)
            refuse_client(fd, "THREADS", fd);
    }
}
