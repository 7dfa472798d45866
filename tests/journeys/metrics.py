"""What a hub's /metrics says."""

from __future__ import annotations

import re
import urllib.request


def strangers(management: str) -> dict[str, int]:
    """Of peers that are no institution, by reason."""
    with urllib.request.urlopen(f"{management}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = re.findall(r'^fidus_strangers_total\{reason="(\w+)"\} (\d+)\.0$', text, re.MULTILINE)
    return {reason: int(count) for reason, count in found}
