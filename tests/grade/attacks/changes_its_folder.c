/* Links and programs where the runner reads later, and itself as another program.
 * Expect: passes */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void plant(const char *folder)
{
    static const char *const names[] = {"server.c", "out", "program", "READY", "core", "grade.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[200];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
        symlink("@SECRET@", path);
    }
}

__attribute__((constructor)) static void attack(void)
{
    char self[200] = "";
    plant("/tmp");
    plant("/dev/shm");
    plant(".");
    plant("/labs");
    plant("/labs/server");
    int self_found = readlink("/proc/self/exe", self, sizeof self - 1) > 0;
    if (self_found && (rename("/tmp/program", self) == 0 || chmod(self, 06777) == 0
                       || unlink(self) == 0 || open(self, O_WRONLY | O_TRUNC) != -1)) {
        fprintf(stderr, "reached %s\n", self);
        _exit(9);
    }
    if (truncate("@SECRET@", 0) == 0 || unlink("@SECRET@") == 0)
        _exit(9);
}
