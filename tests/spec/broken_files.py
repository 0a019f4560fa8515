"""Specs that need what is not there: labs, and included files."""

# ruff: noqa: E501 (an expected line is one line)
from __future__ import annotations

from tests.spec.broken_spec import ONE, Broken, whole

BROKEN_FILES: list[Broken] = [
    whole(
        "unknown-lab",
        "version: 1\nexperiments:\n  - {id: a, title: t, server: {lab: [epoll, selct]}}\n",
        ":3:45: experiments[0].server.lab[1]: there is no lab 'selct'; labs/ has asyncio, asyncio/protocol, epoll, poll, select; did you mean 'select'?",
    ),
    whole(
        "lab-without-language",
        "version: 1\nexperiments:\n  - {id: a, title: t, server: {lab: [epoll, select], language: [c, python]}}\n",
        ":3:45: experiments[0].server.lab[1]: lab 'select' has no server.py; it exists in c; exclude {lab: select, language: python}",
    ),
    whole(
        "lab-as-path",
        "version: 1\nexperiments:\n  - {id: a, title: t, server: {lab: ../select}}\n",
        ":3:37: experiments[0].server.lab: '../select' is a path, not a lab's name; `servers` gives a server of your own a name; write these three lines, or type `runner trace ../select`, which takes any folder",
    ),
    whole(
        "form-as-path",
        "version: 1\nexperiments:\n  - {id: a, title: t, server: {lab: epoll/../select}}\n",
        ":3:37: experiments[0].server.lab: 'epoll/../select' is a path, not a lab's name; `servers` gives a server of your own a name; write these three lines, or type `runner trace epoll/../select`, which takes any folder",
    ),
    whole(
        "unknown-form",
        "version: 1\nexperiments:\n  - {id: a, title: t, server: {lab: asyncio/protocl, language: python}}\n",
        ":3:37: experiments[0].server.lab: there is no lab 'asyncio/protocl'; labs/ has asyncio, asyncio/protocol, epoll, poll, select; did you mean 'asyncio/protocol'?",
    ),
    whole(
        "form-in-c",
        "version: 1\nexperiments:\n  - {id: a, title: t, server: {lab: asyncio/protocol}}\n",
        ":3:37: experiments[0].server.lab: lab 'asyncio/protocol' has no server_protocol in C; it exists in python; type language: python",
    ),
    whole(
        "only-in-python",
        "version: 1\nexperiments:\n  - {id: a, title: t, server: {lab: [epoll, asyncio]}}\n",
        ":3:45: experiments[0].server.lab[1]: lab 'asyncio' has no server.c; it exists in python; type language: python",
    ),
    whole(
        "one-in-c-and-one-in-python",
        "version: 1\nexperiments:\n  - {id: a, title: t, server: {lab: [poll, asyncio]}}\n",
        ":3:44: experiments[0].server.lab[1]: lab 'asyncio' has no server.c; it exists in python; type language: [c, python], and exclude {lab: asyncio, language: c}",
    ),
    whole(
        "include-missing",
        "version: 1\ninclude: [nope.yaml]\n",
        ":2:11: include[0]: nope.yaml: no such file; did you mean 'spec.yaml'?",
    ),
    whole(
        "include-traversal",
        "version: 1\ninclude: [../../etc/passwd]\n",
        ":2:11: include[0]: '../../etc/passwd' leads out of the spec's folder; stay inside it",
    ),
    whole(
        "include-absolute",
        "version: 1\ninclude: [/etc/passwd]\n",
        ":2:11: include[0]: '/etc/passwd' is absolute; type a path in the spec's folder",
    ),
    whole(
        "include-itself",
        "version: 1\ninclude: spec.yaml\n",
        ":2:10: include: a file includes itself: spec.yaml → spec.yaml; break the circle",
    ),
    Broken(
        "include-cycle",
        {
            "spec.yaml": "version: 1\ninclude: [a.yaml]\n",
            "a.yaml": "version: 1\ninclude: [sub/b.yaml]\n",
            "sub/b.yaml": "version: 1\ninclude: [../a.yaml]\n",
        },
        "sub/b.yaml:2:11: include[0]: a file includes itself: a.yaml → sub/b.yaml → a.yaml; break the circle",
    ),
    Broken(
        "include-too-deep",
        {
            "spec.yaml": "version: 1\ninclude: [1.yaml]\n",
            "1.yaml": "version: 1\ninclude: [2.yaml]\n",
            "2.yaml": "version: 1\ninclude: [3.yaml]\n",
            "3.yaml": "version: 1\ninclude: [4.yaml]\n",
            "4.yaml": "version: 1\ninclude: [5.yaml]\n",
            "5.yaml": "version: 1\ninclude: [6.yaml]\n",
        },
        "4.yaml:2:11: include[0]: included too deep; at most 4 levels",
    ),
    Broken(
        "include-with-defaults",
        {
            "spec.yaml": "version: 1\ninclude: [a.yaml]\n",
            "a.yaml": "version: 1\ndefaults: {repeat: 3}\nexperiments:\n" + ONE,
        },
        "a.yaml:2:1: defaults: only the first file has defaults; give these experiments their own repeat, warmup, duration",
    ),
    Broken(
        "include-error-inside",
        {
            "spec.yaml": "version: 1\ninclude: [a.yaml]\nexperiments:\n" + ONE,
            "a.yaml": "version: 1\nexperiments:\n  - {id: b, title: t, server: {lab: select}, repeet: 3}\n",
        },
        "a.yaml:3:46: experiments[0].repeet: unknown key; did you mean 'repeat'?",
    ),
    Broken(
        "include-id-twice",
        {
            "spec.yaml": "version: 1\ninclude: [a.yaml]\nexperiments:\n" + ONE,
            "a.yaml": "version: 1\nexperiments:\n" + ONE,
        },
        "a.yaml:3:10: experiments[0].id: 'a' is the id of another experiment, at spec.yaml:4:10; type another id",
    ),
    Broken(
        "include-not-yaml",
        {"spec.yaml": "version: 1\ninclude: [a.yaml]\n", "a.yaml": "a: b: c\n"},
        "a.yaml:1:5: a ':' where no key can be; check the indentation, or quote the text",
    ),
    whole(
        "include-a-number",
        "version: 1\ninclude: [5]\n",
        ":2:11: include[0]: 5 is not a file's name; type a name such as my.yaml",
    ),
    Broken(
        "include-twice",
        {
            "spec.yaml": "version: 1\ninclude: [a.yaml, ./a.yaml]\n",
            "a.yaml": "version: 1\nexperiments:\n" + ONE,
        },
        "spec.yaml:2:19: include[1]: './a.yaml' is included already; include it once",
    ),
]
