"""Who holds a lease: a name for this process that others can tell dead from alive.

On one machine a dead holder's jobs are freed at once instead of after the lease: kill -9 costs a
second, not half a minute. For holders elsewhere only the lease counts.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path


@cache
def mine() -> str:
    """host/pid-namespace/pid/start: unique over machines, containers, reboots and reused pids."""
    return f"{socket.gethostname()[:60]}/{_namespace()}/{os.getpid()}/{_started(os.getpid())}"


def alive(holder: str) -> bool:
    """False only when `holder` was a process of this very machine and is certainly gone."""
    host, _, rest = holder.partition("/")
    namespace, _, process = rest.partition("/")
    pid, _, started = process.partition("/")
    if (host, namespace) != tuple(mine().split("/")[:2]) or not pid.isdigit():
        return True
    return _started(int(pid)) == started


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]")
    except OSError:
        return "-"


def _started(pid: int) -> str:
    """When the kernel started that process, as it counts; empty when there is none."""
    try:
        # The name in parentheses may hold anything; field 22 counts from behind it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except FileNotFoundError:
        return "" if Path("/proc/self/stat").exists() else "?"
    except OSError:
        return "?"
