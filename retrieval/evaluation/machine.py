"""Names the machine and the Python that something was measured on, in a line."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path


def machine() -> str:
    """AMD EPYC, 2 cores, 8 GB; Python 3.11.7, Linux x86_64 (what the system tells of it)."""
    facts = [_processor(), f"{os.cpu_count()} cores"]
    with suppress(AttributeError, ValueError, OSError):  # Windows has no sysconf
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        facts.append(f"{size / 2**30:.0f} GB")
    python = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return f"{', '.join(filter(None, facts))}; {python}"


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
