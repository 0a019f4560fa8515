"""kernel_has: which calls to wait for many descriptors does Python's select module offer?

The module is compiled with what the platform has: docs.python.org/3/library/select.html names
the systems of each call. probe.c asks the kernel itself.
"""

import json
import select
import selectors
import sys

FAMILIES = {
    "select": "select",
    "poll": "poll",
    "epoll": "epoll",
    "kqueue": "kqueue",
    "devpoll": "/dev/poll",
}


def main() -> None:
    for name, family in FAMILIES.items():
        finding = {
            "probe": "kernel_has",
            "case": "python",
            "call": f"select.{name}",
            "family": family,
            "state": "present" if hasattr(select, name) else "absent",
            "answer": sys.platform,
        }
        print(json.dumps(finding, separators=(",", ":")), flush=True)
    default = {
        "probe": "kernel_has",
        "case": "default",
        "selector": selectors.DefaultSelector.__name__,
    }
    print(json.dumps(default, separators=(",", ":")), flush=True)


if __name__ == "__main__":
    main()
