"""Python's collector of garbage, told what a process of ours looks like: much is loaded at the start and stays."""

import gc


def spare_the_collector() -> None:
    """What was loaded at the start stays for ever: looking through it took the 95th of 100 boards from 73 to 118 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
