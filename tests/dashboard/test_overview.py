from datetime import timedelta

from django.test import Client
from django.utils import timezone

from ingestion.liveness import beat
from ingestion.models import Provider
from tests.dashboard.conftest import (
    Page,
    ended_run,
    provider,
    queries_of,
    running_run,
    sell,
)


def test_an_empty_database_offers_to_add_a_provider(alice: Client) -> None:
    page = Page(alice.get("/"))

    assert "No provider yet" in page.text
    assert "/providers/add/" in page.links()
    assert page.all("button[type=submit]") == []


def test_a_viewer_is_told_who_can_add_one(victor: Client) -> None:
    page = Page(victor.get("/"))

    assert "whoever runs this PriceStream can add providers" in page.text
    assert "/providers/add/" not in page.links()


def test_shows_totals_and_the_health_of_each_provider(alice: Client) -> None:
    now = timezone.now()
    beat()
    good = provider("good", last_success_at=now - timedelta(minutes=5), offers_last_run=1200)
    bad = provider("bad", failures_in_a_row=6, not_before=now + timedelta(hours=2))
    ended_run((good, "Completed"), (bad, "Failed"))
    sell("good", "1", "10", at=now - timedelta(days=2))

    page = Page(alice.get("/"))

    assert page.all("dl.tiles dd") == ["1", "1", "0", "2 1 in trouble"]
    rows = page.rows("Health of each provider")
    assert rows[0][:2] + rows[0][2:5] == [
        "Bad",
        f"paused until {page.first('td small time')}",
        "0 %",
        "never",
        "0",
    ]
    assert rows[1] == ["Good", "ok", "100 %", "5 min ago", "1 200"]
    assert "Last success 5 min ago" in page.text


def test_lists_the_providers_in_trouble_first_and_leads_to_the_rest(alice: Client) -> None:
    for number in range(14):
        provider(f"shop-{number:02}")
    provider("zz-failing", last_error_code="timeout", failures_in_a_row=2)
    provider("zz-paused", failures_in_a_row=7, last_error_code="timeout")
    provider("aa-off", enabled=False)

    page = Page(alice.get("/"))

    rows = page.rows("Health of each provider")
    assert [row[0] for row in rows[:3]] == ["Zz-Paused", "Zz-Failing", "Shop-00"]
    assert len(rows) == 12
    assert "All 17 providers" in page.text


def test_shows_the_biggest_moves_of_a_day_each_in_its_own_currency(alice: Client) -> None:
    now = timezone.now()
    for name, old, new in (("Kettle", "40", "30"), ("Lamp", "10.00", "12.50")):
        sell("shop", name, old, name=name, at=now - timedelta(days=3))
        sell("shop", name, new, name=name, at=now - timedelta(hours=3))
    sell("shop", "Tent", "100", name="Tent", currency=None, at=now - timedelta(days=3))
    sell("shop", "Tent", "99", name="Tent", currency=None, at=now - timedelta(hours=1))

    page = Page(alice.get("/"))

    texts = page.all("ol.moves li")
    assert texts[0] == "Kettle Shop · 3 h ago 30.00 EUR was 40.00 EUR ▼ −25.0 %"
    assert texts[1].startswith("Tent Shop · 1 h ago 99.00 currency unknown was 100.00 currency")
    assert texts[2] == "Lamp Shop · 3 h ago 12.50 EUR was 10.00 EUR ▲ +25.0 %"


def test_quiet_days_are_said_to_be_quiet(alice: Client) -> None:
    provider()

    page = Page(alice.get("/"))

    assert "No price fell in the last 24 hours." in page.text
    assert "No price rose in the last 24 hours." in page.text
    assert "No run yet." in page.text


def test_a_running_run_shows_how_far_each_provider_is(alice: Client) -> None:
    first, second = provider("first", offers_last_run=100), provider("second")
    run = running_run(first, second)
    run.provider_runs.filter(provider=first).update(offers_seen=40, offers_new=2, offers_changed=1)
    run.provider_runs.filter(provider=second).update(claimed_at=None)

    page = Page(alice.get("/"))

    assert page.attributes("[data-progress]", "data-live") == [f"/runs/{run.pk}/progress/"]
    assert "0 of 2 providers done · 40 offers read · 3 changes" in page.text
    rows = page.rows("Progress of each provider")
    assert rows[0][:2] == ["First", "Running"]
    assert rows[1][:2] == ["Second", "waiting"]
    assert page.attributes("td progress", "value") == ["40"]
    assert page.attributes("td progress", "max") == ["100"]
    assert page.tree.css_first('noscript meta[http-equiv="refresh"]') is not None
    assert page.tree.css_first("main button[disabled]") is not None


def test_bars_show_what_became_of_the_last_runs(alice: Client) -> None:
    one, two = provider("one"), provider("two")
    ended_run((one, "Completed"), (two, "Completed"), at=timezone.now() - timedelta(hours=2))
    ended_run((one, "Completed"), (two, "Failed"), at=timezone.now() - timedelta(hours=1))

    page = Page(alice.get("/"))

    strip = page.tree.css("svg.bars")[0]
    assert [bar.attributes["class"] for bar in strip.css("rect")] == ["good", "good", "bad"]
    titles = [title.text() for title in strip.css("title")]
    assert titles[1].endswith("UTC: Completed, 1 of 2 failed")
    assert "The last 2 runs" in page.text
    assert "in 14 days: 2 completed, 0 failed" in page.text


def test_demo_data_is_named_with_the_way_to_remove_it(alice: Client) -> None:
    provider("demo-shop", is_demo=True)

    page = Page(alice.get("/"))

    assert "Demo data." in page.text
    assert "manage.py demo_shops --remove" in page.text


def test_says_when_nothing_runs_by_itself(alice: Client) -> None:
    provider(next_due_at=timezone.now() + timedelta(minutes=4))
    silent = Page(alice.get("/"))
    beat()
    alive = Page(alice.get("/"))

    assert "Nothing runs by itself right now." in silent.text
    assert "Nothing runs by itself right now." not in alive.text
    assert "next run in 4 min" in alive.text


def test_names_are_isolated_and_escaped(alice: Client) -> None:
    provider("odd", name="<b>Odd</b> \u202egnp.exe")

    response = alice.get("/")

    assert "<bdi>&lt;b&gt;Odd&lt;/b&gt; \u202egnp.exe</bdi>" in response.content.decode()


def test_a_viewer_sees_no_button(victor: Client) -> None:
    provider()

    page = Page(victor.get("/"))

    assert page.all("main button") == []
    assert "/providers/add/" not in page.links()


def test_makes_as_many_queries_for_many_rows_as_for_one(alice: Client) -> None:
    now = timezone.now()
    for number in range(2):
        sell(f"s{number}", "1", "10", at=now - timedelta(days=2))
        sell(f"s{number}", "1", "9", at=now - timedelta(hours=2))
    ended_run(*((one, "Completed") for one in Provider.objects.all()))
    few = queries_of(alice, "/")
    for number in range(2, 12):
        sell(f"s{number}", "1", "10", at=now - timedelta(days=2))
        sell(f"s{number}", "1", "9", at=now - timedelta(hours=2))
        ended_run(*((one, "Completed") for one in Provider.objects.all()))

    assert queries_of(alice, "/") == few


def test_takes_no_other_method(alice: Client) -> None:
    assert alice.post("/").status_code == 405


def test_a_deactivated_user_is_signed_out(alice: Client) -> None:
    from django.contrib.auth.models import User

    User.objects.update(is_active=False)

    assert alice.get("/").status_code == 302
