/*
 * One client at a time; a second thread writes a log, which comes by a pipe.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <unistd.h>

static int log_pipe[2];

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
    if (pipe(log_pipe) || pthread_create(&thread, NULL, write_log, NULL))
        die("pipe");
    int listener = open_listener(0);
    say_ready(listener, "blocking");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        (void)!write(log_pipe[1], ".", 1);
        echo_until_closed(fd);
        close_client(fd);
    }
}
