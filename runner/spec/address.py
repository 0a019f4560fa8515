"""The address of a server that runs already, as it is written in a spec."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from runner.spec.notation import Notation
from runner.spec.problem import NotTextError, WrongError, shown

_FORM = re.compile(r"([^:/\s]+):([0-9]{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Address(Notation[str]):
    """HOST:PORT with an IPv4 address: the load generator resolves no names."""

    def read(self, value: object) -> str:
        if not isinstance(value, str):
            raise NotTextError(f"{shown(value)} is not an address", 'type "127.0.0.1:9000"')
        match = _FORM.fullmatch(value.strip())
        host, port = (match[1], int(match[2])) if match else ("", 0)
        try:
            number = ipaddress.IPv4Address("127.0.0.1" if host == "localhost" else host)
        except ValueError:
            number = None
        if number is None or not 0 < port < 1 << 16:
            what = f"{shown(value)} is not an address"
            raise WrongError(what, 'type an IPv4 address and a port: "127.0.0.1:9000"')
        return f"{number}:{port}"

    def json_schema(self) -> dict[str, object]:
        return {"type": "string", "pattern": r"^[0-9a-z.]+:[0-9]{1,5}$"}
