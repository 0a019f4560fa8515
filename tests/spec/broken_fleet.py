"""Broken specs: fleets whose keys need or exclude each other, or whose values are no load."""

# ruff: noqa: E501 (an expected line is one line)
from __future__ import annotations

from tests.spec.broken_spec import Broken, after

BROKEN_FLEET: list[Broken] = [
    after(
        "turns-at-a-rate",
        "    fleet: {loop: open, rate: 1k}\n    interleave: 20ms\n",
        ":7:17: experiments[0].interleave: `interleave` cannot be combined with `loop: open`; delete interleave or loop: open",
    ),
    after(
        "turns-of-those-who-think",
        "    fleet: {think: 5ms}\n    interleave: 20ms\n",
        ":7:17: experiments[0].interleave: `interleave` cannot be combined with `think`; delete interleave or think",
    ),
    after(
        "turns-of-a-ceiling",
        "    measure: ceiling\n    interleave: 20ms\n",
        ":7:17: experiments[0].interleave: measure: ceiling cannot be interleaved; delete it",
    ),
    after(
        "ranked-without-turns",
        "    ranked: [{}]\n",
        ":6:13: experiments[0].ranked: rows are ranked only if they are measured side by side; add interleave: 50ms, or delete it",
    ),
    after(
        "ranked-names-no-cell",
        "    interleave: 20ms\n    ranked: [{lab: poll}]\n",
        ":7:20: experiments[0].ranked[0].lab: poll is not in the matrix; lab is select",
    ),
    after(
        "turns-too-short",
        "    interleave: 1ms\n",
        ":6:17: experiments[0].interleave: '1ms' is less than 2ms; type 2ms or more",
    ),
    after(
        "open-loop-without-rate",
        "    fleet: {loop: open}\n",
        ":6:19: experiments[0].fleet.loop: an open loop needs a rate; add rate: 10k",
    ),
    after(
        "unknown-loop",
        "    fleet: {loop: opne}\n",
        ":6:19: experiments[0].fleet.loop: 'opne' is not a loop; type one of closed, open; did you mean 'open'?",
    ),
    after(
        "rate-of-a-closed-loop",
        "    fleet: {rate: 10k}\n",
        ":6:19: experiments[0].fleet.rate: rate has no effect in the closed loop; add loop: open",
    ),
    after(
        "arrivals-of-a-closed-loop",
        "    fleet: {arrivals: poisson}\n",
        ":6:23: experiments[0].fleet.arrivals: arrivals has no effect in the closed loop; add loop: open",
    ),
    after(
        "thinking-at-a-rate",
        "    fleet: {loop: open, rate: 1k, think: 5ms}\n",
        ":6:42: experiments[0].fleet.think: `think` has no effect with `rate` (open loop); delete it, or type loop: closed",
    ),
    after(
        "rate-below-fleets",
        "    fleet: {loop: open, rate: [100, 3], fleets: 4, active: 4}\n",
        ":6:37: experiments[0].fleet.rate[1]: 3 requests/s are too few for 4 fleets; type 4 or more",
    ),
    after(
        "no-host",
        "    fleet: {hosts: 0}\n",
        ":6:20: experiments[0].fleet.hosts: 0 is less than 1; type 1 or more",
    ),
    after(
        "hosts-and-turns",
        "    fleet: {hosts: 2, active: 2}\n    interleave: 20ms\n",
        ":6:20: experiments[0].fleet.hosts: `hosts` cannot be combined with `interleave`; delete hosts or interleave",
    ),
    after(
        "hosts-and-sightings",
        "    fleet: {hosts: 2, active: 2}\n    sightings: true\n",
        ":6:20: experiments[0].fleet.hosts: `hosts` cannot be combined with `sightings`; delete hosts or sightings",
    ),
    after(
        "hosts-without-a-connection-each",
        "    fleet: {hosts: 2, active: 3, fleets: 2}\n",
        ":6:31: experiments[0].fleet.active: 3 active connections are too few for 4 fleets; type 4 or more",
    ),
    after(
        "hosts-of-a-ceiling",
        "    measure: ceiling\n    fleet: {hosts: 2}\n",
        ":7:20: experiments[0].fleet.hosts: measure: ceiling does not use this key; delete it",
    ),
    after(
        "rate-below-the-fleets-of-all-hosts",
        "    fleet: {loop: open, rate: 3, fleets: 2, hosts: 2, active: 4}\n",
        ":6:31: experiments[0].fleet.rate: 3 requests/s are too few for 4 fleets; type 4 or more",
    ),
    after(
        "rate-without-a-connection-in-each-fleet",
        "    fleet: {loop: open, rate: 100, active: [2, 1], fleets: 2}\n",
        ":6:48: experiments[0].fleet.active[1]: 1 active connections are too few for 2 fleets; type 2 or more",
    ),
    after(
        "rate-of-slow-ones-alone",
        "    fleet: {loop: open, rate: 100, active: 2, slow_writers: 5%, slow_readers: 5%}\n",
        ":6:44: experiments[0].fleet.active: all connections of a fleet would be slow, and none is left for the rate; type smaller slow shares, or more active",
    ),
    after(
        "churn-without-a-connection-in-each-fleet",
        "    fleet: {active: 1, churn: 10, fleets: 2}\n",
        ":6:21: experiments[0].fleet.active: 1 connections are too few for churn in 2 fleets; type 2 or more, or fewer fleets",
    ),
    after(
        "no-such-distribution",
        "    fleet: {payload: 'normal:64B'}\n",
        ":6:22: experiments[0].fleet.payload: 'normal:64B' is not a distribution; type 64B, uniform:64B..4KiB or exponential:64B",
    ),
    after(
        "distribution-without-range",
        "    fleet: {think: 'uniform:5ms'}\n",
        ":6:20: experiments[0].fleet.think: 'uniform:5ms' has no range; type 500ms, uniform:500ms..2s or exponential:500ms",
    ),
    after(
        "empty-range",
        "    fleet: {payload: 'uniform:4KiB..64B'}\n",
        ":6:22: experiments[0].fleet.payload: 'uniform:4KiB..64B' is an empty range; type 64B, uniform:64B..4KiB or exponential:64B",
    ),
    after(
        "distribution-without-unit",
        "    fleet: {payload: 'exponential:64'}\n",
        ":6:22: experiments[0].fleet.payload: 64 has no unit; type 64B or 64KiB",
    ),
    after(
        "load-key-of-a-ceiling",
        "    measure: ceiling\n    fleet: {loop: closed}\n",
        ":7:19: experiments[0].fleet.loop: measure: ceiling does not use this key; delete it",
    ),
    after(
        "exchange-without-reply",
        "    fleet: {exchange: {send: PING}}\n",
        ":6:23: experiments[0].fleet.exchange.reply: missing; add reply",
    ),
    after(
        "reply-without-end",
        "    fleet: {exchange: {send: PING, reply: {}}}\n",
        ":6:43: experiments[0].fleet.exchange.reply: the end of the reply is missing; type one of bytes, until, exactly, or an HTTP status",
    ),
    after(
        "reply-with-two-ends",
        "    fleet: {exchange: {send: PING, reply: {bytes: 7B, until: x}}}\n",
        ":6:43: experiments[0].fleet.exchange.reply: bytes and until are given; type one of bytes, until, exactly, or an HTTP status",
    ),
    after(
        "escapes-without-quotes",
        "    fleet: {exchange: {send: PING\\r\\n, reply: {bytes: 7B}}}\n",
        ':6:30: experiments[0].fleet.exchange.send: a request has a backslash escape outside of double quotes; type it in "double quotes": \\n is a newline, \\xff a byte, \\\\n a backslash and n',
    ),
    after(
        "odd-hex",
        "    fleet: {exchange: {send: {hex: 0ff}, reply: {bytes: 7B}}}\n",
        ":6:30: experiments[0].fleet.exchange.send: '0ff' is not bytes in hexadecimal digits; type two digits for each byte, as in {hex: '00 0a ff'}",
    ),
    after(
        "bytes-of-another-kind",
        "    fleet: {exchange: {send: {base64: AAA=}, reply: {bytes: 7B}}}\n",
        ":6:30: experiments[0].fleet.exchange.send: a request is a mapping with another key than hex; type {hex: '00ff'}",
    ),
    after(
        "half-a-character",
        '    fleet: {exchange: {send: "\\ud800", reply: {bytes: 7B}}}\n',
        ':6:30: experiments[0].fleet.exchange.send: half of a character; type bytes as "\\xff"',
    ),
    after(
        "control-character-elsewhere",
        '    notes: "a\\0b"\n',
        ":6:12: experiments[0].notes: control character U+0000; delete it",
    ),
    after(
        "payload-of-an-exchange",
        "    fleet: {payload: 64B, exchange: {send: PING, reply: {bytes: 7B}}}\n",
        ":6:22: experiments[0].fleet.payload: the request is what `exchange` sends; delete it",
    ),
    after(
        "slow-without-unit",
        "    fleet: {slow_readers: 5}\n",
        ":6:27: experiments[0].fleet.slow_readers: 5 has no unit; type 5%",
    ),
    after(
        "too-many-slow",
        "    fleet: {slow_readers: 60%, slow_writers: [0%, 60%]}\n",
        ":6:46: experiments[0].fleet.slow_writers: slow_readers and slow_writers add up to 120%; at most 100%; type smaller shares",
    ),
]
