/* Looks into every file of the machine for a marker that the test has put into another submission,
 * the hidden checks, the reference, a key and the environment, and ends where it finds it.
 * Expect: passes */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char marker[] = "?ANARY-"; /* not in this program until it runs */
static char text[1 << 20];
static int looked;

static void look(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd == -1)
        return;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    char *place = length > 0 ? memmem(text, (size_t)length, marker, strlen(marker)) : NULL;
    if (place) {
        text[length] = '\0';
        fprintf(stderr, "found in %s: %.60s\n", path, place);
        _exit(9);
    }
}

static int visit(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)place;
    if (kind == FTW_D && (!strcmp(path, "/usr") || !strcmp(path, "/sys") || !strcmp(path, "/nix")))
        return FTW_SKIP_SUBTREE;
    if (kind == FTW_F && S_ISREG(about->st_mode))
        look(path);
    return ++looked > 20000 ? FTW_STOP : FTW_CONTINUE;
}

void say_ready(int listener, const char *model)
{
    (void)listener;
    marker[0] = 'C';
    printf("READY port=%s model=%s\n", getenv("PORT"), model);
    look("@SECRET@");
    look("/proc/1/environ");
    look("/proc/self/environ");
    for (int up = 0; up < 8; up++) {
        char path[100] = "";
        for (int i = 0; i < up; i++)
            strcat(path, "../");
        strcat(path, "hidden.yaml");
        look(path);
    }
    nftw("/proc/1/root", visit, 16, FTW_PHYS | FTW_ACTIONRETVAL);
    nftw("/", visit, 16, FTW_PHYS | FTW_ACTIONRETVAL);
    fflush(stdout);
}
