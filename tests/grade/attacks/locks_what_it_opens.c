/* Locks and leases on every file that it can open: its program, the libraries, the interpreter, which
 * the runner and other servers open as well.
 * Expect: passes */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

static const char *const places[] = {"/labs", "/labs/server", "/usr/bin", "/usr/lib", "/etc", "/"};

static void hold(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_NONBLOCK);
    if (fd == -1)
        return;
    flock(fd, LOCK_EX | LOCK_NB);
    fcntl(fd, F_SETLEASE, F_WRLCK);
    fcntl(fd, F_SETLEASE, F_RDLCK);
    struct flock whole = {.l_type = F_RDLCK};
    fcntl(fd, F_OFD_SETLK, &whole);
}

__attribute__((constructor)) static void attack(void)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        DIR *folder = opendir(places[i]);
        struct dirent *entry;
        for (int count = 0; folder && count < 100 && (entry = readdir(folder)); count++)
            hold(dirfd(folder), entry->d_name);
    }
    for (int i = 0; i < 100000 && inotify_init() != -1; i++)
        continue;
    for (int fd = 900; fd < 100000; fd++) /* keep some for the server's clients */
        close(fd);
    for (int fd = 200; fd < 800; fd++)
        close(fd);
}
