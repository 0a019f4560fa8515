/* 1 socket: the server's address, and the addresses that connections come from. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct source {
    struct sockaddr_in target;
    uint32_t addresses; /* loopback addresses to connect from; 0: the kernel chooses the address */
    bool fin;           /* close by FIN, not by RST */
};

void source_resolve(struct source *source, const char *host, uint64_t port);
void source_spread(struct source *source, uint32_t addresses, uint32_t connections);
int source_connect(const struct source *source, uint32_t ordinal, bool small);
bool source_disconnect(int fd);
bool source_reconnect(const struct source *source, int fd);
