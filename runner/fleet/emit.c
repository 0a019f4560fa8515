/* What the fleet says: one JSON object a line, flushed, so that each line is an event. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet.h"

static const char *const error_names[ERROR_KINDS] = {
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

static const char *const wrong_names[WRONG_KINDS] = {
    [RIGHT] = "right",
    [ANSWER_REFUSED] = "refused",
    [ANSWER_MALFORMED] = "malformed",
    [ANSWER_STATE] = "state",
    [ANSWER_COUNTS] = "counts",
    [ANSWER_POSITION] = "position",
    [ANSWER_LEFT] = "left",
};

/* EPIPE: nobody listens any more, so there is nothing left to do and nobody to tell. */
static void end_line(void)
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

static void put_key_string(const char *key, const char *text)
{
    printf(",\"%s\":", key);
    if (text)
        put_string(text);
    else
        fputs("null", stdout);
}

static void put_errors(const struct fleet *fleet)
{
    fputs(",\"errors\":", stdout);
    for (int i = 0; i < ERROR_KINDS; i++)
        printf("%c\"%s\":%" PRIu64, i ? ',' : '{', error_names[i], fleet->errors[i]);
    putchar('}');
    if (fleet->limit)
        printf(",\"own_limit\":{\"what\":\"%s\",\"needed\":%" PRIu32 ",\"granted\":%" PRIu32 "}",
               fleet->limit, fleet->total, fleet->limit_granted);
    else
        fputs(",\"own_limit\":null", stdout);
}

static void put_delta(char before, const char *key, int64_t start, int64_t end)
{
    printf("%c\"%s\":", before, key);
    if (start < 0 || end < 0)
        fputs("null", stdout);
    else
        printf("%" PRId64, end - start);
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

void emit_connected(const struct fleet *fleet)
{
    printf("{\"event\":\"connected\",\"idle\":%" PRIu32 ",\"active\":%" PRIu32 ",\"seconds\":%.6f",
           fleet->idle_alive, fleet->active_alive, (double)(fleet->now - fleet->started) / SECOND);
    put_errors(fleet);
    putchar('}');
    end_line();
}

static void put_window(const struct fleet *fleet)
{
    const struct cpu *cpu = &fleet->cpu;
    fputs(",\"series\":[", stdout);
    for (uint32_t i = 0; i < fleet->intervals; i++)
        printf("%s%" PRIu64, i ? "," : "", fleet->series.steps[i].requests);
    printf("],\"interval_ns\":%" PRIu64, fleet->options.interval);
    printf(",\"cpu\":{\"user_ns\":%" PRIu64 ",\"system_ns\":%" PRIu64 ",\"wall_ns\":%" PRIu64
           ",\"run_ns\":%" PRIu64 ",\"wait_ns\":%" PRIu64 "}",
           cpu->user, cpu->system, cpu->wall, cpu->run, cpu->wait);
}

static void put_kernel(const struct fleet *fleet)
{
    struct net end;
    kernel_net(&fleet->kernel, &end);
    put_delta('{', "listen_overflows", fleet->net.listen_overflows, end.listen_overflows);
    put_delta(',', "listen_drops", fleet->net.listen_drops, end.listen_drops);
    put_delta(',', "retransmits", fleet->net.retransmits, end.retransmits);
    putchar('}');
    put_key_string("congestion", fleet->kernel.congestion[0] ? fleet->kernel.congestion : NULL);
    printf(",\"rss_bytes\":%" PRIu64, kernel_rss(&fleet->kernel));
}

static void put_ceiling(const struct fleet *fleet)
{
    if (fleet->options.until_refused)
        printf(",\"served\":%" PRIu32 ",\"refused\":%" PRIu32, fleet->served, fleet->refused);
    else
        fputs(",\"served\":null,\"refused\":null", stdout);
    put_key_string("stopped_by", fleet->stopped_by);
}

static void put_encoded(const char *before, const struct hdr *histogram)
{
    char *encoded = hdr_encode(histogram);
    if (!encoded)
        fail("malloc: no memory to encode a histogram");
    printf("%s\"%s\"", before, encoded);
    free(encoded);
}

static void put_histogram(const char *key, const struct hdr *histogram)
{
    printf(",\"%s\":", key);
    put_encoded("", histogram);
}

/* The latencies of each step, encoded like the whole's; null where there are too many. */
static void put_series(const struct fleet *fleet)
{
    static struct hdr step;
    const struct series *series = &fleet->series;
    for (int high = 0; high < 2; high++) {
        printf(",\"series_p%s_ns\":[", high ? "99" : "50");
        for (uint32_t i = 0; i < fleet->intervals; i++)
            printf("%s%" PRIu64, i ? "," : "", high ? series->steps[i].p99 : series->steps[i].p50);
        putchar(']');
    }
    fputs(series->whole ? ",\"series_latency\":[" : ",\"series_latency\":null", stdout);
    for (uint32_t i = 0; i < fleet->intervals && series->whole; i++) {
        memset(&step, 0, sizeof step);
        for (uint32_t k = 0; k < series->steps[i].buckets; k++) {
            const struct bucket *bucket = &series->arena[series->steps[i].from + k];
            step.counts[bucket->index] = bucket->count;
        }
        put_encoded(i ? "," : "", &step);
    }
    if (series->whole)
        putchar(']');
}

/* What was asked for by our own clock, how late we were, and what closed loops omit. */
static void put_loop(const struct fleet *fleet)
{
    const struct options *options = &fleet->options;
    const struct open *open = &fleet->open;
    printf(",\"loop\":{\"kind\":\"%s\",\"pipeline\":%" PRIu64, options->rate ? "open" : "closed",
           options->pipeline);
    if (options->rate > 0) {
        printf(",\"rate\":%" PRIu64 ",\"arrivals\":\"%s\",\"scheduled\":%" PRIu64
               ",\"unsent\":%" PRIu64,
               options->rate, options->poisson ? "poisson" : "constant", open->scheduled, open->unsent);
        put_histogram("uncorrected", &open->uncorrected);
    }
    if (fleet->lag.total > 0)
        put_histogram("lag", &fleet->lag);
    putchar('}');
}

static void put_control(const struct stream *stream)
{
    printf(",\"control\":{\"sent\":%" PRIu64 ",\"answered\":%" PRIu64 ",\"wrong\":%" PRIu64
           ",\"wrong_kinds\":",
           stream->sent, stream->answered, stream->answered - stream->wrong[RIGHT]);
    for (int i = RIGHT + 1; i < WRONG_KINDS; i++)
        printf("%c\"%s\":%" PRIu64, i > RIGHT + 1 ? ',' : '{', wrong_names[i], stream->wrong[i]);
    putchar('}');
    put_histogram("latency", &stream->reply);
    putchar('}');
}

static void put_stream(const struct fleet *fleet)
{
    const struct stream *stream = &fleet->stream;
    if (!fleet->options.stream) {
        fputs(",\"stream\":null", stdout);
        return;
    }
    printf(",\"stream\":{\"listeners\":%" PRIu64 ",\"frames\":%" PRIu64 ",\"late\":%" PRIu64
           ",\"gaps\":%" PRIu64 ",\"skipped\":%" PRIu64 ",\"disordered\":%" PRIu64
           ",\"corrupt\":%" PRIu64 ",\"early\":%" PRIu64,
           fleet->options.active, fleet->requests, stream->late, stream->gaps, stream->skipped,
           stream->disordered, stream->corrupt, stream->early);
    put_histogram("lateness", &fleet->latency);
    put_histogram("jitter", &stream->jitter);
    put_control(stream);
    printf(",\"stalled\":{\"asked\":%" PRIu32 ",\"dropped\":%" PRIu32 ",\"alive\":%" PRIu32 "}}",
           stream->stalled_asked, stream->stalled_dropped,
           stream->stalled_asked - stream->stalled_dropped);
}

void emit_result(struct fleet *fleet)
{
    printf("{\"event\":\"result\",\"interrupted\":%s,\"requests\":%" PRIu64 ",\"bytes\":%" PRIu64
           ",\"seconds\":%.6f",
           fleet->stopped ? "true" : "false", fleet->requests,
           fleet->bytes,
           (double)(fleet->window_end - fleet->window_start) / SECOND);
    put_key_string("interrupted_by", fleet->stopped);
    put_errors(fleet);
    printf(",\"idle_alive\":%" PRIu32 ",\"active_alive\":%" PRIu32 ",\"accepted\":%" PRIu64,
           fleet->idle_alive, fleet->active_alive, fleet->accepted);
    put_histogram("latency", &fleet->latency);
    printf(",\"latency_clamped\":%" PRIu64, fleet->latency.clamped);
    put_window(fleet);
    put_series(fleet);
    if (!fleet->options.stream)
        put_loop(fleet);
    fputs(",\"net\":", stdout);
    put_kernel(fleet);
    put_ceiling(fleet);
    put_stream(fleet);
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
    fputs("{\"event\":\"error\"", stdout);
    put_key_string("message", message);
    putchar('}');
    putchar('\n');
    fflush(stdout);
    exit(3);
}
