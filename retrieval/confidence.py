"""How sure an answer is: one number in [0, 1] from its best sentence."""

import math
from collections.abc import Sequence

from retrieval.types import Quote

#: An answer below this confidence is not given.
THRESHOLD = 0.5
#: The score at which a best sentence is as likely right as wrong, and how fast that changes: fitted by
#: eye to the bundled golden questions until a calibration file replaces it.
MIDDLE, SLOPE = 0.45, 16.0


def confidence(ranked: Sequence[Quote]) -> float:
    """The confidence that the best of `ranked` answers; 0 for none."""
    return 1 / (1 + math.exp(-SLOPE * (ranked[0].score - MIDDLE))) if ranked else 0.0
