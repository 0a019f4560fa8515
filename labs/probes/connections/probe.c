/*
 * connections: what does a connection cost the server, from accept to close?
 *
 * Several clients run at once. Each connects, sends a request, reads it back and closes, again and
 * again. The runner samples the CPU time of the server, with all its children and threads, before
 * and after each batch. Stevens compares server designs in this way (UNP vol. 1, ch. 30).
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "finding.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLIENTS = 5, BATCHES = 10, REQUEST = 4000 };

static void one_connection(in_port_t port)
{
    static char bytes[REQUEST];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_port = htons(port);
    if (fd == -1)
        die("socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == -1)
        die("connect");
    if (send(fd, bytes, sizeof bytes, MSG_NOSIGNAL) != (ssize_t)sizeof bytes)
        die("send");
    if (recv(fd, bytes, sizeof bytes, MSG_WAITALL) != (ssize_t)sizeof bytes)
        die("recv");
    if (shutdown(fd, SHUT_WR) == -1)
        die("shutdown");
    if (recv(fd, bytes, 1, 0) != 0) /* the server has seen EOF and closed */
        die("recv");
    if (close(fd) == -1)
        die("close");
}

static void drive(in_port_t port, long each)
{
    for (int i = 0; i < CLIENTS; i++) {
        pid_t client = fork();
        if (client == -1)
            die("fork");
        if (client == 0) {
            for (long n = 0; n < each; n++)
                one_connection(port);
            _exit(0);
        }
    }
    for (int i = 0; i < CLIENTS; i++) {
        int status;
        if (wait(&status) == -1)
            die("wait");
        if (status != 0)
            exit(1);
    }
}

int main(int argc, char **argv)
{
    const char *text = getenv("PORT");
    long each = read_argument(argc, argv, "connections", 250) / CLIENTS;
    if (text == NULL)
        say_missing("server", "this probe is run beside a server: add server: to the experiment");
    in_port_t port = (in_port_t)atoi(text);
    drive(port, 10); /* not counted: first page faults, first threads */
    for (int batch = 0; batch < BATCHES; batch++) {
        char began[32], ended[32];
        snprintf(began, sizeof began, "batch-%d-began", batch);
        snprintf(ended, sizeof ended, "batch-%d-ended", batch);
        ask_for_sample(began);
        drive(port, each);
        ask_for_sample(ended);
        begin_finding("connections");
        add_whole("batch", batch);
        add_whole("connections", each * CLIENTS);
        add_whole("clients", CLIENTS);
        add_whole("request", REQUEST);
        end_finding();
    }
    return 0;
}
