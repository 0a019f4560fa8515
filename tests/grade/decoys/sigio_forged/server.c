/*
 * A decoy: a second thread waits in poll, and sends the first one a signal that looks as if the kernel
 * had sent it for the client's descriptor: si_code is POLL_IN, and si_fd its number.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST = 1100 };
static struct pollfd watched[MOST];
static nfds_t known;
static sem_t served;

static void *wait_for_all(void *unused)
{
    (void)unused;
    for (;;) {
        if (poll(watched, known, -1) < 1)
            continue;
        for (nfds_t i = 0; i < known; i++) {
            siginfo_t told = {.si_signo = SIGRTMIN, .si_code = POLL_IN};
            if (!watched[i].revents)
                continue;
            told.si_fd = watched[i].fd;
            /* The kernel lets a thread send such a signal to itself alone; all threads block it. */
            if (syscall(SYS_rt_sigqueueinfo, gettid(), SIGRTMIN, &told))
                die("rt_sigqueueinfo");
            sem_wait(&served);
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    sigset_t mine;
    obey_signals();
    sigemptyset(&mine);
    sigaddset(&mine, SIGRTMIN);
    sigaddset(&mine, SIGIO);
    pthread_sigmask(SIG_BLOCK, &mine, NULL);
    int listener = open_listener(SOCK_NONBLOCK), client;
    sem_init(&served, 0, 0);
    watched[known++] = (struct pollfd){listener, POLLIN, 0};
    pthread_create(&thread, NULL, wait_for_all, NULL);
    say_ready(listener, "sigio");
    for (;;) {
        siginfo_t info;
        if (sigwaitinfo(&mine, &info) != SIGRTMIN)
            continue;
        if (info.si_fd != listener) {
            if (echo_step(info.si_fd) == CLOSED) {
                for (nfds_t i = 1; i < known; i++)
                    if (watched[i].fd == info.si_fd)
                        watched[i].fd = -1;
                close_client(info.si_fd);
            }
        } else if (known < MOST && (client = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            fcntl(client, F_SETOWN, getpid());
            fcntl(client, F_SETFL, O_NONBLOCK | O_ASYNC);
            watched[known++] = (struct pollfd){client, POLLIN, 0};
        }
        sem_post(&served);
    }
}
