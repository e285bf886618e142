"""What the machine is like: its cores, and what its disk asks for durability."""

import os
import statistics
import subprocess
import time


def sync_cost(directory, count=100):
    """The median time of one durable append of 300 bytes, in seconds.

    It bounds every durable figure, and on a shared machine it varies tenfold from one minute to the
    next.
    """
    path = directory / "sync-cost"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        times = []
        for _ in range(count):
            start = time.perf_counter()
            os.write(file, b"x" * 300)
            os.fdatasync(file)
            times.append(time.perf_counter() - start)
        return statistics.median(times)
    finally:
        os.close(file)
        path.unlink()


def cores():
    return len(os.sched_getaffinity(0))


def file_system(directory):
    columns = subprocess.run(
        ["df", "--output=fstype", directory], check=True, capture_output=True, text=True
    )
    return columns.stdout.split()[-1]


def describe(directory, sync_seconds):
    return (
        f"{cores()} cores, {file_system(directory)}, "
        f"one durable write of 300 bytes takes {sync_seconds * 1e6:.0f} µs"
    )
