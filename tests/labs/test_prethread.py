"""prethread: a fixed number of threads on one listening socket, and which clients wait."""

from contextlib import ExitStack

import pytest

from .capabilities import Variant
from .clients import echo, receive
from .engines import ProcessEngine
from .servers import states, wait_until

LANGUAGES = ("c", "c-sanitized", "python")
each_language = pytest.mark.parametrize("language", LANGUAGES)


@each_language
def test_prethread_has_all_its_threads_before_it_is_ready(
    engine: ProcessEngine, language: str
) -> None:
    server = engine.launch(Variant("prethread", language), env={"WORKERS": "4"})
    own = len(states(server)) - 4  # a sanitizer may have a thread of its own
    assert own >= 0
    with ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(4)]
        assert all(echo(client) for client in clients)
        assert len(states(server)) == own + 4, "clients add no thread"


@each_language
def test_prethread_serves_as_many_clients_as_it_has_threads(
    engine: ProcessEngine, language: str
) -> None:
    """A busy thread takes no client from the shared listen queue, so no client waits beside an
    idle thread, as it may in prefork. With one client more than threads, exactly one waits.
    """
    server = engine.launch(Variant("prethread", language), env={"WORKERS": "2"})
    for _ in range(20):
        with server.connect() as first, server.connect() as second:
            assert echo(first)
            assert echo(second)
            third = server.connect()
            third.sendall(b"I wait")
            wait_until(lambda: set(states(server)) == {"S"}, "all threads sleep")
            assert server.queues(third) == (0, 6)
        assert receive(third, 6) == b"I wait"
        third.close()


@each_language
def test_prethread_bad_number_of_threads(engine: ProcessEngine, language: str) -> None:
    process, log = engine.popen(Variant("prethread", language), env={"WORKERS": "0"})
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (2, b"")
    assert log.read_text() == "WORKERS=0: expected at least one\n"
