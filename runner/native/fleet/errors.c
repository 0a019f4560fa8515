/* 1 socket: the only list of errno values. */
#include <stddef.h>

#include "errors.h"

/* Errors that say that this process or this machine lacks something, whatever the server does.
 * Returns the name of the missing resource, or NULL. */
const char *own_lack(int error)
{
    switch (error) {
    case EMFILE:
    case ENFILE:
        return "nofile";
    case ENOBUFS:
    case ENOMEM:
        return "memory";
    case EADDRNOTAVAIL:
    case EADDRINUSE:
        return "ports";
    case ENOSPC: /* epoll_ctl: fs.epoll.max_user_watches */
        return "watches";
    case EACCES:
    case EPERM: /* connect: a firewall rule of this machine */
        return "permission";
    default:
        return NULL;
    }
}
