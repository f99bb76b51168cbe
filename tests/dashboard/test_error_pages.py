"""What is shown when something goes wrong, with the database and without it."""

import socket
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from pricestream import problems
from tests.dashboard.conftest import Page


def test_an_unknown_address_is_a_page_of_ours(client: Client) -> None:
    page = Page(client.get("/no/such/page/"), 404)

    assert page.title == "There is nothing at this address"
    assert page.links() == ["/", "/"]


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_error_pages_need_no_database(status: int) -> None:
    request = RequestFactory().get("/")

    html = render_to_string(f"{status}.html", request=request)

    assert f"Error {status}" in html


def test_a_fault_of_ours_shows_no_trace(settings: Any) -> None:
    response = problems.server_error(RequestFactory().get("/"))

    page = Page(response, 500)
    assert page.title == "Something went wrong on the server"


def test_an_api_that_does_not_answer_is_one_clear_page(alice: Client, settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.DASHBOARD_API_URL = f"http://127.0.0.1:{free.getsockname()[1]}"

    page = Page(alice.get("/products/"), 503)

    assert "The API does not answer" in page.text
    assert "DASHBOARD_API_URL" in page.text


def test_pages_over_http_are_the_same(settings: Any, http_api: str, alice: Client) -> None:
    over_http = alice.get("/providers/").content
    settings.DASHBOARD_API_URL = ""

    assert alice.get("/providers/").content == over_http


def test_the_icon_of_pages_that_name_none_is_found(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"].endswith("dashboard/favicon.svg")
