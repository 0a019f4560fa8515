/* 4 workload: everything that a run consists of. */
#pragma once

#include "load.h"
#include "request.h"
#include "stream.h"

struct fleet {
    struct clock clock;
    struct source source;
    struct kernel kernel;
    struct connections all;
    struct loop loop;

    const struct load_options *load;
    uint64_t driven; /* closed loop: active connections that have begun */
    struct open open;
    struct churn churn;
    struct slow slow;

    const struct stream_options *streaming;
    struct stream stream;
};
