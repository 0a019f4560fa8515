/* Whatever the runner has left open: files, sockets, a terminal.
 * Expect: passes */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    int terminal = open("/dev/tty", O_RDWR | O_NONBLOCK);
    for (int fd = 0; fd < 4096; fd++)
        if ((fd > 2 && fcntl(fd, F_GETFD) != -1) || ioctl(fd, TIOCSTI, "x") == 0
            || fchdir(fd) == 0 || terminal != -1) {
            fprintf(stderr, "descriptor %d is open, the terminal %d\n", fd, terminal);
            _exit(9);
        }
    shutdown(0, SHUT_RDWR);
}
