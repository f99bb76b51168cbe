"""When a request is tried again."""

import pytest

from ingestion.errors import (
    AddressNotAllowedError,
    ConnectError,
    HttpStatusError,
    IngestionError,
    RateLimitedError,
    ServerBusyError,
)
from ingestion.retry import retry_delay_s


@pytest.mark.parametrize(("attempt", "longest_s"), [(0, 0.5), (1, 1.0), (2, 2.0)])
def test_waits_longer_each_time_and_a_random_share_of_it(attempt: int, longest_s: float) -> None:
    assert retry_delay_s(ConnectError("x"), attempt=attempt, chance=1.0) == longest_s
    assert retry_delay_s(ConnectError("x"), attempt=attempt, chance=0.25) == longest_s / 4
    assert 0 <= (retry_delay_s(ConnectError("x"), attempt=attempt) or 0) <= longest_s


def test_gives_up_after_three_retries() -> None:
    assert retry_delay_s(ServerBusyError(503), attempt=3) is None


@pytest.mark.parametrize("error", [HttpStatusError(404), AddressNotAllowedError("x")])
def test_does_not_repeat_what_cannot_pass(error: IngestionError) -> None:
    assert retry_delay_s(error, attempt=0) is None


def test_keeps_the_wait_that_the_server_asked_for_when_it_is_short() -> None:
    assert retry_delay_s(RateLimitedError(429, 7.0), attempt=0, chance=0.0) == 7.0


def test_leaves_a_long_wait_to_the_next_run() -> None:
    assert retry_delay_s(RateLimitedError(429, 86_400.0), attempt=0) is None
