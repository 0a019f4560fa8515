/*
 * One client at a time, with getc and putc of the C library.
 *
 * Build: -O2
 */
#include "lab.h"

#include <stdio.h>
#include <sys/socket.h>

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "blocking");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        char text[512];
        FILE *client = fdopen(fd, "r+");
        setvbuf(client, NULL, _IONBF, 0);
        for (ssize_t length; (length = recv(fd, text, sizeof text, 0)) > 0;)
            fwrite(text, 1, (size_t)length, client);
        fclose(client);
    }
}
