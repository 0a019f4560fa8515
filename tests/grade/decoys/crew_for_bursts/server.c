/*
 * A decoy: the first thread waits in select, and serves up to three clients that are ready at once.
 * More of them it leaves to three threads, which do every recv and send, and waits for these.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREW = 3, MANY = 4 };
static atomic_uint turn, busy;
static int jobs[FD_SETSIZE], count;
static bool left[FD_SETSIZE];

static void futex(atomic_uint *word, int how, unsigned value)
{
    syscall(SYS_futex, (void *)word, how, value, NULL, NULL, 0);
}

static void serve(int job)
{
    char text[16384];
    ssize_t length = recv(jobs[job], text, sizeof text, MSG_DONTWAIT);
    if (length > 0)
        send(jobs[job], text, (size_t)length, MSG_NOSIGNAL);
    left[job] = length == 0;
}

static void *help(void *mine)
{
    for (unsigned seen = 0;; seen++) {
        while (atomic_load(&turn) == seen)
            futex(&turn, FUTEX_WAIT, seen);
        for (int job = (int)(long)mine; job < count; job += CREW)
            serve(job);
        if (atomic_fetch_sub(&busy, 1) == 1)
            futex(&busy, FUTEX_WAKE, 1);
    }
    return NULL;
}

static void let_the_crew_serve(void)
{
    unsigned still;
    atomic_store(&busy, CREW);
    atomic_fetch_add(&turn, 1);
    futex(&turn, FUTEX_WAKE, CREW);
    while ((still = atomic_load(&busy)) != 0)
        futex(&busy, FUTEX_WAIT, still);
}

int main(void)
{
    fd_set all;
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    for (long i = 0; i < CREW; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, help, (void *)i);
    }
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        select(highest + 1, &ready, NULL, NULL, NULL);
        count = 0;
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready))
                jobs[count++] = fd;
        if (count >= MANY)
            let_the_crew_serve();
        else
            for (int job = 0; job < count; job++)
                serve(job);
        for (int job = 0; job < count; job++)
            if (left[job]) {
                FD_CLR(jobs[job], &all);
                close_client(jobs[job]);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
