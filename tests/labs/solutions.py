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
}
