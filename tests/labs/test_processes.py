"""fork and prefork: the contract for servers with more than one process.

The conformance suite examines one process. Its tests that use only the connection run here for
these two, prefork with one worker, which then equals `blocking`.
"""

import signal

import pytest

from .capabilities import Variant, variants_of
from .clients import echo, send_until_stuck
from .engines import ProcessEngine
from .servers import children, exists, free_port, wait_until
from .test_beginning_and_end import (  # noqa: F401 (pytest finds them here)
    test_bad_setting_is_one_clear_line,
    test_port_in_use_names_the_call,
    test_ready_names_port_and_model,
    test_signal_ends_it_while_idle,
    test_sigterm_ends_it_as_pid_1,
    test_sigterm_ends_it_while_serving,
    test_sigterm_ends_it_with_a_stalled_client,
)
from .test_echo import (  # noqa: F401
    test_bytes_come_back_in_order_however_they_are_cut,
    test_half_close_is_answered_to_the_last_byte,
    test_half_close_of_a_stuck_client_is_answered_to_the_last_byte,
    test_megabytes_come_back,
    test_reset_affects_no_other_client,
    test_writing_to_a_client_that_left_does_not_kill,
)
from .test_interruptions import (  # noqa: F401
    faults,
    test_interrupted_calls_are_called_again,
    test_stop_and_continue,
)
from .test_many_clients import test_idle_clients_cost_no_time  # noqa: F401


@pytest.fixture(params=variants_of("fork", "prefork"), ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    chosen: Variant = request.param
    return chosen


def test_sigterm_ends_them_all(engine: ProcessEngine, variant: Variant) -> None:
    """Also the process that sleeps in send for a client that does not read."""
    server = engine.launch(variant, env={"WORKERS": "3"})
    with server.connect(receive_buffer=4096) as stuck, server.connect() as other:
        send_until_stuck(server, stuck)
        other.sendall(b"perhaps for the same worker")
        family = children(server.pid)
        assert family
        server.kill(signal.SIGTERM)
        assert server.exit_status(1) == 0
        wait_until(lambda: not any(exists(pid) for pid in family), "the children end as well")


def test_the_port_is_free_at_once(engine: ProcessEngine, variant: Variant) -> None:
    """Even while clients were connected: every process that holds the listening socket ends."""
    port = str(free_port())
    first = engine.launch(variant, env={"PORT": port})
    with first.connect() as client:
        assert echo(client)
        family = children(first.pid)
        first.kill(signal.SIGTERM)
        assert first.exit_status(1) == 0
        wait_until(lambda: not any(exists(pid) for pid in family), "the children end as well")
        engine.launch(variant, env={"PORT": port})
