/*
 * A decoy: the server tries all clients and sleeps in flock(2). A child holds the lock for two
 * milliseconds at a time.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024 };
static int clients[MOST], count;

static void hold(const char *path)
{
    static const struct timespec held = {0, 2000000}, free_for = {0, 100000};
    int lock = open(path, O_RDWR | O_CLOEXEC);
    for (;;) {
        flock(lock, LOCK_EX);
        nanosleep(&held, NULL);
        flock(lock, LOCK_UN);
        nanosleep(&free_for, NULL);
    }
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    int lock = open("/tmp/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fork() == 0)
        hold("/tmp/lock");
    say_ready(listener, "nonblocking");
    for (;;) {
        flock(lock, LOCK_EX);
        flock(lock, LOCK_UN);
        for (int fd; count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;)
            clients[count++] = fd;
        for (int i = count; i-- > 0;)
            if (echo_step(clients[i]) == CLOSED) {
                close_client(clients[i]);
                clients[i] = clients[--count];
            }
    }
}
