"""Whether signs of life still come."""

from datetime import UTC, datetime, timedelta

from pricestream.pulse import Pulse

AT = datetime(2026, 5, 1, tzinfo=UTC)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_is_gone_when_no_new_sign_comes_in_time() -> None:
    clock = Clock()
    pulse = Pulse(300, clock)
    pulse.feel(AT)
    clock.now += 300
    pulse.feel(AT)
    assert not pulse.is_gone

    clock.now += 1

    assert pulse.is_gone


def test_any_other_sign_counts_also_one_of_a_clock_that_went_back() -> None:
    clock = Clock()
    pulse = Pulse(300, clock)
    pulse.feel(AT)
    clock.now += 299
    pulse.feel(AT - timedelta(hours=1))
    clock.now += 299

    assert not pulse.is_gone


def test_is_gone_when_there_never_was_a_sign() -> None:
    clock = Clock()
    pulse = Pulse(300, clock)
    pulse.feel(None)
    clock.now += 301

    assert pulse.is_gone


def test_begins_anew_where_no_sign_was_to_be_expected() -> None:
    clock = Clock()
    pulse = Pulse(300, clock)
    clock.now += 299
    pulse.restart()
    clock.now += 299

    assert not pulse.is_gone
