/* 5 main: the last event, "result": all that the load generator measured, including its own costs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "run.h"

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

static void put_window(const struct window *window)
{
    const struct cpu *cpu = &window->cpu;
    fputs(",\"series\":[", stdout);
    for (uint32_t i = 0; i < window->intervals; i++)
        printf("%s%" PRIu64, i ? "," : "", window->series.steps[i].requests);
    printf("],\"interval_ns\":%" PRIu64 ",\"began_ns\":%" PRIu64, window->interval, window->start);
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

/* Of both ends of the load generator's connections. Open sockets are asked only if the namespace counts
 * any retransmission. */
static struct resent resent(const struct run *run, const struct net *end)
{
    const struct connections *all = &run->fleet.all;
    struct resent sum = all->counts.resent;
    if (end->retransmits >= 0 && end->retransmits == run->net.retransmits)
        return sum;
    for (uint32_t i = 0; i < all->total; i++)
        if (all->table[i].state != CLOSED && !rests(&all->table[i]))
            diag_resent(all->table[i].fd, &sum);
    if (run->options.load.part == 0)
        diag_served(run->fleet.kernel.diag, &run->fleet.source.target, &sum);
    return sum;
}

/* The counters of the load generator and the server; then those of the whole namespace, for comparison. */
static void put_kernel(const struct run *run)
{
    const struct kernel *kernel = &run->fleet.kernel;
    const struct sockaddr_in *target = &run->fleet.source.target;
    const struct net *begin = &run->net;
    struct net end;
    kernel_net(kernel, target, &end);
    const struct resent sent_again = resent(run, &end);
    /* The drops of a listener have other causes too; those of a full queue are at most `all`. */
    int64_t drops = end.listening.drops - begin->listening.drops, all = end.listen_drops - begin->listen_drops;
    bool seen = begin->listening.drops >= 0 && end.listening.drops >= begin->listening.drops;
    put_number('{', "listen_backlog", end.listening.backlog);
    put_number(',', "listen_drops", seen ? least(drops, all) : -1);
    put_number(',', "somaxconn", kernel->somaxconn);
    put_number(',', "retransmits", (int64_t)sent_again.segments);
    put_number(',', "needless", (int64_t)sent_again.needless);
    put_number(',', "time_wait", diag_waiting(kernel->diag, target));
    put_delta(',', "time_wait_overflows", begin->time_wait_overflows, end.time_wait_overflows);
    put_number(',', "conntrack", end.conntrack);
    put_number(',', "conntrack_most", end.conntrack_most);
    fputs(",\"namespace\":", stdout);
    put_delta('{', "listen_overflows", begin->listen_overflows, end.listen_overflows);
    put_delta(',', "listen_drops", begin->listen_drops, end.listen_drops);
    put_delta(',', "retransmits", begin->retransmits, end.retransmits);
    put_number(',', "time_wait", end.time_wait);
    fputs("}}", stdout);
    put_key_string("congestion", kernel->congestion[0] ? kernel->congestion : NULL);
    printf(",\"rss_bytes\":%" PRIu64, kernel_rss(kernel));
}

static void put_ceiling(const struct run *run)
{
    const struct counts *counts = &run->fleet.all.counts;
    if (run->options.until_refused)
        printf(",\"served\":%" PRIu32 ",\"refused\":%" PRIu32, counts->served, counts->refused);
    else
        fputs(",\"served\":null,\"refused\":null", stdout);
    put_key_string("stopped_by", run->stopped_by);
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

/* The latencies of each interval, encoded like those of the window; null if there are too many. */
static void put_series(const struct window *window)
{
    static struct hdr step;
    const struct series *series = &window->series;
    for (int high = 0; high < 2; high++) {
        printf(",\"series_p%s_ns\":[", high ? "99" : "50");
        for (uint32_t i = 0; i < window->intervals; i++)
            printf("%s%" PRIu64, i ? "," : "", high ? series->steps[i].p99 : series->steps[i].p50);
        putchar(']');
    }
    fputs(series->whole ? ",\"series_latency\":[" : ",\"series_latency\":null", stdout);
    for (uint32_t i = 0; i < window->intervals && series->whole; i++) {
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

/* The schedule, how late the load generator itself was, and the latencies that a closed loop would
 * report. */
static void put_loop(const struct fleet *fleet)
{
    const struct load_options *load = fleet->load;
    const struct open *open = &fleet->open;
    const struct hdr *lag = &fleet->loop.window.lag;
    static const char *const thinking[] = {
        [CONSTANT] = "constant", [UNIFORM] = "uniform", [EXPONENTIAL] = "exponential"};
    printf(",\"loop\":{\"kind\":\"%s\",\"pipeline\":%" PRIu64 ",\"driven\":%" PRIu64 ",\"think\":\"%s\"",
           load->rate ? "open" : "closed", load->pipeline, slow_first(fleet),
           load->think.high > 0 ? thinking[load->think.kind] : "none");
    if (load->rate > 0) {
        printf(",\"rate\":%" PRIu64 ",\"arrivals\":\"%s\",\"scheduled\":%" PRIu64
               ",\"unsent\":%" PRIu64 ",\"scheduler\":\"%s\"",
               load->rate, load->poisson ? "poisson" : "constant", open->scheduled, open->unsent,
               open->first ? "fifo" : "other");
        put_histogram("uncorrected", &open->uncorrected);
    }
    if (lag->total > 0)
        put_histogram("lag", lag);
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

static void put_stream(const struct run *run)
{
    const struct stream *stream = &run->fleet.stream;
    const struct window *window = &run->fleet.loop.window;
    if (!run->options.stream) {
        fputs(",\"stream\":null", stdout);
        return;
    }
    printf(",\"stream\":{\"listeners\":%" PRIu64 ",\"frames\":%" PRIu64 ",\"late\":%" PRIu64
           ",\"gaps\":%" PRIu64 ",\"skipped\":%" PRIu64 ",\"disordered\":%" PRIu64
           ",\"corrupt\":%" PRIu64 ",\"early\":%" PRIu64,
           run->options.active, window->requests, stream->late, stream->gaps, stream->skipped,
           stream->disordered, stream->corrupt, stream->early);
    put_histogram("lateness", &window->latency);
    put_histogram("jitter", &stream->jitter);
    put_control(stream);
    printf(",\"stalled\":{\"asked\":%" PRIu32 ",\"dropped\":%" PRIu32 ",\"alive\":%" PRIu32 "}}",
           stream->stalled_asked, stream->stalled_dropped,
           stream->stalled_asked - stream->stalled_dropped);
}

void emit_result(const struct run *run)
{
    const struct fleet *fleet = &run->fleet;
    const struct loop *loop = &fleet->loop;
    const struct window *window = &loop->window;
    const struct counts *counts = &fleet->all.counts;
    const struct turns *turns = &loop->turns;
    printf("{\"event\":\"result\",\"interrupted\":%s,\"requests\":%" PRIu64 ",\"bytes\":%" PRIu64
           ",\"seconds\":%.6f",
           loop->stopped ? "true" : "false", window->requests,
           window->bytes, (double)(window->end - window->start) / SECOND);
    printf(",\"answered\":%.6f,\"completed\":%" PRIu64, (double)window->within + window->across,
           counts->completed);
    put_key_string("interrupted_by", loop->stopped);
    put_errors(run);
    printf(",\"idle_alive\":%" PRIu32 ",\"active_alive\":%" PRIu32 ",\"accepted\":%" PRIu64,
           counts->idle_alive, counts->active_alive, window->accepted);
    put_histogram("latency", &window->latency);
    printf(",\"latency_clamped\":%" PRIu64, window->latency.clamped);
    if (turns->turns > 1)
        printf(",\"turns\":{\"turn\":%" PRIu64 ",\"turns\":%" PRIu64 ",\"slot_ns\":%" PRIu64
               ",\"span_ns\":%" PRIu64 ",\"overrun_ns\":%" PRIu64 "}",
               turns->turn + 1, turns->turns, turns->slot, window->span, turns->overrun);
    printf(",\"still_ns\":%" PRIu64, window->still_in_window);
    put_window(window);
    put_series(window);
    if (!run->options.stream)
        put_loop(fleet);
    fputs(",\"net\":", stdout);
    put_kernel(run);
    put_ceiling(run);
    if (fleet->slow.any)
        printf(",\"slow\":{\"connections\":%" PRIu64 ",\"dropped\":%" PRIu32 ",\"again\":%" PRIu32 "}",
               run->options.active - slow_first(fleet), fleet->slow.dropped, fleet->slow.again);
    put_stream(run);
    putchar('}');
    end_line();
}
