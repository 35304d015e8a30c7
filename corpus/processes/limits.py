"""Limits that a process sets itself, and the system keeps: memory, and time of the processor.

Windows has neither; the limit of the clock, which ChildProcess keeps, holds there too.
"""

from __future__ import annotations


def limit_memory(size: int) -> None:
    """Let this process have no more than `size` bytes of addresses; beyond, MemoryError."""
    try:
        import resource
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size, most))


def limit_processor_time(seconds: int) -> None:
    """From now on, `seconds` of the processor; then the system ends this process (SIGXCPU)."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    until = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, most))
