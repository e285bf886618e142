"""Where a benchmark works, and what it takes from its environment."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BENCH = REPOSITORY / "bench"


def build_directory():
    return pathlib.Path(os.environ.get("HOOKSPOOL_BUILD", REPOSITORY / "build")).resolve()


def setting(name, default):
    return int(os.environ.get(name, default))


def settings(name, default):
    return [int(number) for number in os.environ.get(name, default).split()]


@contextlib.contextmanager
def work_directory():
    """A new directory that is removed at the end, also by SIGTERM.

    Below the build directory rather than /tmp, which may be in memory: what is measured is to reach
    the disk. Other users may pass through, since Apache does not run as root.
    """
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    work = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=build_directory()))
    work.chmod(0o755)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def show_usage_if_asked(documentation):
    if len(sys.argv) > 1:
        print(documentation.strip())
        sys.exit(0 if sys.argv[1] in ("-h", "--help") else 64)


def find(program):
    """Its path. Debian keeps some where only root's PATH leads."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def need(programs):
    missing = [program for program in programs if not find(program)]
    if missing:
        names = ", ".join(missing)
        print(f"{sys.argv[0]} needs {names}: scripts/install-dependencies bench", file=sys.stderr)
        sys.exit(69)
