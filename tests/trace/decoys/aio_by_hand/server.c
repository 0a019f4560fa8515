/*
 * A decoy: a thread for each client reads as glibc's POSIX AIO does and sends the same signal.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024, LENGTH = 4096 };
static char texts[MOST][LENGTH];
static volatile ssize_t lengths[MOST];
static volatile int answered[MOST];
static pid_t first;
static int listener;

static void tell(int fd)
{
    siginfo_t about = {.si_signo = SIGRTMIN, .si_code = SI_ASYNCIO};
    about.si_pid = getpid();
    about.si_value.sival_int = fd;
    syscall(SYS_rt_tgsigqueueinfo, getpid(), first, SIGRTMIN, &about);
}

static void *read_for_it(void *client)
{
    int fd = (int)(intptr_t)client;
    do {
        int before = answered[fd];
        pread(fd, texts[fd], LENGTH, 0);
        lengths[fd] = read(fd, texts[fd], LENGTH);
        tell(fd);
        while (lengths[fd] > 0 && answered[fd] == before)
            nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    } while (lengths[fd] > 0);
    return NULL;
}

static void *take_in(void *unused)
{
    (void)unused;
    for (;;) {
        pthread_t thread;
        int fd = accept_client(listener, 0);
        if (fd >= 0 && fd < MOST) {
            pthread_create(&thread, NULL, read_for_it, (void *)(intptr_t)fd);
            pthread_detach(thread);
        }
    }
    return NULL;
}

int main(void)
{
    siginfo_t about;
    sigset_t signals;
    pthread_t accepts;
    obey_signals();
    sigemptyset(&signals);
    sigaddset(&signals, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    first = gettid();
    listener = open_listener(0);
    pthread_create(&accepts, NULL, take_in, NULL);
    say_ready(listener, "posix_aio");
    for (;;) {
        if (sigwaitinfo(&signals, &about) < 0)
            continue;
        int fd = about.si_value.sival_int;
        if (lengths[fd] > 0)
            send(fd, texts[fd], (size_t)lengths[fd], MSG_NOSIGNAL);
        else
            close_client(fd);
        answered[fd]++;
    }
}
