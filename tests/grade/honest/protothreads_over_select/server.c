/*
 * Coroutines without stacks (protothreads): each client's function goes on, by a switch, where it
 * stopped; a loop of select says which of them can.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/select.h>
#include <sys/socket.h>

enum want { TO_READ, TO_WRITE, ENDED };
struct task {
    int line; /* where its function goes on */
    enum want want;
    size_t from, to;
    char text[4096];
};

static struct task tasks[FD_SETSIZE];

#define BEGIN(task) switch ((task)->line) { case 0:
#define AWAIT(task, what) (task)->want = (what); (task)->line = __LINE__; return; case __LINE__:
#define END(task) } (task)->want = ENDED

static void echo(struct task *task, int fd)
{
    ssize_t length;
    BEGIN(task);
    for (;;) {
        AWAIT(task, TO_READ);
        length = recv(fd, task->text, sizeof task->text, MSG_DONTWAIT);
        if (length <= 0)
            break;
        for (task->from = 0, task->to = (size_t)length; task->from < task->to;) {
            length = send(fd, task->text + task->from, task->to - task->from,
                MSG_DONTWAIT | MSG_NOSIGNAL);
            if (length > 0)
                task->from += (size_t)length;
            if (task->from < task->to) {
                AWAIT(task, TO_WRITE);
            }
        }
    }
    END(task);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    for (int fd = 0; fd < FD_SETSIZE; fd++)
        tasks[fd].want = ENDED;
    say_ready(listener, "select");
    for (;;) {
        fd_set readable, writable;
        FD_ZERO(&readable);
        FD_ZERO(&writable);
        FD_SET(listener, &readable);
        for (int fd = 0; fd <= highest; fd++)
            if (tasks[fd].want != ENDED)
                FD_SET(fd, tasks[fd].want == TO_READ ? &readable : &writable);
        if (select(highest + 1, &readable, &writable, NULL, NULL) == -1)
            continue;
        for (int fd = 0; fd <= highest; fd++) {
            bool can = FD_ISSET(fd, &readable) || FD_ISSET(fd, &writable);
            if (fd == listener || !can || tasks[fd].want == ENDED)
                continue;
            echo(&tasks[fd], fd);
            if (tasks[fd].want == ENDED)
                close_client(fd);
        }
        int fd = FD_ISSET(listener, &readable) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= FD_SETSIZE) {
            refuse_client(fd, "FD_SETSIZE", fd);
        } else if (fd >= 0) {
            tasks[fd].line = 0;
            echo(&tasks[fd], fd);
            highest = fd > highest ? fd : highest;
        }
    }
}
