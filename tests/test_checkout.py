"""A checkout in odd places: renamed, closed to its user, with an environment of another user."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.paths import ROOT, own_folder

NOBODY = 65534
PYTHON = """\
#!/bin/sh
case "$*" in
*venv*)
    for folder; do :; done
    mkdir -p "$folder/bin"
    cp "$0" "$folder/bin/python"
    printf '#!/bin/sh\\nexit 0\\n' > "$folder/bin/runner"
    chmod +x "$folder/bin/runner";;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One whose Python installs nothing."""
    requirements = [f"requirements/{name}.txt" for name in ("run", "build", "dev")]
    for name in ("Makefile", "pyproject.toml", *requirements):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    return tmp_path


def setup(checkout: Path, target: str = "setup") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", f"PYTHON={checkout}/python", target],
        cwd=checkout, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": os.environ["PATH"], "HOME": "/home/me"},
    )  # fmt: skip


def test_a_renamed_checkout_is_set_up_anew_once(checkout: Path) -> None:
    assert setup(checkout).returncode == 0
    renamed = checkout.with_name(f"{checkout.name}-renamed")
    checkout.rename(renamed)
    done = setup(renamed)
    assert done.returncode == 0, done.stderr
    assert f"setup: .venv was made for {checkout}; it is made again" in done.stdout
    assert (renamed / ".venv" / ".run").read_text().strip() == str(renamed)
    assert "anew" not in setup(renamed).stdout


def test_an_environment_that_does_not_run_is_said_in_one_line(checkout: Path) -> None:
    assert setup(checkout).returncode == 0
    (checkout / ".venv" / "bin" / "runner").write_text("#!/no/such/python\n")
    done = setup(checkout)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("setup: ")]
    assert line.endswith("type: make VENV=/home/me/iolab-venv setup")


def test_the_packages_of_the_tests_are_installed_for_those_who_test(checkout: Path) -> None:
    """They are most of what there is to download, and no run needs them."""
    ran = setup(checkout, "run")
    assert ran.returncode == 0, ran.stderr
    assert "requirements/dev.txt" not in ran.stdout
    assert not (checkout / ".venv" / ".ready").exists()
    linted = setup(checkout, ".venv/.ready")
    assert "requirements/dev.txt" in linted.stdout
    assert "requirements/run.txt" not in linted.stdout, "that is done"
    renamed = checkout.with_name(f"{checkout.name}-renamed")
    checkout.rename(renamed)
    again = setup(renamed, ".venv/.ready")
    assert again.returncode == 0, again.stderr
    assert "requirements/run.txt" in again.stdout
    assert "requirements/dev.txt" in again.stdout


@pytest.fixture
def another_user() -> Iterator[tuple[list[str], Path]]:
    """Words before a command that a user shall run who owns nothing but this folder."""
    with tempfile.TemporaryDirectory(prefix="iolab-checkout-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "home").mkdir()
        (folder / "runner").mkdir()
        shutil.copyfile(ROOT / "runner" / "paths.py", folder / "paths.py")
        (folder / "paths.py").chmod(0o644)
        prefix: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(folder / "home", NOBODY, NOBODY)
            prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        else:
            folder.chmod(0o555)
        yield prefix, folder
        folder.chmod(0o755)


@pytest.mark.parametrize(
    ("env", "cache"),
    [
        ({"HOME": "{0}/home"}, "{0}/home/.cache/iolab"),
        ({"HOME": "{0}/home", "XDG_CACHE_HOME": "{0}/home/xdg"}, "{0}/home/xdg/iolab"),
        ({"HOME": "{0}/home", "XDG_CACHE_HOME": "relative"}, "{0}/home/.cache/iolab"),
        ({"TMPDIR": "{0}/home"}, "{0}/home/iolab-{1}"),
        ({"HOME": "/nonexistent", "TMPDIR": "{0}/home"}, "{0}/home/iolab-{1}"),
        ({"HOME": "/root", "TMPDIR": "{0}/home"}, "{0}/home/iolab-{1}"),
    ],
)
def test_a_closed_checkout_uses_the_users_own_cache(
    another_user: tuple[list[str], Path], env: dict[str, str], cache: str
) -> None:
    prefix, folder = another_user
    user = NOBODY if prefix else os.geteuid()
    python = shutil.which("python3", path="/usr/bin:/bin:/usr/local/bin")
    if python is None:
        pytest.skip("no Python that another user can run")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import paths, pathlib; "
        "print(paths.cache_folder(pathlib.Path(sys.argv[1])))"
    )
    done = subprocess.run(
        [*prefix, python, "-B", "-c", script, str(folder)],
        capture_output=True, text=True, timeout=60, check=False, cwd="/",
        env={name: value.format(folder, user) for name, value in env.items()},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == cache.format(folder, user)


def test_an_open_checkout_keeps_its_own_cache(tmp_path: Path) -> None:
    from runner.paths import cache_folder

    assert cache_folder(tmp_path) == tmp_path / ".cache"
    (tmp_path / ".cache" / "bin").mkdir(parents=True)
    assert cache_folder(tmp_path) == tmp_path / ".cache"


def test_a_folder_that_another_user_made_is_not_used(tmp_path: Path) -> None:
    """Its owner could put programs into it that we would run."""
    mine = own_folder(tmp_path)
    assert mine is not None
    assert mine.stat().st_mode & 0o777 == 0o700
    mine.chmod(0o777)
    assert own_folder(tmp_path) is None
    mine.rmdir()
    (tmp_path / "elsewhere").mkdir()
    mine.symlink_to(tmp_path / "elsewhere")
    assert own_folder(tmp_path) is None
