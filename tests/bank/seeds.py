"""With how many seeds the bank is tried: one a bug, or as many as `STAGEPACT_BANK_SEEDS` says.

`make proof-bank` tries ten, five times as many on the services without a bug, and two hundred
where a seed takes seconds.
"""

from __future__ import annotations

import os

SEEDS = range(int(os.environ.get("STAGEPACT_BANK_SEEDS", "1")))
CLEAN = range(1 if len(SEEDS) == 1 else 5 * len(SEEDS))
MANY = range(4 if len(SEEDS) == 1 else 200)
