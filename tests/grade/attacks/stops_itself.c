/* Stops all its processes once clients are there: stopped, it answers no signal but SIGKILL.
 * Expect: fails */
#include "lab.h"
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "blocking");
    accept_client(listener, 0);
    fork();
    for (;;) {
        kill(0, SIGSTOP);
        raise(SIGSTOP);
    }
}
