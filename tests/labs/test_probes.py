"""The probes: each prints facts, one JSON line per finding. docs/probes.md is the contract."""

from __future__ import annotations

import resource
from pathlib import Path
from statistics import median

import pytest

from .capabilities import Variant
from .engines import ProcessEngine
from .probing import PROBES, Finding, Run

NAMES = sorted(path.parent.name for path in PROBES.glob("*/probe.c"))
IN_PYTHON = sorted(f"{path.parent.name}.py" for path in PROBES.glob("*/probe.py"))


@pytest.fixture(autouse=True)
def enough_descriptors() -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 5000:
        pytest.fail("these tests need 5000 descriptors: ulimit -Hn")


def test_every_probe_is_tested() -> None:
    tests = Path(__file__).parent.glob("test_*probes.py")
    text = "".join(path.read_text() for path in tests)
    assert [name for name in (*NAMES, *IN_PYTHON) if f'"{name}"' not in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_each_says_in_its_banner_what_it_shows(name: str) -> None:
    banner = (PROBES / name / "probe.c").read_text().partition("*/")[0]
    assert f" * {name}: " in banner
    assert " * Build: -O2" in banner


# ---- select_ceiling --------------------------------------------------------------------------


def outcomes(result: list[Finding]) -> dict[tuple[str, int], str]:
    return {(each["variant"], each["fd"]): each["outcome"] for each in result}


def test_the_ceiling(run: Run) -> None:
    assert outcomes(run("select_ceiling", nofile=5000)) == {
        ("refuse", 1023): "ready",
        ("refuse", 1024): "refused",
        ("refuse", 20): "ready",
        ("fortify", 1023): "ready",
        ("fortify", 1024): "abort",
        ("fortify", 20): "ready",
        ("plain", 1023): "ready",
        ("plain", 1024): "corrupted",
        ("plain", 20): "ready",
        ("raw", 1024): "ready",
        ("raw", 4000): "ready",
        ("nofile", 255): "EMFILE",
    }
    python = outcomes(run("select_ceiling.py", nofile=5000))
    assert python == {("python", 1023): "ready", ("python", 1024): "ValueError"}


def test_the_number_counts_and_not_how_many(run: Run) -> None:
    """Few descriptors are open where 1024 is too high; more than 1024 are open where 20 is not."""
    for result in run("select_ceiling", nofile=5000):
        if result["fd"] >= 1023:
            assert result["open"] < 50
        if result["fd"] == 20:
            assert result["open"] > 1024


def test_corruption_is_silent_and_abort_is_glibc_s(run: Run) -> None:
    """The program got the expected result; only the canary shows the corruption."""
    result = run("select_ceiling", nofile=5000)
    detail = {(each["variant"], each["fd"]): each["detail"] for each in result}
    assert detail["plain", 1024].startswith("select returned 1; ")
    assert "; 0 of " in detail["plain", 1023]
    assert "; 0 of " not in detail["plain", 1024]
    assert detail["fortify", 1024].startswith("signal 6, ***")


def test_a_missing_descriptor_is_reported(run: Run) -> None:
    """Where the hard limit is 1024 or less, the probe reports that it cannot test."""
    low = outcomes(run("select_ceiling", nofile=1024))
    assert {low[variant, 1024] for variant in ("refuse", "fortify", "plain", "raw")} == {"limit"}
    assert outcomes(run("select_ceiling.py", nofile=1024))["python", 1024] == "limit"
    assert low["plain", 1023] == "ready"


# ---- The other probes ------------------------------------------------------------------------


def test_reasons_to_wake_up(run: Run) -> None:
    result = run("wake_up")
    assert {(each["call"], each["reason"]) for each in result} == {
        (call, reason)
        for call in ("select", "poll", "epoll")
        for reason in ("readable", "writable", "exceptional", "reset", "timeout")
    }
    errors = {each["call"]: each["told"] for each in result if each["reason"] == "reset"}
    both = "readable+writable"
    assert errors == {"select": both} | dict.fromkeys(("poll", "epoll"), f"{both}+error+hangup")
    reasons = [each for each in result if each["reason"] != "reset"]
    assert [each for each in reasons if each["told"] != each["reason"]] == []
    assert {each["before"] for each in result} == {"timeout"}
    assert all(each["slept_ns"] >= each["timeout_ns"] for each in result)


def test_effect_of_a_changed_set_on_the_waiter(run: Run) -> None:
    seen = {}
    for result in run("shared_set", "tries=64"):
        assert result["tries"] >= 64
        names = ("woken", "late", "next_call", "never", "invalid", "closed", "wrong_file")
        seen[result["call"], result["change"]] = {name for name in names if result[name]}
    assert seen["epoll", "add"] == {"woken"}
    assert "woken" not in seen["select", "add"] | seen["poll", "add"]
    assert seen["select_copy", "add"] == {"next_call"}
    assert seen["epoll", "reuse_held"] == {"wrong_file"}


def test_the_kernel_knows_epoll_and_no_shared_memory_for_it(run: Run) -> None:
    state = {each["call"]: each["state"] for each in run("kernel_has") if each["case"] == "call"}
    assert (state["epoll_create1"], state["kqueue"]) == ("present", "absent")
    [mmap] = [each for each in run("kernel_has") if each["case"] == "epoll_mmap"]
    assert (mmap["new_mappings"], mmap["mmap"]) == (0, "ENODEV")
    python = {each["family"]: each["state"] for each in run("kernel_has.py") if "family" in each}
    assert (python["epoll"], python["kqueue"]) == ("present", "absent")


def test_where_the_bytes_are_when_the_news_comes(run: Run) -> None:
    messages = [each for each in run("arrival") if each["case"] == "message"]
    filled = {each["model"]: each["filled_at_news"] == each["tries"] for each in messages}
    itself = ("blocking", "nonblocking")
    ready = ("select", "poll", "epoll", "sigio")
    assert {model for model in filled if not filled[model]} == set(ready)
    assert all((f["copy_calls"] == 0) == (f["model"] not in (*itself, *ready)) for f in messages)
    runs = {f["model"] for f in messages if f["size"] == 1 and f["sleeps_waiting"] < 0.5}
    assert runs - {"blocking", "io_uring_peek"} == {"nonblocking", "aio_error"}
    [plain] = [each for each in run("arrival") if each["case"] == "plain"]
    assert (plain["told"], plain["served"]) == (0, plain["sockets"])
    assert plain["signals"] < plain["sockets"]
    [overflow] = [each for each in run("arrival") if each["case"] == "overflow"]
    assert overflow["plain_sigio"] >= 1
    assert overflow["told"] < overflow["sockets"] == overflow["served"]


@pytest.mark.alone  # its calls sleep until a timer's moment, which another test's work moves
def test_every_part_of_a_call_is_measured(run: Run) -> None:
    """A longer set costs select and poll more in each part, and epoll_wait nothing."""
    result = run("call_parts", "most=1000", nofile=1200)
    sizes = {each["watched"] for each in result}
    assert sizes == {10, 100, 1000}
    assert {each["call"] for each in result} == {"select", "poll", "epoll"}

    def cost(call: str, watched: int, *names: str) -> float:
        some = [f for f in result if (f["call"], f["watched"]) == (call, watched)]
        assert sum(f["sleeps"] >= f["sleeping_calls"] for f in some) >= len(some) / 2
        first, *second = (median(float(f[f"{name}_ns"]) for f in some) for name in names)
        return first - sum(second)

    for call in ("select", "poll"):
        for part in (("ready", "blank"), ("queued", "ready"), ("search",)):
            assert cost(call, 1000, *part) > 3 * cost(call, 100, *part) > 0, (call, part)
    assert cost("epoll", 1000, "ready") < 3 * cost("epoll", 100, "ready")


def test_the_cost_of_monitoring_is_told_for_every_size(run: Run) -> None:
    result = run("monitoring", "most=300", nofile=5000)
    calls = {(f["call"], f["transport"], f["watched"]) for f in result if f["case"] == "call"}
    assert len(calls) == 3 * 2 * 4
    assert all(f["kernel_ns"] > 0 for f in result if f["case"] == "call")
    ready = {(f["call"], f["ready"]) for f in result if f["case"] == "ready"}
    assert {(call, 300) for call in ("select", "poll", "epoll")} <= ready
    assert len(ready) == 3 * 6
    writes = {(f["call"], f["watched"], f["active"]) for f in result if f["case"] == "writes"}
    assert len(writes) == 3 * 2 * 2


def test_neighbours_of_a_blocking_server_wait(run: Run, engine: ProcessEngine) -> None:
    waited = {}
    for lab in ("blocking", "poll"):
        server = engine.launch(Variant(lab, "c"))
        result = run("neighbours", port=server.port)
        waited[lab] = {
            f["thought_ns"]: f["waited_ns"] / f["thought_ns"]
            for f in result
            if f["case"] == "think" and f["thought_ns"]
        }
        stalled = [f["answered"] for f in result if f["case"] == "stall" and f["stalled"] == "yes"]
        assert set(stalled) == {"no" if lab == "blocking" else "yes"}
    assert min(waited["blocking"].values()) > 0.9
    assert waited["poll"][80_000_000] < 0.9


def test_connections_come_and_go_in_batches(run: Run, engine: ProcessEngine) -> None:
    server = engine.launch(Variant("thread", "c"))
    result = run("connections", "connections=50", port=server.port)
    assert [(each["batch"], each["connections"]) for each in result] == [(n, 50) for n in range(10)]
