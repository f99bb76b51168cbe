from datetime import UTC, datetime, timedelta

import pytest

from dashboard import formats

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)


def spaced(text: str) -> str:
    return text.replace("\u202f", " ")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("1299.00", "1 299.00"), ("12.90", "12.90"), ("1234567", "1 234 567"), (None, "–")],
)
def test_amounts_are_grouped_and_unknown_is_a_dash(text: str | None, shown: str) -> None:
    assert spaced(formats.amount(text)) == shown


@pytest.mark.parametrize(
    ("text", "shown", "way"),
    [
        ("-4.20", "−4.2 %", "down"),
        ("12.00", "+12.0 %", "up"),
        ("0.00", "0 %", "same"),
        ("-0.04", "0 %", "same"),
        (None, "–", "unknown"),
        ("nonsense", "–", "unknown"),
    ],
)
def test_a_change_has_its_sign(text: str | None, shown: str, way: str) -> None:
    assert spaced(formats.percent(text)) == shown
    assert formats.direction(text) == way


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.0, "100 %"), (0.9996, "99.9 %"), (0.972, "97 %"), (0.0, "0 %"), (None, "–")],
)
def test_only_a_full_share_reads_100_percent(value: float | None, shown: str) -> None:
    assert spaced(formats.share(value)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.34, "0.3 s"),
        (42.4, "42 s"),
        (75, "1 min 15 s"),
        (3720, "1 h 2 min"),
        (90061, "1 d 1 h"),
        (None, "–"),
    ],
)
def test_durations_name_their_two_largest_units(seconds: float | None, shown: str) -> None:
    assert spaced(formats.duration(seconds)) == shown


@pytest.mark.parametrize(
    ("offset", "shown"),
    [
        (timedelta(seconds=-20), "now"),
        (timedelta(seconds=-50), "1 min ago"),
        (timedelta(minutes=-5), "5 min ago"),
        (timedelta(hours=2), "in 2 h"),
        (timedelta(hours=-20), "1 d ago"),
        (timedelta(days=-90), "90 d ago"),
    ],
)
def test_instants_are_seen_from_now(offset: timedelta, shown: str) -> None:
    assert spaced(formats.relative(NOW + offset, NOW)) == shown


def test_an_absolute_instant_says_that_it_is_utc() -> None:
    assert formats.absolute(datetime(2026, 3, 5, 9, 7, tzinfo=UTC)) == "5 Mar 2026, 09:07 UTC"


def test_instants_of_the_api_are_read_in_any_zone() -> None:
    assert formats.instant("2026-03-15T13:00:00+01:00") == NOW
    assert formats.instant(None) is None


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 B"), (999, "999 B"), (12_345, "12.3 kB"), (5_600_000_000, "5.6 GB"), (None, "–")],
)
def test_sizes_are_powers_of_ten(number: int | None, shown: str) -> None:
    assert spaced(formats.size(number)) == shown


def test_an_average_has_the_decimals_of_a_price_beside_it() -> None:
    assert formats.average("77.8639", "55.99") == "77.86"
    assert formats.average("1290.4400", "1290") == "1290"
    assert formats.average(None, "1.00") is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Halden desk lamp", "HD"),
        ("kettle", "K"),
        ("«Élan» & Co", "C"),
        ("…", "?"),
        ("", "?"),
    ],
)
def test_a_monogram_is_made_of_the_first_two_words(name: str, shown: str) -> None:
    assert formats.monogram(name) == shown


def test_a_name_has_the_same_colour_each_time() -> None:
    assert formats.hue("Halden desk lamp") == formats.hue("Halden desk lamp")
    assert {formats.hue(f"name {number}") for number in range(100)} == set(range(formats.HUES))


def test_an_outcome_says_what_the_status_leaves_out() -> None:
    counts = {"status": "Completed", "providers_total": 20}

    plain = formats.outcome({**counts, "providers_failed": 0, "providers_skipped": 0})
    mixed = formats.outcome({**counts, "providers_failed": 2, "providers_skipped": 1})

    assert plain == "Completed"
    assert mixed == "Completed, 2 of 20 failed, 1 of 20 skipped"


def test_nouns_follow_their_number() -> None:
    assert formats.plural(1, "offer") == "1 offer"
    assert spaced(formats.plural(1200, "offer")) == "1 200 offers"
