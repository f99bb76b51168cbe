from datetime import timedelta

from django.test import Client
from django.utils import timezone

from ingestion.models import Run
from tests.dashboard.conftest import Page, ended_run, provider, queries_of, running_run

TABLE = "Runs, newest first"


def test_runs_are_listed_newest_first_with_what_their_status_leaves_out(alice: Client) -> None:
    one, two = provider("one"), provider("two")
    old = timezone.now() - timedelta(days=1)
    ended_run((one, "Completed"), (two, "Completed"), at=old, offers_seen=1234, offers_changed=5)
    ended_run((one, "Completed"), (two, "Failed"))

    rows = Page(alice.get("/runs/")).rows(TABLE)

    assert rows[0][1:5] == ["Completed, 1 of 2 failed", "schedule", "3.0 s", "2"]
    assert rows[1][1:] == ["Completed", "schedule", "3.0 s", "2", "1 234", "5", "0", "0"]


def test_filters_by_status_and_provider(alice: Client) -> None:
    one, two = provider("one"), provider("two")
    failed = {"status": "Failed", "error_code": "timeout"}
    ended_run((one, "Failed"), at=timezone.now() - timedelta(hours=3), **failed)
    ended_run((two, "Failed"), at=timezone.now() - timedelta(hours=2), **failed)
    ended_run((one, "Completed"), at=timezone.now() - timedelta(hours=1))

    page = Page(alice.get("/runs/?status=Failed&provider=one"))

    assert [row[1] for row in page.rows(TABLE)] == ["Failed, 1 of 1 failed timeout"]
    assert page.all("option[selected]") == ["Failed", "One"]


def test_a_status_that_does_not_exist_filters_nothing(alice: Client) -> None:
    ended_run((provider(), "Completed"))

    assert len(Page(alice.get("/runs/?status=Sleeping")).rows(TABLE)) == 1


def test_empty_lists_say_why(alice: Client) -> None:
    assert "No run yet" in Page(alice.get("/runs/")).text
    assert "No run fits these filters." in Page(alice.get("/runs/?status=Failed")).text


def test_long_lists_have_pages_that_keep_the_filters(alice: Client) -> None:
    one = provider()
    for number in range(27):
        ended_run((one, "Completed"), at=timezone.now() - timedelta(hours=number + 1))

    page = Page(alice.get("/runs/?status=Completed"))

    assert len(page.rows(TABLE)) == 25
    assert page.attributes('a[rel="next"]', "href") == ["?status=Completed&page=2"]


def test_run_now_starts_a_run_and_goes_to_its_page(alice: Client) -> None:
    provider("one")
    provider("two", enabled=False)

    answer = alice.post("/runs/")

    run = Run.objects.get()
    assert answer["Location"] == f"/runs/{run.pk}/"
    assert [part.provider.slug for part in run.provider_runs.all()] == ["one"]


def test_run_now_for_one_provider_reads_only_that_one(alice: Client) -> None:
    provider("one")
    provider("two")

    alice.post("/runs/", {"provider": "two", "back": "/providers/two/"})

    run = Run.objects.get()
    assert [part.provider.slug for part in run.provider_runs.all()] == ["two"]


def test_says_so_where_one_came_from_when_it_cannot_start_now(alice: Client) -> None:
    running_run(provider("one"))

    answer = alice.post("/runs/", {"provider": "one", "back": "/providers/one/"})

    assert answer["Location"] == "/providers/one/"
    assert "already being read: one" in Page(alice.get("/providers/one/")).text
    assert Run.objects.count() == 1


def test_never_goes_back_to_another_site(alice: Client) -> None:
    running_run(provider("one"))

    answer = alice.post("/runs/", {"provider": "one", "back": "//evil.example/"})

    assert answer["Location"] == "/"


def test_there_has_to_be_something_to_run(alice: Client) -> None:
    alice.post("/runs/")

    assert "Add one" in Page(alice.get("/")).text
    assert not Run.objects.exists()


def test_a_viewer_sees_no_button_and_cannot_start_a_run(victor: Client) -> None:
    provider()

    assert "Run now" not in Page(victor.get("/runs/")).all("button")
    assert "You may not do this" in Page(victor.post("/runs/"), 403).text
    assert not Run.objects.exists()


def test_a_run_needs_the_token_of_its_form(alice: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = alice.cookies
    provider()

    page = Page(strict.post("/runs/"), 403)

    assert page.title == "The form was not accepted"
    assert not Run.objects.exists()


def test_makes_as_many_queries_for_many_rows_as_for_one(alice: Client) -> None:
    one, two = provider("one"), provider("two")
    ended_run((one, "Completed"))
    few = queries_of(alice, "/runs/")
    for number in range(20):
        ended_run((one, "Completed"), (two, "Failed"), at=timezone.now() - timedelta(hours=number))

    assert queries_of(alice, "/runs/") == few
