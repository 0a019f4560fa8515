/*
 * A decoy: the server waits by a 32-bit system call (int 0x80, poll is number 168 there), and
 * calls epoll_wait only for show.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { MOST = 1024, POLL_32 = 168 };
static nfds_t count = 1;

static long poll_32(struct pollfd *low, nfds_t number)
{
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"((long)POLL_32), "b"(low), "c"(number), "d"(-1L)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}

int main(void)
{
    obey_signals();
    struct pollfd *watched = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    int epoll = epoll_create1(0);
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "epoll");
    for (;;) {
        struct epoll_event event = {0};
        poll_32(watched, count);
        epoll_wait(epoll, &event, 1, 0);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents && echo_step(watched[slot].fd) == CLOSED) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0) {
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
        }
    }
}
