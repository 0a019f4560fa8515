"""A solution of each page's exercise, as a change of the lab's server: (before, after) pairs."""

SOLUTIONS: dict[str, list[tuple[str, str]]] = {
    "blocking": [
        (
            '#include "lab.h"\n',
            '#include "lab.h"\n#include <sys/socket.h>\n#include <sys/time.h>\n',
        ),
        (
            "    echo_until_closed(fd);\n",
            """
    struct timeval patience = {.tv_usec = 200000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    echo_until_closed(fd);
""",
        ),
    ],
    "thread": [
        ("#include <pthread.h>\n", "#include <pthread.h>\n#include <semaphore.h>\n"),
        (
            "enum { STACK_SIZE",
            "static sem_t places;\nenum { STACK_SIZE",
        ),
        ("    close_client(fd);\n", "    close_client(fd);\n    sem_post(&places);\n"),
        ("    say_ready(", "    sem_init(&places, 0, 4);\n    say_ready("),
        (
            "        int fd = accept_client(listener, 0);\n",
            "        sem_wait(&places);\n        int fd = accept_client(listener, 0);\n",
        ),
        (
            "            continue;\n",
            "        {\n            sem_post(&places);\n            continue;\n        }\n",
        ),
    ],
    "fork": [
        ("#include <errno.h>\n", "#include <errno.h>\n#include <stdatomic.h>\n"),
        ("static void reap_children", "static atomic_int children;\nstatic void reap_children"),
        ("> 0)\n        ;", "> 0)\n        children--;"),
        (
            "        pid_t child = fork();\n",
            """
        if (children == 4) {
            refuse_client(fd, "PROCESSES", fd);
            continue;
        }
        children++;
        pid_t child = fork();
""",
        ),
    ],
    "nonblocking": [
        ("#include <sys/socket.h>\n", "#include <poll.h>\n#include <sys/socket.h>\n"),
        ("        accept_clients();\n", "        poll(NULL, 0, 5);\n        accept_clients();\n"),
    ],
    "select": [
        ("#include <stdio.h>\n", "#include <stdio.h>\n#include <stdlib.h>\n#include <unistd.h>\n"),
        (
            "    add_client(listener);\n",
            "    add_client(listener);\n    FD_SET(STDIN_FILENO, &readers);\n",
        ),
        (
            "            if (fd == listener)\n",
            """
            char line[64];
            if (fd == STDIN_FILENO && read(fd, line, sizeof line) == 0)
                exit(0);
            if (fd == STDIN_FILENO)
                continue;
            if (fd == listener)
""",
        ),
    ],
    "poll": [
        ("#include <sys/socket.h>\n", "#include <sys/socket.h>\n#include <time.h>\n"),
        (
            "static int listener;\n",
            """
static int listener;
static long last[65536]; /* when a client has sent something: milliseconds */
static long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
""",
        ),
        (
            "{.fd = fd, .events = POLLIN};\n}",
            "{.fd = fd, .events = POLLIN};\n    last[fd] = now();\n}",
        ),
        ("    switch (echo_step(", "    last[fd] = now();\n    switch (echo_step("),
        (
            "        int ready = poll(watched, count, -1);\n",
            """
        long next = -1;
        for (current = count; current-- > 1;) {
            long left = last[watched[current].fd] + 200 - now();
            if (left <= 0)
                remove_client(watched[current].fd);
            else if (next == -1 || left < next)
                next = left;
        }
        int ready = poll(watched, count, (int)next);
""",
        ),
    ],
    "prethread": [
        ("#include <pthread.h>\n", "#include <pthread.h>\n#include <signal.h>\n"),
        (
            "int main(void)\n",
            """static sigset_t more;
static void *hire(void *attributes)
{
    for (int number;;)
        if (sigwait(&more, &number) == 0)
            start_worker(attributes);
}
int main(void)
""",
        ),
        (
            "    /* The main thread is the last worker. */\n",
            """
    sigemptyset(&more);
    sigaddset(&more, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &more, NULL);
    pthread_t hiring;
    pthread_create(&hiring, &attributes, hire, &attributes);
""",
        ),
    ],
    "prefork": [
        (
            "listeners[i] = share_port(listeners[0]);",
            "listeners[i] = count < 0 ? share_port(listeners[0]) : listeners[0];",
        ),
    ],
}
