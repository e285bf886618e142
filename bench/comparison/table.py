"""Tables as they can be pasted into docs/performance.md."""

import statistics


def show_table(header, rows):
    print("| " + " | ".join(header) + " |")
    print("|" + " --- |" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


def median_ratio(numerators, denominators):
    """The median of the rounds' ratios, since a shared machine is not equally fast all the time."""
    pairs = zip(numerators, denominators)
    return statistics.median(
        left / right if right else float("nan") for left, right in pairs
    )


def milliseconds(seconds):
    return f"{seconds * 1e3:.1f}" if seconds >= 0.001 else f"{seconds * 1e3:.2f}"
