"""Programs that run during a benchmark, with all processes that they start."""

import os
import pathlib
import signal
import subprocess

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """The fields of /proc/PID/stat from the third on, or nothing if it has ended."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text[text.rindex(")") + 2 :].split()


def _parents():
    parents = {}
    for entry in os.listdir("/proc"):
        fields = _stat(entry) if entry.isdigit() else None
        if fields:
            parents[int(entry)] = int(fields[1])
    return parents


class Program:
    """One program and its descendants, ended at the end of a `with` block."""

    def __init__(self, command, log, environment=None):
        with open(log, "ab") as output:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )
        

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def runs(self):
        return self._process.poll() is None

    def pids(self):
        parents = _parents()
        found = [self._process.pid]
        for pid in found:
            found.extend(child for child, parent in parents.items() if parent == pid)
        return found

    def stop(self, patience=2):
        """By SIGTERM or, after so many seconds, by SIGKILL: libfcgi's plain way of accepting needs it."""
        family = [(pid, fields[19]) for pid in self.pids() if (fields := _stat(pid))]
        self._process.terminate()
        try:
            self._process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            pass
        for pid, started in family:
            fields = _stat(pid)
            # The number may have been given to another process meanwhile.
            if fields and fields[19] == started:
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def cpu_seconds(self):
        """User and system time until now, that of children that have ended included."""
        ticks = 0
        for pid in self.pids():
            fields = _stat(pid)
            if fields:
                ticks += sum(int(field) for field in fields[11:15])
        return ticks / TICKS_PER_SECOND

    def memory(self):
        """Private and resident memory of all processes, in bytes."""
        private = resident = 0
        for pid in self.pids():
            try:
                lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            except (FileNotFoundError, ProcessLookupError):
                continue
            for line in lines:
                if line.startswith("Private"):
                    private += int(line.split()[1]) * 1024
                elif line.startswith("Rss:"):
                    resident += int(line.split()[1]) * 1024
        return private, resident


class Nobody:
    """Stands for the programs of a contender that has none."""

    def cpu_seconds(self):
        return 0.0
