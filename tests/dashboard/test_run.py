from datetime import timedelta
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from tests.dashboard.conftest import Page, ended_run, part, provider, queries_of, running_run

TABLE = "What became of each provider"


def test_the_heading_says_how_many_failed(victor: Client) -> None:
    one, two = provider("one"), provider("two")
    run = ended_run((one, "Completed"), (two, "Failed"))

    page = Page(victor.get(f"/runs/{run.pk}/"))

    assert page.title == "Completed, 1 of 2 failed"
    assert "took 3.0 s" in page.text


def test_each_provider_has_its_counts_and_each_failure_what_to_do(victor: Client) -> None:
    run = ended_run()
    part(
        run,
        provider("one"),
        "Completed",
        requests=12,
        retries=2,
        bytes_received=1_234_567,
        offers_seen=1500,
        offers_changed=3,
        offers_new=1,
        offers_missing=4,
    )
    part(run, provider("two"), "Failed", error_code="rate_limited", error="Slow down. Wait.")

    page = Page(victor.get(f"/runs/{run.pk}/"))

    rows = page.rows(TABLE)
    assert rows[0] == [
        *["One", "Completed", "2.0 s", "1 500", "3", "1", "4", "0", "12", "2", "1.2 MB"]
    ]
    assert rows[1][:2] == ["Two", "Failed"]
    assert rows[2] == ["Slow down. Wait. rate_limited"]
    assert "12 1.2 MB" in page.all("dl.tiles dd")


def test_rejected_items_have_their_reasons(victor: Client) -> None:
    run = ended_run()
    rejections = [
        {"external_id": "77", "code": "zero_price", "message": "a price of zero"},
        {"external_id": "", "code": "bad_item", "message": "no identifier"},
    ]
    part(run, provider(), "Completed", offers_rejected=30, rejections=rejections)

    page = Page(victor.get(f"/runs/{run.pk}/"))

    assert page.first("details summary") == "30 items rejected, the first 2 shown"
    assert page.all(".reasons li") == [
        "77: a price of zero zero_price",
        "(no identifier): no identifier bad_item",
    ]


def test_a_run_that_failed_says_why(victor: Client) -> None:
    run = ended_run(
        (provider(), "Failed"),
        status="Failed",
        error_code="no_provider_completed",
        error="No provider completed: 1 failed, 0 skipped.",
    )

    page = Page(victor.get(f"/runs/{run.pk}/"))

    assert "No provider completed: 1 failed, 0 skipped. no_provider_completed" in page.text


def test_a_running_run_is_followed_with_a_script_and_without(victor: Client) -> None:
    run = running_run(provider())

    page = Page(victor.get(f"/runs/{run.pk}/"))

    assert page.title == "Running"
    assert page.attributes("[data-progress]", "data-live") == [f"/runs/{run.pk}/progress/"]
    assert page.tree.css_first('noscript meta[http-equiv="refresh"]') is not None
    assert page.tree.css_first('[aria-live="polite"]') is not None


def test_the_fragment_goes_on_until_the_run_has_ended(victor: Client) -> None:
    one = provider()
    going = running_run(one)
    fragment = victor.get(f"/runs/{going.pk}/progress/").content.decode()
    going.provider_runs.update(status="Completed", finished_at=timezone.now())
    going.status, going.finished_at = "Completed", timezone.now()
    going.save()
    last = victor.get(f"/runs/{going.pk}/progress/").content.decode()

    assert "data-live" in fragment
    assert "<html" not in fragment
    assert 'data-say="0 of 1 providers done"' in fragment
    assert "data-live" not in last
    assert 'data-say="1 of 1 providers done"' in last


def test_an_ended_run_is_not_asked_for_again(victor: Client) -> None:
    run = ended_run((provider(), "Completed"))

    page = Page(victor.get(f"/runs/{run.pk}/"))

    assert page.tree.css_first("[data-live]") is None
    assert page.tree.css_first("noscript") is None


def test_an_unknown_run_is_not_found(victor: Client) -> None:
    assert "Not found" in Page(victor.get(f"/runs/{uuid4()}/"), 404).text
    assert victor.get("/runs/17/").status_code == 404


def test_makes_as_many_queries_for_many_providers_as_for_one(victor: Client) -> None:
    small = ended_run((provider("one"), "Completed"))
    many = [(provider(f"p{number}"), "Failed") for number in range(20)]
    large = ended_run(*many, at=timezone.now() - timedelta(hours=1))

    few = queries_of(victor, f"/runs/{small.pk}/")

    assert queries_of(victor, f"/runs/{large.pk}/") == few
