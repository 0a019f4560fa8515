/* What the fleet says: one JSON object a line, flushed, so that each line is an event. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emit.h"

bool summarised;

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

/* EPIPE: nobody listens any more, so there is nothing left to do and nobody to tell. */
void end_line(void)
{
    putchar('\n');
    if (fflush(stdout) == EOF)
        _exit(errno == EPIPE ? 0 : 3);
}

static void put_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar((unsigned char)*text < ' ' ? ' ' : *text);
    }
    putchar('"');
}

void put_key_string(const char *key, const char *text)
{
    printf(",\"%s\":", key);
    if (text)
        put_string(text);
    else
        fputs("null", stdout);
}

void put_errors(const struct fleet *fleet)
{
    fputs(",\"errors\":", stdout);
    for (int i = 0; i < ERROR_KINDS; i++)
        printf("%c\"%s\":%" PRIu64, i ? ',' : '{', error_names[i], fleet->errors[i]);
    putchar('}');
    if (!fleet->limit) {
        fputs(",\"own_limit\":null", stdout);
        return;
    }
    printf(",\"own_limit\":{\"what\":\"%s\",\"needed\":%" PRIu32 ",\"granted\":%" PRIu32,
           fleet->limit, fleet->total, fleet->limit_granted);
    if (strcmp(fleet->limit, "ports") == 0) /* which the server, in the same namespace, may hold */
        printf(",\"sockets\":%" PRId64, kernel_sockets(&fleet->kernel));
    putchar('}');
}

void emit_hello(const struct fleet *fleet)
{
    printf("{\"event\":\"hello\",\"version\":1,\"nofile\":[%" PRIu64 ",%" PRIu64 "],\"pid\":%d}",
           fleet->kernel.nofile_soft, fleet->kernel.nofile_hard, (int)getpid());
    end_line();
}

void emit_event(const char *event)
{
    printf("{\"event\":\"%s\"}", event);
    end_line();
}

void emit_progress(struct fleet *fleet)
{
    double seconds = (double)(fleet->now - fleet->progress_time) / SECOND;
    double done = (double)(fleet->completed - fleet->progress_mark);
    fleet->next_progress = fleet->now + 500 * MILLISECOND;
    fleet->progress_time = fleet->now;
    fleet->progress_mark = fleet->completed;
    if (!fleet->phase)
        return;
    printf("{\"event\":\"progress\",\"phase\":\"%s\",\"connected\":%" PRIu32
           ",\"rate\":%.0f,\"p99_ns\":%" PRIu64 "}",
           fleet->phase, fleet->idle_alive + fleet->active_alive, seconds > 0 ? done / seconds : 0,
           hdr_percentile(&fleet->latency, 99));
    end_line();
}

/* Where connections were lost, this may be why. */
static void put_listening(const struct fleet *fleet)
{
    struct listening now;
    diag_listening(fleet->kernel.diag, &fleet->target, &now);
    if (now.drops < 0 || fleet->net.listening.drops < 0)
        fputs(",\"listening\":null", stdout);
    else
        printf(",\"listening\":{\"backlog\":%" PRId64 ",\"drops\":%" PRId64 ",\"somaxconn\":%" PRId64 "}",
               now.backlog, now.drops - fleet->net.listening.drops, fleet->kernel.somaxconn);
}

void emit_connected(const struct fleet *fleet)
{
    printf("{\"event\":\"connected\",\"idle\":%" PRIu32 ",\"active\":%" PRIu32 ",\"seconds\":%.6f",
           fleet->idle_alive, fleet->active_alive, (double)(fleet->now - fleet->started) / SECOND);
    put_errors(fleet);
    put_listening(fleet);
    putchar('}');
    end_line();
}

/* An unexpected failure of the fleet itself: no verdict on the server. */
_Noreturn void fail(const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (summarised)
        fprintf(stderr, "fleet: %s\n", message);
    fputs("{\"event\":\"error\"", stdout);
    put_key_string("message", message);
    putchar('}');
    putchar('\n');
    fflush(stdout);
    exit(3);
}
