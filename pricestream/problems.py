"""Errors of the API as RFC 9457 problem details: `type, title, status, detail, code`.

Field errors stand under `errors`, in the form of REST framework.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

if TYPE_CHECKING:
    from rest_framework.response import Response

MEDIA_TYPE = "application/problem+json"


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to `error`; `None` leaves it to Django, which answers 500."""
    from rest_framework.exceptions import APIException, ValidationError
    from rest_framework.views import exception_handler

    response = exception_handler(error, context)
    if response is None:
        return None
    body = problem(response.status_code)
    if isinstance(error, ValidationError):
        body |= {"code": "invalid", "detail": "The request is not valid.", "errors": response.data}
    elif isinstance(error, APIException):
        body["detail"] = str(error.detail)
        code = error.get_codes()
        if isinstance(code, str):
            body["code"] = code
    response.data = body
    response.content_type = MEDIA_TYPE
    return response


def problem(status: int, detail: str = "") -> dict[str, Any]:
    """Return the members that every problem has."""
    title = HTTPStatus(status).phrase
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": title.lower().replace(" ", "_"),
    }


def _answer(request: HttpRequest, status: int, template: str, detail: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(problem(status, detail), status=status, content_type=MEDIA_TYPE)
    return render(request, template, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 outside of REST framework."""
    return _answer(request, 400, "400.html", "The request cannot be read.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 outside of REST framework."""
    return _answer(request, 403, "403.html", "You may not do this.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 outside of REST framework."""
    return _answer(request, 404, "404.html", "There is nothing at this address.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500: never with a trace."""
    return _answer(request, 500, "500.html", "Something went wrong on the server; it is logged.")
