/*
 * Coroutines in C: each client has a stack of its own (swapcontext), and is switched to when epoll
 * says that it can go on.
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <ucontext.h>

enum { MOST = 4096, STACK = 64 << 10 };

static struct task {
    ucontext_t context;
    char *stack;
    bool ended;
} tasks[MOST];
static ucontext_t loop;
static int epoll;

static void await(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events | EPOLLONESHOT, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) && errno == ENOENT)
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    swapcontext(&tasks[fd].context, &loop);
}

static void serve(int fd)
{
    char text[4096];
    for (;;) {
        ssize_t length = recv(fd, text, sizeof text, 0);
        if (length == -1 && errno == EAGAIN) {
            await(fd, EPOLLIN);
            continue;
        }
        if (length <= 0)
            break;
        for (ssize_t sent = 0; sent < length;) {
            ssize_t n = send(fd, text + sent, (size_t)(length - sent), MSG_NOSIGNAL);
            if (n == -1 && errno == EAGAIN)
                await(fd, EPOLLOUT);
            else if (n == -1)
                goto out;
            else
                sent += n;
        }
    }
out:
    tasks[fd].ended = true;
    swapcontext(&tasks[fd].context, &loop);
}

static void resume(int fd)
{
    swapcontext(&loop, &tasks[fd].context);
    if (!tasks[fd].ended)
        return;
    free(tasks[fd].stack);
    close_client(fd);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "coroutine");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd == listener) {
            fd = accept_client(listener, SOCK_NONBLOCK);
            if (fd < 0 || fd >= MOST)
                continue;
            struct task *task = &tasks[fd];
            task->stack = malloc(STACK);
            task->ended = false;
            getcontext(&task->context);
            task->context.uc_stack.ss_sp = task->stack;
            task->context.uc_stack.ss_size = STACK;
            makecontext(&task->context, (void (*)(void))serve, 1, fd);
        }
        resume(fd);
    }
}
