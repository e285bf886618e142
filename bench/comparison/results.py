"""What was measured, round by round."""

import collections
import statistics


class Results:
    def __init__(self):
        self._loads = collections.defaultdict(list)

    def add(self, connections, name, load):
        self._loads[connections, name].append(load)

    def connections(self):
        return sorted({connections for connections, _ in self._loads})

    def has(self, connections, *names):
        return all((connections, name) in self._loads for name in names)

    def values(self, connections, name, what):
        """One attribute of Load, in the order of the rounds."""
        return [getattr(load, what) for load in self._loads[connections, name]]

    def median(self, connections, name, what):
        return statistics.median(self.values(connections, name, what))
