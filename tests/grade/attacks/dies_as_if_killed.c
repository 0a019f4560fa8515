/* The exit code of a process that was killed from outside, once its clients are there.
 * Expect: fails */
#include "lab.h"
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "blocking");
    accept_client(listener, 0);
    _exit(137);
}
