/* Loaded into a server with LD_PRELOAD: SIGUSR1 gets an empty handler without SA_RESTART, so
 * that each SIGUSR1 makes the interrupted system call fail with EINTR. */
#include <signal.h>
#include <stdlib.h>

static void nothing(int number)
{
    (void)number;
}

__attribute__((constructor)) static void interruptible(void)
{
    struct sigaction action = {.sa_handler = nothing};
    if (sigaction(SIGUSR1, &action, NULL) == -1)
        abort();
}
