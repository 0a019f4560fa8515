/* Fills every folder that it can write to, with content and with names, and leaves it there. That
 * is its own memory in three folders, and nowhere else.
 * Expect: passes */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char block[1 << 16];

__attribute__((constructor)) static void attack(void)
{
    static const char *const folders[] = {"/tmp", "/dev/shm", "/run", "/var/tmp", ".", "/labs"};
    memset(block, 'x', sizeof block);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[100];
        for (int n = 0; n < 2000; n++) {
            snprintf(path, sizeof path, "%s/left-by-a-submission-%d", folders[i], n);
            int fd = open(path, O_WRONLY | O_CREAT, 0666);
            if (fd == -1)
                break;
            if (i > 2) {
                fprintf(stderr, "made %s\n", path);
                _exit(9);
            }
            if (n == 0)
                for (int k = 0; k < 100000 && write(fd, block, sizeof block) > 0; k++)
                    ;
            close(fd);
        }
    }
}
