/* 5 main: the load generator of the lab. It opens idle and active connections to a server
 * and drives a closed loop, an open loop or listeners of a stream. It checks every byte, and
 * reports what it measured, including its own CPU time, so that a saturated load generator is
 * never mistaken for a slow server. */
#include "run.h"

static struct run run;

int main(int argc, char **argv)
{
    const struct options *options = &run.options;
    struct fleet *fleet = &run.fleet;
    struct loop *loop = &fleet->loop;
    options_parse(&run.options, argc, argv);
    if (options->summary)
        summary_begin();
    prepare(fleet, options);
    emit_hello(&fleet->kernel);
    kernel_net(&fleet->kernel, &fleet->source.target, &run.net);

    if (options->first_crowd > 0)
        serve_first_crowd(fleet, options);
    connect_all(loop);
    if (!loop->stopped && options->until_refused)
        run.stopped_by = ceiling_reason(&fleet->all.counts);
    if (!loop->stopped)
        emit_connected(&run);
    if (options->wait && !loop->stopped)
        await_start(loop);
    if (!loop->stopped && options->until_refused)
        prove_again(loop);
    else if (!loop->stopped)
        drive(loop, options->warmup);
    emit_result(&run);
    int code = options->summary ? summary_end(&run) : 0;
    if (options->wait)
        await_end(loop);
    close_all(&fleet->all);
    return code;
}
