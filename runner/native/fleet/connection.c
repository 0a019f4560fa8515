/* 2 connection: a connection is watched, proved, closed; errors are counted. */
#include <sys/epoll.h>
#include <unistd.h>

#include "connection.h"
#include "kernel.h"

/* Edge-triggered for reading and writing, so the registration never changes. */
bool connection_watch(const struct connections *all, struct connection *c)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.u32 = index_of(all, c)};
    return epoll_ctl(all->epoll, EPOLL_CTL_ADD, c->fd, &event) == 0;
}

/* The proof of service has arrived: the first one, or the second one of the ceiling. */
void connection_proved(struct connections *all, struct connection *c)
{
    struct counts *counts = &all->counts;
    if (c->state == REPROVING) {
        counts->busy--;
        counts->served++;
    } else {
        counts->connecting--;
        counts->completed++;
        if (is_idle(all, c))
            counts->idle_alive++;
        else
            counts->active_alive++;
    }
    c->state = READY;
}

/* close() also removes the descriptor from the epoll set. */
void connection_close(struct connections *all, struct connection *c)
{
    if (!rests(c))
        diag_resent(c->fd, &all->counts.resent);
    if (c->fd != -1)
        close(rests(c) ? spare(c->fd) : c->fd);
    c->fd = -1;
}

void count_error(struct connections *all, enum error_kind kind)
{
    all->counts.errors[kind]++;
    if (all->counts.first_error == -1)
        all->counts.first_error = (int)kind;
}
