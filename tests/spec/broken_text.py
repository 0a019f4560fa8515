"""Texts that are no spec: no file, no YAML, or YAML that attacks."""

# ruff: noqa: E501 (an expected line is one line)
from __future__ import annotations

from tests.spec.broken_spec import Broken, after, whole

BROKEN_TEXT: list[Broken] = [
    Broken("no-such-file", {}, "spec.yaml: no such file"),
    Broken(
        "no-such-file-but-alike",
        {"spce.yaml": "version: 1\n"},
        "spec.yaml: no such file; did you mean 'spce.yaml'?",
    ),
    Broken(
        "a-folder",
        {"spec.yaml/other.yaml": "version: 1\n"},
        "spec.yaml: this is a folder; type the name of a file in it",
    ),
    whole("empty", "", ":1:1: the file is empty; begin with version: 1"),
    whole("only-comments", "# later\n", ":1:1: the file is empty; begin with version: 1"),
    whole(
        "not-utf8",
        b"version: 1\nname: caf\xe9\n",
        ":2:10: byte 0xe9 is not UTF-8; save the file as UTF-8 text",
    ),
    whole("binary", b"\x7fELF\x02\x01\x01\x00", ":1:1: control character U+007F; delete it"),
    after(
        "control-character",
        "    about: bell \u0007\n",
        ":6:17: control character U+0007; delete it",
    ),
    after(
        "escaped-control-character",
        '    about: "\\e[31mred"\n',
        ":6:12: experiments[0].about: control character U+001B; delete it",
    ),
    whole("too-large", "#" * (1 << 20) + "\n", ": larger than 1 MiB; a spec is smaller"),
    after("tab", "\tfleet: {}\n", ":6:1: a tab in the indentation; YAML indents by spaces"),
    after(
        "unclosed-list",
        "    claims: [C1, C2\n",
        ":6:13: a list that is not closed; type ',' or ']'",
    ),
    after(
        "unclosed-mapping",
        "    fleet: {idle: 1\n",
        ":6:12: a mapping that is not closed; type ',' or '}'",
    ),
    after(
        "unclosed-quote",
        '    about: "never ends\n',
        ":6:12: a quote that is not closed; type the other quote",
    ),
    after(
        "indentation",
        "   fleet: {}\n",
        ":6:4: a line that does not fit the ones above; check the indentation, or quote the text",
    ),
    after(
        "colon-in-text",
        "    about: this: that\n",
        ":6:16: a ':' where no key can be; check the indentation, or quote the text",
    ),
    after(
        "no-colon",
        "    about\n    repeat: 3\n",
        ":6:5: a line that is not 'key: value'; type ':' and a value",
    ),
    after(
        "reserved-sign",
        "    about: @home\n",
        ":6:12: a character that YAML reserves; put the text in quotes",
    ),
    after(
        "bracket-at-end",
        "    claims: [\n",
        ":7:1: no value where one is needed; close every [ and {; quote text with special characters",
    ),
    after(
        "duplicate-key",
        "    title: again\n",
        ":6:5: experiments[0].title: duplicate key, first used in line 4; delete one of them",
    ),
    after(
        "duplicate-nested-key",
        "    fleet:\n      idle: 1\n      active: 2\n      idle: 3\n",
        ":9:7: experiments[0].fleet.idle: duplicate key, first used in line 7; delete one of them",
    ),
    after(
        "key-that-is-a-number",
        "    5: five\n",
        ":6:5: experiments[0].5: this key is not text; type '5' in quotes",
    ),
    after(
        "key-that-is-a-list",
        "    [a, b]: c\n",
        ":6:5: experiments[0]: a key that is a list or a mapping; a key is one word",
    ),
    after(
        "python-tag",
        "    about: !!python/object/apply:os.system [id]\n",
        ":6:12: experiments[0].about: the tag !!python/object/apply:os.system; tags are not allowed; delete it",
    ),
    after(
        "own-tag",
        "    about: !secret x\n",
        ":6:12: experiments[0].about: the tag !secret; tags are not allowed; delete it",
    ),
    after(
        "two-documents",
        "---\nversion: 1\n",
        ":6:1: a second document; a spec is one document; delete the '---'",
    ),
    after(
        "unknown-alias",
        "    fleet: *flete\n",
        ":6:12: '*flete' names no anchor; type &flete before it",
    ),
    after(
        "alias-cycle",
        "    about: &a [*a]\n",
        ":6:16: experiments[0].about[0]: an alias that contains itself; write it out",
    ),
    after(
        "alias-cycle-in-mapping",
        "    fleet: &f {idle: *f}\n",
        ":6:22: experiments[0].fleet.idle: an alias that contains itself; write it out",
    ),
    whole(
        "billion-laughs",
        "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n",
        ":5:5: aliases that expand to more than 20000 values; a spec is smaller",
    ),
    whole(
        "many-aliases",
        "x: &x 1\n" + "".join(f"y{n}: *x\n" for n in range(200)),
        ":102:7: too many aliases; at most 100",
    ),
    whole(
        "merge-bomb",
        "m0: &m0 {x: 1}\n"
        + "".join(f"m{n + 1}: &m{n + 1} {{<<: [*m{n}, *m{n}]}}\n" for n in range(30)),
        ":13:17: aliases that expand to more than 20000 values; a spec is smaller",
    ),
    whole(
        "too-deep", "x: " + "[" * 50 + "]" * 50 + "\n", ":1:35: nested too deep; at most 32 levels"
    ),
    whole(
        "too-many-values", "- x\n" * 30_000, ":20000:3: more than 20000 values; a spec is smaller"
    ),
    after(
        "merge-of-a-list",
        "    fleet:\n      <<: [idle]\n",
        ":7:11: experiments[0].fleet.<<: '<<' merges only mappings; type <<: *anchor",
    ),
]
