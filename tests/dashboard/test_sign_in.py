"""One sign-in for the pages, the admin and the browsable API."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.api.conftest import PASSWORD
from tests.dashboard.conftest import Page

PATHS = [
    "/",
    "/products/",
    "/products/1/",
    "/runs/",
    f"/runs/{uuid4()}/",
    f"/runs/{uuid4()}/progress/",
    "/providers/",
    "/providers/add/",
    "/providers/shop/",
    "/providers/shop/delete/",
    "/account/",
    "/account/password/",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_page_asks_strangers_to_sign_in(client: Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={path}"


def test_signing_in_leads_to_where_one_wanted_to_go(client: Client, db: None) -> None:
    User.objects.create_user("victor", password=PASSWORD)

    answer = client.post(
        "/accounts/login/",
        {"username": "victor", "password": PASSWORD, "next": "/products/"},
    )

    assert answer["Location"] == "/products/"
    assert Page(client.get("/products/")).title == "Products"


def test_never_leads_to_another_site(client: Client, db: None) -> None:
    User.objects.create_user("victor", password=PASSWORD)

    answer = client.post(
        "/accounts/login/",
        {"username": "victor", "password": PASSWORD, "next": "https://evil.example/"},
    )

    assert answer["Location"] == "/"


def test_a_wrong_password_is_said_in_place(client: Client, db: None) -> None:
    page = Page(client.post("/accounts/login/", {"username": "victor", "password": "nope"}))

    assert "The user name and password do not match." in page.text


def test_the_admin_uses_it(client: Client, db: None) -> None:
    first = client.get("/admin/", follow=True)

    assert first.redirect_chain[-1][0] == "/accounts/login/?next=/admin/"
    assert Page(first).title == "Sign in"


def test_says_why_when_the_signed_in_user_may_not_open_the_admin(victor: Client) -> None:
    page = Page(victor.get("/admin/", follow=True))

    assert "You are signed in as victor, who may not open that page." in page.text


def test_the_browsable_api_knows_who_signed_in_here(client: Client, alice: Client) -> None:
    stranger = client.get("/api/v1/products", headers={"Accept": "text/html"})
    known = alice.get("/api/v1/products", headers={"Accept": "text/html"})

    assert stranger.status_code == 401
    assert "alice" in known.content.decode()


def test_signing_out_needs_a_post_and_ends_the_session(alice: Client) -> None:
    assert alice.get("/accounts/logout/").status_code == 405

    alice.post("/accounts/logout/")

    assert alice.get("/").status_code == 302
