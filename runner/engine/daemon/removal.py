"""Removing a container that may not be there yet."""

from __future__ import annotations

import threading
import time

from docker import APIClient
from docker.errors import DockerException
from requests.exceptions import RequestException

AWAY = (DockerException, RequestException, OSError)
LATE_SECONDS = 5.0
_AGAIN = 0.2


def remove(api: APIClient, name: str, *, unanswered: bool = False) -> bool:
    """False where no container of this name was removed. A daemon goes on making a container whose
    maker was interrupted before it answered: that `unanswered` one is looked for for a while."""
    pause, deadline = threading.Event(), time.monotonic() + (LATE_SECONDS if unanswered else 0.0)
    while True:
        try:
            api.remove_container(name, force=True, v=True)
        except AWAY:
            if time.monotonic() >= deadline:
                return False
            pause.wait(_AGAIN)  # no event says that none will come
        else:
            return True
