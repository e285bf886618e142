"""Puts load on a URL with wrk."""

import dataclasses
import math
import subprocess

from comparison.workspace import BENCH


@dataclasses.dataclass(frozen=True)
class Load:
    kept: int  # answered with 200
    per_second: float  # of these
    p50: float  # in seconds, as is all time
    p99: float
    refused: int  # not answered with 200, or not within the two seconds that Strava waits
    cpu_per_event: float
    sync: float = math.nan  # what one durable write took just before


def post_events(url, connections, seconds, program):
    """Posts as fast as that many connections can. `program` is whose CPU time counts."""
    before = program.cpu_seconds()
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--timeout", "2s"]
    command += ["--duration", f"{seconds}s", "--script", str(BENCH / "post_event.lua"), url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    cpu = program.cpu_seconds() - before
    line = next(line for line in output.splitlines() if line.startswith("result "))
    answered, refused, p50, p99, microseconds = (int(number) for number in line.split()[1:])
    kept = max(answered - refused, 0)
    return Load(
        kept, kept / (microseconds / 1e6), p50 / 1e6, p99 / 1e6, refused, cpu / max(answered, 1)
    )
