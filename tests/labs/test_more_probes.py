"""The probes of labs/probes/more.yaml: what the seed text leaves out."""

from __future__ import annotations

import pytest

from .probing import Run


def test_a_file_is_never_waited_for_and_its_read_sleeps(run: Run) -> None:
    """A loop that reads the files itself stops its client; a thread or io_uring does not."""
    result = run("disk_file")
    if not result[0]["cold"]:
        pytest.skip("the files of /usr are in memory: no read sleeps")
    answers = {(f["call"], f["of"]): f["answer"] for f in result if f["case"] == "ready"}
    assert answers["epoll", "new file"] == "EPERM"
    assert answers["epoll", "empty pipe"] == "accepted"
    for call in ("poll", "select"):
        assert answers[call, "file on disk"] == "ready"
        assert answers[call, "empty pipe"] == "not ready"
    [read] = [f for f in result if f["case"] == "read"]
    assert read["cold_sleeps"] > read["warm_sleeps"]
    replies = {f["way"]: f["replies"] for f in result if f["case"] == "loop"}
    assert replies["in the loop"] <= 2 < replies["in a thread"]


def test_a_blocking_call_in_a_coroutine_stops_the_other_client(run: Run) -> None:
    result = run("blocking_call.py", "length=100")
    b = {f["call"]: f["b"] for f in result if f["case"] == "wait"}
    assert b["time.sleep"] == b["compute"] == "stopped"
    assert b["to_thread(time.sleep)"] == b["asyncio.sleep"] == "served"
    slow = {f["call"]: f["slow"] for f in result if f["case"] == "debug"}
    assert slow == {"time.sleep": "serve_client", "to_thread(time.sleep)": "nothing"}


def test_memory_is_bounded_only_with_backpressure(run: Run) -> None:
    result = run("backpressure.py", "mib=16")
    seen = {(f["form"], f["memory"], f["client"]) for f in result}
    assert seen == {
        ("write", "grows with the client", "never stopped"),
        ("protocol", "grows with the client", "never stopped"),
        ("drain", "bounded", "stopped"),
        ("pause_reading", "bounded", "stopped"),
    }


def test_one_loop_waits_for_everything_and_loses_no_signal(run: Run) -> None:
    """But a program that looks at a flag and then calls poll loses every signal between the two."""
    result = run("one_loop")
    woken = {f["source"]: (f["before"], f["woken_by"]) for f in result if f["case"] == "loop"}
    assert len(woken) == 6
    assert all(seen == ("nothing", source) for source, seen in woken.items())
    lost = {f["way"]: (f["worst_lost"], f["random_lost"]) for f in result if f["case"] == "race"}
    assert lost.pop("flag, then poll")[0] == 20
    assert lost == dict.fromkeys(("flag, then ppoll", "self-pipe", "signalfd"), (0, 0))


def test_a_task_group_leaves_no_task_and_no_error_behind(run: Run) -> None:
    result = {(f["way"], f["case"]): f for f in run("task_group.py")}
    group = [f for (way, _), f in result.items() if way == "TaskGroup"]
    assert [(f["running"], f["cleaned_up"], f["steps_after"]) for f in group] == [(0, 2, 0)] * 3
    both = {way: f["errors_seen"] for (way, case), f in result.items() if "two" in case}
    assert both == {"create_task": 0, "gather": 1, "TaskGroup": 2}
    gather = result["gather", "one child fails"]
    assert (gather["parent_has"], gather["running"]) == ("ChildError", 2)
    assert gather["steps_after"] > 0


def test_what_a_notification_promises(run: Run) -> None:
    result = run("notification")
    assert {f["trigger"]: f["rest"] for f in result if f["case"] == "again"} == {
        "level": "reported",
        "edge": "not reported",
    }
    idle = {f["watched_for"]: f["idle"] for f in result if f["case"] == "writable"}
    assert (idle["input"], idle["input and room"]) == ("sleeps", "spins")
    closed = {f["duplicate"]: f["closed_descriptor"] for f in result if f["case"] == "closed"}
    assert closed == {"none": "not reported", "open": "reported"}
    second = {f["read"]: f["second_read"] for f in result if f["case"] == "taken"}
    assert second == {"blocking": "sleeps", "non-blocking": "EAGAIN at once"}
    woken = [f["median"] for f in result if f["case"] == "wakes"]
    assert woken == [4, 1, 4, 1, 1, 4, 1]


def test_which_thread_gets_the_next_connection(run: Run) -> None:
    result = run("accepting")
    balance = {f["way"]: f["balance"] for f in result}
    assert balance["an epoll each, EPOLLEXCLUSIVE"] == "one thread"
    assert balance["a listener each, SO_REUSEPORT"] == "all threads"
    assert balance["accept, shared listener"] == "all threads"
    assert all(sum(map(int, f["by_thread"].split())) == f["connections"] for f in result)


def test_a_byte_stream_has_no_messages(run: Run) -> None:
    joined, part, cut = run("byte_stream")
    assert joined["messages_in_one_read"] == 3
    assert part["taken"] < part["bytes"]
    assert cut["returned"] < cut["bytes"]
