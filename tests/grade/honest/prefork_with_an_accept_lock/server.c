/*
 * Processes that were forked before the first client; one at a time accepts, the one that holds a lock
 * (a semaphore in shared memory), as in Apache's prefork.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <errno.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CHILDREN = 60 };

int main(void)
{
    obey_signals();
    int listener = open_listener(0), parent = getpid();
    sem_t *turn = mmap(NULL, sizeof *turn, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (turn == MAP_FAILED || sem_init(turn, 1, 1))
        die("sem_init");
    for (int i = 0; i < CHILDREN; i++) {
        if (fork())
            continue;
        follow_parent(parent);
        for (;;) {
            while (sem_wait(turn) && errno == EINTR)
                ;
            int fd = accept_client(listener, 0);
            sem_post(turn);
            if (fd >= 0)
                echo_until_closed(fd);
        }
    }
    say_ready(listener, "prefork");
    for (;;)
        pause();
}
