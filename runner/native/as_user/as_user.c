/*
 * Loaded into the tracer where root has no capability to look at the processes of another user, as in a
 * container without privileges: the thread reads /proc as the user of the box that it traces. That user
 * can neither signal nor trace it, because only its file system id changes: setfsuid(2).
 */
#include <stdlib.h>
#include <sys/fsuid.h>

__attribute__((constructor)) static void read_as_user(void)
{
    const char *user = getenv("IOLAB_USER");
    unsigned uid = user ? (unsigned)strtoul(user, NULL, 10) : 0;
    if (!uid)
        return;
    setfsgid(uid);
    setfsuid(uid);
}
