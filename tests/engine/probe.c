/* What the tests of the process engine put into a box: one word says what it does there. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void say(const char *text)
{
    printf("%s\n", text);
    fflush(stdout);
}

static void leave(int number)
{
    (void)number;
    _exit(0);
}

static struct sockaddr_in address(const char *host, const char *port)
{
    struct sockaddr_in found = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
    inet_pton(AF_INET, host, &found.sin_addr);
    return found;
}

static void serve(char **args)
{
    struct sockaddr_in here = address(args[0], args[1]);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    signal(SIGTERM, leave);
    if (bind(fd, (struct sockaddr *)&here, sizeof here) || listen(fd, 16)) {
        say(strerror(errno));
        exit(1);
    }
    say("READY");
    for (char byte;;) {
        int client = accept(fd, NULL, NULL);
        if (read(client, &byte, 1) == 1 && write(client, &byte, 1) == 1)
            say("served");
        close(client);
    }
}

static void call(char **args)
{
    struct sockaddr_in there = address(args[0], args[1]);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char byte = 'x';
    if (connect(fd, (struct sockaddr *)&there, sizeof there) || write(fd, &byte, 1) != 1
        || read(fd, &byte, 1) != 1)
        say(strerror(errno));
    else
        say("answered");
}

static void limits(char **args)
{
    struct rlimit files, core;
    cpu_set_t cpus;
    int open_fds = 0;
    struct stat about;
    (void)args;
    getrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_CORE, &core);
    sched_getaffinity(0, sizeof cpus, &cpus);
    for (int fd = 0; fd < 256; fd++)
        open_fds += !fstat(fd, &about);
    printf("soft=%lu hard=%lu core=%lu cpus=%d fds=%d pid=%d leader=%d nnp=%d\n", files.rlim_cur,
           files.rlim_max, core.rlim_max, CPU_COUNT(&cpus), open_fds, getpid(), getsid(0) == getpid(),
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

/* Daemons of the worst kind: twice forked, sessions of their own, deaf to every polite signal. */
static void scatter(char **args)
{
    int ready[2];
    char byte;
    (void)args;
    if (pipe(ready))
        exit(1);
    for (int i = 0; i < 3; i++)
        if (fork() == 0) {
            setsid();
            if (fork())
                _exit(0);
            for (int number = 1; number < 32; number++)
                signal(number, SIG_IGN);
            prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
            if (write(ready[1], "x", 1) == 1)
                for (;;)
                    pause();
        }
    for (int i = 0; i < 3; i++)
        if (read(ready[0], &byte, 1) != 1)
            exit(1);
    for (int i = 0; i < 3; i++)
        wait(NULL); /* the three that forked have ended; the three daemons run */
    signal(SIGTERM, SIG_IGN);
    say("READY");
    for (;;)
        pause();
}

static void flood(char **args)
{
    char line[1024];
    (void)args;
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    for (;;)
        if (write(1, line, sizeof line) < 0 || write(2, line, sizeof line) < 0)
            exit(1);
}

static void eat(char **args)
{
    size_t bytes = (size_t)atoll(args[0]);
    for (size_t had = 0; had < bytes; had += 1 << 20) {
        char *more = malloc(1 << 20);
        if (!more) {
            say("malloc refused");
            exit(3);
        }
        memset(more, 1, 1 << 20);
    }
    say("eaten");
}

static void spawn(char **args)
{
    int had = 0;
    for (int i = 0; i < atoi(args[0]); i++) {
        pid_t child = fork();
        if (child == 0)
            for (;;)
                pause();
        had += child > 0;
    }
    printf("%d\n", had);
}

static void stubborn(char **args)
{
    (void)args;
    signal(SIGTERM, SIG_IGN);
    say("READY");
    for (;;)
        pause();
}

static void touch(char **args)
{
    for (; *args; args++) {
        int fd = open(*args, O_WRONLY | O_CREAT, 0600);
        say(fd < 0 ? strerror(errno) : "written");
    }
}

static void reads(char **args)
{
    for (; *args; args++)
        say(access(*args, R_OK) || open(*args, O_RDONLY) < 0 ? strerror(errno) : "opened");
}

static void environment(char **args)
{
    (void)args;
    for (char **at = environ; *at; at++)
        say(*at);
}

static void echo(char **args)
{
    char line[256];
    (void)args;
    while (fgets(line, sizeof line, stdin))
        printf("%s", line), fflush(stdout);
    fprintf(stderr, "\033[31mended\033[0m\n");
}

static void die(char **args)
{
    signal(atoi(args[0]), SIG_DFL);
    raise(atoi(args[0]));
    kill(getpid(), SIGKILL); /* as PID 1 no signal of our own reaches us; leave as a failure does */
    exit(100 + atoi(args[0]));
}

static void leave_with(char **args) { exit(atoi(args[0])); }

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*run)(char **); } words[] = {
        {"serve", serve}, {"call", call}, {"limits", limits}, {"scatter", scatter},
        {"flood", flood}, {"eat", eat}, {"spawn", spawn}, {"stubborn", stubborn},
        {"touch", touch}, {"reads", reads}, {"env", environment}, {"echo", echo},
        {"die", die}, {"exit", leave_with}};
    for (size_t i = 0; argc > 1 && i < sizeof words / sizeof *words; i++)
        if (!strcmp(argv[1], words[i].name))
            words[i].run(argv + 2);
    return 0;
}
