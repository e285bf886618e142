"""What is to be reached, whatever the machine."""

import dataclasses
import math

from comparison.table import median_ratio, show_table


@dataclasses.dataclass(frozen=True)
class Target:
    subject: str
    value: float
    bound: float
    at_least: bool = False
    unit: str = ""

    def met(self):
        if math.isnan(self.value):
            return "not measured"
        is_met = self.value >= self.bound if self.at_least else self.value <= self.bound
        return "yes" if is_met else "no"

    def row(self):
        wanted = f"{'≥' if self.at_least else '≤'} {self.bound:g}{self.unit}"
        return self.subject, wanted, f"{self.value:.2f}{self.unit}", self.met()


def show_targets(targets):
    show_table(("target", "wanted", "measured", "met"), [target.row() for target in targets])


SHARES = {32: 0.7, 256: 0.85}
PHP = {"php-sync": ("PHP-FPM with fdatasync", 2.5), "php": ("PHP-FPM without", 1.3)}


def load_targets(results):
    """For those numbers of connections that the results tell of."""
    targets = []

    def compare(subject, ours, theirs, what, bound, at_least):
        ratio = math.nan
        if results.has(connections, ours, theirs):
            ratio = median_ratio(
                results.values(connections, ours, what), results.values(connections, theirs, what)
            )
        targets.append(Target(subject + how, ratio, bound, at_least))

    for connections in filter(SHARES.get, results.connections()):
        for kept in ("", "-kept"):
            how = f", {connections} connections{', kept' if kept else ''}"
            pair = ("hookspool" + kept, "nothing" + kept)
            share = SHARES[connections]
            compare("share of a responder that does nothing", *pair, "per_second", share, True)
            compare("CPU per event, as a multiple of its", *pair, "cpu_per_event", 1.5, False)
        how = f", {connections} connections"
        for name, (title, bound) in PHP.items():
            compare(f"multiple of {title}", "hookspool", name, "per_second", bound, True)
    return targets
