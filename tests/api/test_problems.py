"""Errors are problems (RFC 9457), whatever was sent; nothing that is sent makes a 5xx."""

import json
from typing import Any

import pytest
from django.test import Client, override_settings
from rest_framework.test import APIClient

from ingestion.models import Provider
from tests.api.conftest import API, assert_problem, provider

pytestmark = pytest.mark.django_db

JSON = "application/json"


def post(client: APIClient, body: bytes, content_type: str = JSON, path: str = "providers") -> Any:
    return client.post(f"{API}/{path}", body, content_type=content_type)


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/api/v1/nothing", "/api/v2/runs", "/api/v1/runs/"]
)
def test_an_unknown_address_is_a_problem(client: Client, path: str) -> None:
    for method in ("get", "post", "delete"):
        assert_problem(getattr(client, method)(path), 404, code="not_found")


def test_a_method_that_is_not_offered_says_which_are(admin: APIClient) -> None:
    response = admin.delete(f"{API}/runs")

    assert_problem(response, 405, code="method_not_allowed")
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_a_format_that_is_not_offered(admin: APIClient) -> None:
    response = admin.get(f"{API}/runs", HTTP_ACCEPT="application/xml")

    assert_problem(response, 406, code="not_acceptable")
    assert_problem(admin.get(f"{API}/runs?format=xml"), 404, code="not_found")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "nonsense"],
)
def test_a_body_of_another_kind(admin: APIClient, content_type: str) -> None:
    assert_problem(post(admin, b"name=x", content_type), 415, code="unsupported_media_type")
    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b"\xff\xfe{}",
        b'{"name": "\xc3\x28"}',
        b'{"name": "a", }',
        b'{"interval_minutes": NaN}',
        b'{"interval_minutes": Infinity}',
        b'{"interval_minutes": -Infinity}',
        b'{"interval_minutes": 1e999}',
        b'{"interval_minutes": ' + b"9" * 5000 + b"}",
        b'{"name": "\\ud800"}',
        b'{"options": {"\\udfff": 1}}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"options": ' + b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
        b'{"options": ' + b"[" * 500 + b"]" * 500 + b"}",
    ],
    ids=range(15),
)
def test_a_body_that_is_no_json_of_ours(admin: APIClient, body: bytes) -> None:
    assert_problem(post(admin, body), 400, code="parse_error")
    assert_problem(post(admin, body, path="track"), 400, code="parse_error")
    assert not Provider.objects.exists()


def test_a_pair_of_surrogates_is_a_character(admin: APIClient) -> None:
    response = post(admin, b'{"name": "\\ud83d\\ude00 shop", "kind": "push"}')

    assert response.json()["name"] == "😀 shop"


@pytest.mark.parametrize("body", [b"null", b"1", b'"x"', b"true", b"[]", b"[1]", b""])
@pytest.mark.parametrize("path", ["providers", "providers/detect", "auth/token", "track"])
def test_json_that_is_no_object(admin: APIClient, path: str, body: bytes) -> None:
    assert_problem(post(admin, body, path=path), 400, code="invalid")


@pytest.mark.parametrize("charset", ["rot13", "base64", "hex", "zlib"])
def test_a_charset_that_is_none_of_text(admin: APIClient, charset: str) -> None:
    assert_problem(post(admin, b"{}", f"{JSON}; charset={charset}"), 415)


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "latin-1", "no-such-thing"])
def test_json_is_utf8_whatever_the_header_says(admin: APIClient, charset: str) -> None:
    body = '{"name": "Käse", "kind": "push"}'.encode()

    response = post(admin, body, f"{JSON}; charset={charset}")

    assert response.json()["name"] == "Käse"


def test_a_body_beyond_the_limit(admin: APIClient, anonymous: APIClient) -> None:
    body = b'{"name": "' + b"x" * 5 * 1024 * 1024 + b'"}'

    for client in (admin, anonymous):
        response = post(client, body)
        assert_problem(response, 413)
        assert response.json()["detail"] == "A body has at most 5 MB."
    assert_problem(post(anonymous, body, path="auth/token"), 413)
    assert not Provider.objects.exists()


@pytest.mark.parametrize("length", ["-1", "abc", "1e9", ""])
def test_a_length_that_is_a_lie(admin: APIClient, length: str) -> None:
    response = admin.post(f"{API}/providers", b"{}", content_type=JSON, CONTENT_LENGTH=length)

    assert 400 <= response.status_code < 500


def test_fields_are_named(admin: APIClient) -> None:
    body = assert_problem(post(admin, b'{"kind": "push"}'), 400, code="invalid", names="name")

    assert body == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "The request is not valid.",
        "code": "invalid",
        "errors": {"name": ["This field is required."]},
    }


@pytest.mark.parametrize(
    "path",
    [
        "history/shop/%00",
        "history/%00/1",
        "history/shop/%ff%fe",
        "status/%00",
        "providers/%00",
        "providers/a%00b/runs",
        "runs/not-a-uuid",
        "runs?since=%00",
        "runs?provider=%00",
        "runs?status=%ff",
        "runs?page=%00",
        "runs?page_size=%00",
        "products?q=%ff%fe%00",
        "products?platform=%00",
        "products?page=" + "9" * 5000,
        "export.csv?platform=%00",
        "export.jsonl?platform=%ff",
        "schema?version=%0d%0aX-Injected:1",
        "schema?format=%00",
        "schema?lang=%00",
        "docs?lang=%0d%0a",
        "docs?script=%00",
        "overview?%00=%00&%ff",
    ],
)
def test_nothing_in_an_address_is_an_error_of_the_server(admin: APIClient, path: str) -> None:
    provider("shop")

    response = admin.get(f"{API}/{path}")

    assert response.status_code < 500
    assert "X-Injected" not in response.headers


def test_a_fault_of_ours_is_500_without_a_trace(
    admin: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the secret of the trace")

    monkeypatch.setattr("ingestion.api.overview.totals", fail)
    admin.raise_request_exception = False

    response = admin.get(f"{API}/overview")

    assert_problem(response, 500, code="internal_server_error")
    assert b"secret" not in response.content


def test_a_host_that_is_not_ours(anonymous: APIClient) -> None:
    response = anonymous.get(f"{API}/runs", HTTP_HOST="evil.example")

    assert response.status_code == 400
    assert b"evil.example" not in response.content


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10)
def test_the_limit_is_the_setting(anonymous: APIClient) -> None:
    body = json.dumps({"username": "alice", "password": "x"}).encode()

    assert_problem(post(anonymous, body, path="auth/token"), 413)


@pytest.mark.parametrize(
    ("path", "status"), [("runs", 200), ("nothing", 404), ("runs?page=x", 404), ("auth/token", 405)]
)
def test_answers_carry_the_security_headers(admin: APIClient, path: str, status: int) -> None:
    response = admin.get(f"{API}/{path}")

    assert response.status_code == status
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "default-src 'none'" in response["Content-Security-Policy"].split("; ")
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "Set-Cookie" not in response.headers
