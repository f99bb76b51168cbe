"""When to try again. Pure."""

import random
from typing import Final

from ingestion.errors import IngestionError, RateLimitedError

MAX_RETRIES: Final = 3
BASE_S: Final = 0.5
LONGEST_S: Final = 20.0
LONGEST_RETRY_AFTER_S: Final = 60.0  # a wait above this is the next run's business


def retry_delay_s(
    error: IngestionError, *, attempt: int, chance: float | None = None
) -> float | None:
    """Return how long to wait before attempt `attempt + 1`, in seconds; `None` to give up.

    Exponential backoff with full jitter, so that many requests that failed together do not
    come back together. A wait that the server asked for is kept, when it is short. `chance`
    (0 to 1) stands in for the random number.
    """
    if not error.retryable or attempt >= MAX_RETRIES:
        return None
    if isinstance(error, RateLimitedError) and error.retry_after_s is not None:
        return error.retry_after_s if error.retry_after_s <= LONGEST_RETRY_AFTER_S else None
    share = random.random() if chance is None else chance  # noqa: S311 spreads load, hides nothing
    return share * min(LONGEST_S, BASE_S * (1 << attempt))
