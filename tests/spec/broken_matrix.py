"""Specs whose matrix or expectations point at nothing, or at too much."""

# ruff: noqa: E501 (an expected line is one line)
from __future__ import annotations

from tests.spec.broken_spec import Broken, after

BROKEN_MATRIX: list[Broken] = [
    after(
        "empty-axis",
        "    fleet: {idle: []}\n",
        ":6:19: experiments[0].fleet.idle: the list is empty; an empty matrix has nothing to run; type a value",
    ),
    after(
        "value-twice",
        "    fleet: {idle: [10000, 10k]}\n",
        ":6:19: experiments[0].fleet.idle: 10000 is listed twice; list it once",
    ),
    after(
        "huge-matrix",
        f"    fleet: {{idle: {list(range(200))}, active: {list(range(1, 201))}}}\n",
        ":3:5: experiments[0]: the matrix has 40000 cells; at most 10000; type fewer values",
    ),
    after(
        "exclude-everything",
        "    exclude: [{lab: select}]\n",
        ":6:14: experiments[0].exclude: no cell is left; an empty matrix has nothing to run; exclude fewer",
    ),
    after(
        "exclude-without-axis",
        "    exclude: [{}]\n",
        ":6:15: experiments[0].exclude[0]: {} excludes every cell; name an axis",
    ),
    after(
        "exclude-unknown-axis",
        "    exclude: [{idel: 5}]\n",
        ":6:16: experiments[0].exclude[0].idel: unknown key; did you mean 'idle'?",
    ),
    after(
        "exclude-unknown-value",
        "    fleet: {idle: [900, 10k]}\n    exclude: [{idle: 1000}]\n",
        ":7:22: experiments[0].exclude[0].idle: 1k is not in the matrix; idle is 900, 10k; did you mean '10k'?",
    ),
    after(
        "sections-of-one",
        "    fleet: {idle: [0, 900]}\n    sections: payload\n",
        ":7:15: experiments[0].sections: 'payload' has only one value here; axes with several values: idle; delete it",
    ),
    after(
        "sections-unknown-axis",
        "    sections: idel\n",
        ":6:15: experiments[0].sections: 'idel' is not an axis; did you mean 'idle'?",
    ),
    after(
        "too-many-trials",
        f"    repeat: 100\n    fleet: {{idle: {list(range(50))}, active: {list(range(1, 51))}}}\n",
        ":3:3: experiments: 250000 trials; at most 100000; type fewer repeats or values",
    ),
    after(
        "ceiling-with-idle",
        "    measure: ceiling\n    fleet: {idle: 5}\n",
        ":7:19: experiments[0].fleet.idle: measure: ceiling does not use this key; delete it",
    ),
    after(
        "ceiling-exclude-idle",
        "    measure: ceiling\n    exclude: [{idle: 5}]\n",
        ":7:22: experiments[0].exclude[0].idle: measure: ceiling has no axis 'idle'; its axes are lab, language, nofile",
    ),
    after(
        "quick-selects-nothing",
        "    quick:\n      only: [{language: python}]\n",
        ":7:25: experiments[0].quick.only[0].language: python is not in the matrix; language is c",
    ),
    after(
        "expect-nothing",
        "    expect: [{of: {}}]\n",
        ":6:14: experiments[0].expect[0]: no ratio, metric or finding; an expectation has one of them; type metric: errors or ratio: rate",
    ),
    after(
        "expect-word",
        "    expect: [fast]\n",
        ":6:14: experiments[0].expect[0]: 'fast' where a mapping is needed; type {metric: errors, of: {}, at_most: 0}",
    ),
    after(
        "expect-misspelt",
        "    expect: [{metrics: errors, at_most: 0}]\n",
        ":6:14: experiments[0].expect[0]: no ratio, metric or finding; an expectation has one of them; did you mean 'metric'?",
    ),
    after(
        "expect-both",
        "    expect: [{ratio: rate, metric: rate, of: {}, to: {}, at_least: 1}]\n",
        ":6:28: experiments[0].expect[0].metric: more than one of ratio, metric and finding; an expectation has one of them; delete one",
    ),
    after(
        "unknown-metric",
        "    expect: [{metric: latency, at_most: 1ms}]\n",
        ":6:23: experiments[0].expect[0].metric: 'latency' is not a metric; did you mean 'max_latency'?",
    ),
    after(
        "metric-renamed",
        "    expect: [{metric: wait_asleep, at_least: 0.5}]\n",
        ":6:23: experiments[0].expect[0].metric: 'wait_asleep' has a new name; did you mean 'wait_blocked_share'?",
    ),
    after(
        "ratio-renamed",
        "    expect: [{ratio: unsent, of: {}, to: {}, at_least: 1}]\n",
        ":6:22: experiments[0].expect[0].ratio: 'unsent' has a new name; did you mean 'unsent_share'?",
    ),
    after(
        "ratio-of-names",
        "    expect: [{ratio: limit, of: {}, to: {}, at_least: 1}]\n",
        ":6:22: experiments[0].expect[0].ratio: 'limit' is not a metric that is a number; type one of rate, p50, p90, p99, p999, max_latency, p50_uncorrected, p99_uncorrected, send_lag_p99, accept_rate, unsent_share, cpu_per_request, server_cpu, fleet_cpu, errors, memory_per_connection, threads, processes, connect_rate, switches_per_request, idle_alive, served, refused_fd, frame_rate, late_frame_share, lateness_p50, lateness_p99, jitter_p99, gaps, dropped_listeners …",
    ),
    after(
        "ratio-without-to",
        "    expect: [{ratio: rate, of: {}, at_least: 1}]\n",
        ":6:14: experiments[0].expect[0].to: missing; add to: {lab: poll}",
    ),
    after(
        "no-bound",
        "    expect: [{metric: errors}]\n",
        ":6:14: experiments[0].expect[0]: there is no bound; add at_least, at_most or equals",
    ),
    after(
        "bounds-crossed",
        "    expect: [{metric: rate, at_least: 5, at_most: 3}]\n",
        ":6:14: experiments[0].expect[0]: at_least 5 is more than at_most 3; no value can pass; swap them",
    ),
    after(
        "bound-that-every-value-keeps",
        "    expect: [{metric: rate, at_least: 0, points: 5}]\n",
        ":6:39: experiments[0].expect[0].at_least: no value is less than 0, so none can fail; type a larger bound",
    ),
    after(
        "share-of-more-than-all",
        "    expect: [{metric: unsent_share, at_least: 0, at_most: 1}]\n",
        ":6:59: experiments[0].expect[0].at_most: no value is more than 1, so none can fail; type a smaller bound",
    ),
    after(
        "bound-without-unit",
        "    expect: [{metric: p99, at_most: 5}]\n",
        ":6:37: experiments[0].expect[0].at_most: 5 has no unit; type 5ms or 5s",
    ),
    after(
        "bound-of-a-name",
        "    expect: [{metric: limit, at_most: 5}]\n",
        ":6:39: experiments[0].expect[0].at_most: limit is a name; names have no order; type equals",
    ),
    after(
        "equals-and-bound",
        "    expect: [{metric: rate, equals: 5, at_most: 5}]\n",
        ":6:14: experiments[0].expect[0]: equals cannot be combined with at_least or at_most; keep one of them",
    ),
    after(
        "one-of-numbers",
        "    expect: [{metric: rate, one_of: [fast, slow]}]\n",
        ":6:14: experiments[0].expect[0]: rate is a number, and one_of lists names; type at_least and at_most",
    ),
    after(
        "one-of-and-equals",
        "    measure: ceiling\n    expect: [{metric: limit, one_of: [EMFILE, ENFILE], equals: EMFILE}]\n",
        ":7:14: experiments[0].expect[0]: one_of cannot be combined with equals; keep one of them",
    ),
    after(
        "points-negative",
        "    expect: [{metric: errors, at_most: 0, points: -1}]\n",
        ":6:51: experiments[0].expect[0].points: -1 is less than 0; type 0 or more",
    ),
    after(
        "points-as-text",
        "    expect: [{metric: errors, at_most: 0, points: many}]\n",
        ":6:51: experiments[0].expect[0].points: 'many' is not a number; type a number such as 0.75 or 10k",
    ),
    after(
        "metric-of-another-measure",
        "    expect: [{metric: refused_fd, equals: 1024}]\n",
        ":6:23: experiments[0].expect[0].metric: measure: load does not yield 'refused_fd'; it yields rate, p50, p90, p99, p999, max_latency, p50_uncorrected, p99_uncorrected, send_lag_p99, accept_rate, unsent_share, cpu_per_request, server_cpu, fleet_cpu, errors, memory_per_connection, threads, processes, connect_rate, switches_per_request, idle_alive",
    ),
    after(
        "expect-unknown-value",
        "    fleet: {idle: [900, 10k]}\n    expect: [{metric: errors, of: {idle: 1000}, at_most: 0}]\n",
        ":7:42: experiments[0].expect[0].of.idle: 1k is not in the matrix; idle is 900, 10k; did you mean '10k'?",
    ),
    after(
        "expect-excluded",
        "    fleet: {idle: [900, 10k]}\n    exclude: [{idle: 10k}]\n    expect: [{metric: errors, of: {idle: 10k}, at_most: 0}]\n",
        ":8:35: experiments[0].expect[0].of: {idle: 10k} names no cell; all these cells are excluded; exclude fewer, or name others",
    ),
    after(
        "ratio-ambiguous",
        "    fleet: {idle: [0, 900]}\n    expect: [{ratio: rate, of: {idle: 900}, to: {lab: select}, at_least: 1}]\n",
        ":7:14: experiments[0].expect[0]: 'idle=900' has 2 counterparts in to: {lab: select}; they are 'idle=0', 'idle=900'; add idle to 'to'",
    ),
    after(
        "ratio-of-itself",
        "    expect: [{ratio: rate, of: {}, to: {}, at_least: 1}]\n",
        ":6:14: experiments[0].expect[0]: 'lab=select language=c' is divided by itself; make 'of' and 'to' differ",
    ),
    after(
        "ratio-without-counterpart",
        "    fleet: {idle: [0, 900], active: [1, 2]}\n    exclude: [{idle: 0, active: 2}]\n    expect: [{ratio: rate, of: {idle: 900}, to: {idle: 0}, at_least: 1}]\n",
        ":8:14: experiments[0].expect[0]: 'idle=900 active=2' has no counterpart in to: {idle: 0}; each cell of 'of' needs one cell of 'to'; name the axis in which they differ on both sides",
    ),
    after(
        "expect-id-twice",
        "    expect:\n      - {id: x, metric: errors, at_most: 0}\n      - {id: x, metric: rate, at_least: 1}\n",
        ":8:14: experiments[0].expect[1].id: 'x' is the id of another expectation; type another id",
    ),
]
