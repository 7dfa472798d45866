"""CPU time of processes, and what the machine is. Linux only."""

from __future__ import annotations

import os
import platform
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def cpu_s(process: int) -> float:
    """Seconds of CPU that this process has used, all its threads, user and system (proc_pid_stat(5)).

    In steps of a clock tick, usually 0.01 s. Raises OSError when it is gone.
    """
    # The second field, the name, may hold blanks and ends with the last parenthesis.
    fields = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    user, system = int(fields[11]), int(fields[12])
    return (user + system) * _TICK_S


def children(process: int) -> list[int]:
    """The process ids of its children, all threads' (proc_pid_task_tid_children(5))."""
    found = (_PROC / str(process) / "task").glob("*/children")
    return [int(child) for file in found for child in file.read_text().split()]


def machine() -> dict[str, str | int]:
    """Processor, cores, memory, system, as far as they matter for reading figures."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in (_PROC / "cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30),
        "system": f"{platform.system()} {platform.release()}",
    }
