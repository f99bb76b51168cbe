from collections.abc import Callable

from django.contrib.auth.models import User
from django.test import Client

from tests.api.conftest import PASSWORD
from tests.dashboard.conftest import Page

NEW = "another battery staple"


def test_says_who_is_signed_in_and_what_they_may_do(permitted: Callable[..., Client]) -> None:
    page = Page(permitted("ingestion.add_run").get("/account/"))

    assert page.title == "olga"
    assert page.all(".abilities .yes") == ["read everything here, and over the API", "start runs"]
    assert "not: add providers" in page.all(".abilities .no")


def test_an_administrator_may_do_everything(alice: Client) -> None:
    page = Page(alice.get("/account/"))

    assert "Administrator" in page.text
    assert page.all(".abilities .no") == []


def test_changes_the_password_and_stays_signed_in(victor: Client) -> None:
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}

    answer = victor.post("/account/password/", form)

    assert answer["Location"] == "/account/"
    assert "The password is changed." in Page(victor.get("/account/")).text
    assert User.objects.get().check_password(NEW)


def test_a_weak_password_is_refused_with_the_rule(victor: Client) -> None:
    form = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "short"}

    page = Page(victor.post("/account/password/", form))

    assert "at least 12 characters" in page.text
    assert User.objects.get().check_password(PASSWORD)


def test_signing_out_is_a_button(victor: Client) -> None:
    page = Page(victor.get("/account/"))

    assert page.attributes('form[method="post"]', "action") == ["/accounts/logout/"]
