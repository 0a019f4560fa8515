/* 5 main: events before the result: "hello" and "connected". */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "run.h"

const char *const error_names[ERROR_KINDS] = {
    [CONNECT_REFUSED] = "connect_refused",
    [CONNECT_TIMEOUT] = "connect_timeout",
    [CONNECT_OTHER] = "connect_other",
    [REFUSED] = "refused",
    [RESET] = "reset",
    [CLOSED_EARLY] = "closed",
    [CORRUPT] = "corrupt",
    [EXTRA] = "extra",
    [REPLY_TIMEOUT] = "reply_timeout",
    [OWN_LIMIT] = "own_limit",
    [IDLE_LOST] = "idle_lost",
    [PROTOCOL] = "protocol",
    [TOO_LONG] = "too_long",
    [STATUS_OTHER] = "status",
    [DISORDERED] = "disordered",
    [EARLY] = "early",
    [WRONG] = "wrong",
};

void put_errors(const struct run *run)
{
    const struct connections *all = &run->fleet.all;
    const struct counts *counts = &all->counts;
    fputs(",\"errors\":", stdout);
    for (int i = 0; i < ERROR_KINDS; i++)
        printf("%c\"%s\":%" PRIu64, i ? ',' : '{', error_names[i], counts->errors[i]);
    putchar('}');
    if (!counts->limit) {
        fputs(",\"own_limit\":null", stdout);
        return;
    }
    printf(",\"own_limit\":{\"what\":\"%s\",\"needed\":%" PRIu32 ",\"granted\":%" PRIu32,
           counts->limit, all->total, counts->limit_granted);
    if (strcmp(counts->limit, "ports") == 0) /* the server may hold them, in the same namespace */
        printf(",\"sockets\":%" PRId64, kernel_sockets(&run->fleet.kernel));
    putchar('}');
}

void emit_hello(const struct kernel *kernel)
{
    printf("{\"event\":\"hello\",\"version\":1,\"nofile\":[%" PRIu64 ",%" PRIu64 "],\"pid\":%d}",
           kernel->nofile_soft, kernel->nofile_hard, (int)getpid());
    end_line();
}

/* A full listen queue may be the reason for lost connections. */
static void put_listening(const struct run *run)
{
    struct listening now;
    diag_listening(run->fleet.kernel.diag, &run->fleet.source.target, &now);
    if (now.drops < 0 || run->net.listening.drops < 0)
        fputs(",\"listening\":null", stdout);
    else
        printf(",\"listening\":{\"backlog\":%" PRId64 ",\"drops\":%" PRId64 ",\"somaxconn\":%" PRId64 "}",
               now.backlog, now.drops - run->net.listening.drops, run->fleet.kernel.somaxconn);
}

void emit_connected(const struct run *run)
{
    const struct fleet *fleet = &run->fleet;
    printf("{\"event\":\"connected\",\"idle\":%" PRIu32 ",\"active\":%" PRIu32 ",\"seconds\":%.6f",
           fleet->all.counts.idle_alive, fleet->all.counts.active_alive,
           (double)(fleet->clock.now - fleet->loop.started) / SECOND);
    put_errors(run);
    put_listening(run);
    putchar('}');
    end_line();
}
