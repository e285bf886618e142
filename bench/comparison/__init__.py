"""What the benchmarks share: contenders behind one nginx, load on them, and what they cost."""
