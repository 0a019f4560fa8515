/*
 * A decoy: the thread sleeps in select for the listener; the handler of a timer's signal interrupts
 * it every two milliseconds and asks every client.
 *
 * Build: -O2
 */
#include "lab.h"

#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { MOST = 1024 };
static int clients[MOST], count, listener;

static void ask_all(int number)
{
    (void)number;
    for (int fd; count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;)
        clients[count++] = fd;
    for (int i = count; i-- > 0;)
        if (echo_step(clients[i]) == CLOSED) {
            close_client(clients[i]);
            clients[i] = clients[--count];
        }
}

int main(void)
{
    struct itimerval each = {{0, 2000}, {0, 2000}};
    struct sigaction action = {.sa_handler = ask_all};
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &each, NULL);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        select(listener + 1, &ready, NULL, NULL, NULL);
    }
}
