/* Its child kills it by SIGKILL, once its clients are there, as the kernel would for want of memory.
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
    if (fork() == 0) {
        kill(getppid(), SIGKILL);
        _exit(0);
    }
    kill(getpid(), SIGKILL);
    pause();
}
