/* The last that the fleet says: all that it measured, itself included. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"

static const char *const wrong_names[WRONG_KINDS] = {
    [RIGHT] = "right",
    [ANSWER_REFUSED] = "refused",
    [ANSWER_MALFORMED] = "malformed",
    [ANSWER_STATE] = "state",
    [ANSWER_COUNTS] = "counts",
    [ANSWER_POSITION] = "position",
    [ANSWER_LEFT] = "left",
};

static void put_delta(char before, const char *key, int64_t start, int64_t end)
{
    printf("%c\"%s\":", before, key);
    if (start < 0 || end < 0)
        fputs("null", stdout);
    else
        printf("%" PRId64, end - start);
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

static void put_number(char before, const char *key, int64_t number)
{
    put_delta(before, key, 0, number);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Both ends of our connections; the ends that are open are asked only where somebody in the
 * namespace has sent something again. */
static uint64_t resent(const struct fleet *fleet, const struct net *end)
{
    uint64_t count = fleet->resent;
    if (end->retransmits >= 0 && end->retransmits == fleet->net.retransmits)
        return count;
    for (uint32_t i = 0; i < fleet->total; i++)
        if (fleet->connections[i].state != CLOSED && !rests(&fleet->connections[i]))
            count += diag_resent(fleet->connections[i].fd);
    return count + (fleet->options.part == 0 ? diag_served(fleet->kernel.diag, &fleet->target) : 0);
}

/* What is ours and the server's; then what the whole namespace counted, for comparison. */
static void put_kernel(const struct fleet *fleet)
{
    const struct net *begin = &fleet->net;
    struct net end;
    kernel_net(&fleet->kernel, &fleet->target, &end);
    /* A listener counts other strays as well, and never more than these of a full queue. */
    int64_t drops = end.listening.drops - begin->listening.drops, all = end.listen_drops - begin->listen_drops;
    bool seen = begin->listening.drops >= 0 && end.listening.drops >= begin->listening.drops;
    put_number('{', "listen_backlog", end.listening.backlog);
    put_number(',', "listen_drops", seen ? least(drops, all) : -1);
    put_number(',', "somaxconn", fleet->kernel.somaxconn);
    put_number(',', "retransmits", (int64_t)resent(fleet, &end));
    put_number(',', "time_wait", diag_waiting(fleet->kernel.diag, &fleet->target));
    put_delta(',', "time_wait_overflows", begin->time_wait_overflows, end.time_wait_overflows);
    put_number(',', "conntrack", end.conntrack);
    put_number(',', "conntrack_most", end.conntrack_most);
    fputs(",\"namespace\":", stdout);
    put_delta('{', "listen_overflows", begin->listen_overflows, end.listen_overflows);
    put_delta(',', "listen_drops", begin->listen_drops, end.listen_drops);
    put_delta(',', "retransmits", begin->retransmits, end.retransmits);
    put_number(',', "time_wait", end.time_wait);
    fputs("}}", stdout);
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
    static const char *const thinking[] = {
        [CONSTANT] = "constant", [UNIFORM] = "uniform", [EXPONENTIAL] = "exponential"};
    printf(",\"loop\":{\"kind\":\"%s\",\"pipeline\":%" PRIu64 ",\"driven\":%" PRIu64 ",\"think\":\"%s\"",
           options->rate ? "open" : "closed", options->pipeline, slow_first(fleet),
           options->think.high > 0 ? thinking[options->think.kind] : "none");
    if (options->rate > 0) {
        printf(",\"rate\":%" PRIu64 ",\"arrivals\":\"%s\",\"scheduled\":%" PRIu64
               ",\"unsent\":%" PRIu64 ",\"scheduler\":\"%s\"",
               options->rate, options->poisson ? "poisson" : "constant", open->scheduled, open->unsent,
               open->first ? "fifo" : "other");
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
    printf(",\"answered\":%.6f", (double)fleet->within + fleet->across);
    put_key_string("interrupted_by", fleet->stopped);
    put_errors(fleet);
    printf(",\"idle_alive\":%" PRIu32 ",\"active_alive\":%" PRIu32 ",\"accepted\":%" PRIu64,
           fleet->idle_alive, fleet->active_alive, fleet->accepted);
    put_histogram("latency", &fleet->latency);
    printf(",\"latency_clamped\":%" PRIu64, fleet->latency.clamped);
    if (fleet->options.turns > 1)
        printf(",\"turns\":{\"turn\":%" PRIu64 ",\"turns\":%" PRIu64 ",\"slot_ns\":%" PRIu64
               ",\"span_ns\":%" PRIu64 ",\"overrun_ns\":%" PRIu64 "}",
               fleet->options.turn + 1, fleet->options.turns, fleet->options.slot, fleet->span,
               fleet->overrun);
    printf(",\"still_ns\":%" PRIu64, fleet->still_in_window);
    put_window(fleet);
    put_series(fleet);
    if (!fleet->options.stream)
        put_loop(fleet);
    fputs(",\"net\":", stdout);
    put_kernel(fleet);
    put_ceiling(fleet);
    if (fleet->slow)
        printf(",\"slow\":{\"connections\":%" PRIu64 ",\"dropped\":%" PRIu32 ",\"again\":%" PRIu32 "}",
               fleet->options.active - slow_first(fleet), fleet->slow_dropped, fleet->slow_again);
    put_stream(fleet);
    putchar('}');
    end_line();
}
