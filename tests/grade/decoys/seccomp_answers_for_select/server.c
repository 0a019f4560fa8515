/*
 * A decoy: the thread calls select for all clients, but a filter of its own (SECCOMP_RET_USER_NOTIF)
 * holds the call back; a second thread, which waits in poll, finds who is ready and answers in the
 * kernel's place.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST = 1024 };
static int clients[MOST], count, notices = -1;
static fd_set answer;

static void *answers(void *nothing)
{
    for (;;) {
        struct seccomp_notif asked = {0};
        struct seccomp_notif_resp reply = {0};
        struct pollfd watched[MOST];
        if (ioctl(notices, SECCOMP_IOCTL_NOTIF_RECV, &asked) == -1)
            continue;
        for (int i = 0; i < count; i++)
            watched[i] = (struct pollfd){clients[i], POLLIN, 0};
        int ready = poll(watched, (nfds_t)count, -1);
        FD_ZERO(&answer);
        for (int i = 0; i < count; i++)
            if (watched[i].revents)
                FD_SET(clients[i], &answer);
        reply.id = asked.id;
        reply.val = ready;
        ioctl(notices, SECCOMP_IOCTL_NOTIF_SEND, &reply);
    }
    return nothing;
}

static void filter(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pselect6, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    notices = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
        &program);
    if (notices == -1)
        die("seccomp");
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    clients[count++] = open_listener(SOCK_NONBLOCK);
    filter();
    pthread_create(&thread, NULL, answers, NULL);
    say_ready(clients[0], "select");
    for (;;) {
        fd_set ready;
        FD_ZERO(&ready);
        for (int i = 0; i < count; i++)
            FD_SET(clients[i], &ready);
        syscall(SYS_pselect6, MOST, &ready, NULL, NULL, NULL, NULL);
        ready = answer;
        for (int i = count; i-- > 1;)
            if (FD_ISSET(clients[i], &ready) && echo_step(clients[i]) == CLOSED) {
                close_client(clients[i]);
                clients[i] = clients[--count];
            }
        int fd = FD_ISSET(clients[0], &ready) ? accept_client(clients[0], SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && count < MOST)
            clients[count++] = fd;
    }
}
