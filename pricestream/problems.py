"""Errors of the API as RFC 9457 problem details: `type, title, status, detail, code`.

Field errors stand under `errors`, in the form of REST framework.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

MEDIA_TYPE = "application/problem+json"


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to `error`; `None` leaves it to Django, which answers 500."""
    from rest_framework.exceptions import ValidationError
    from rest_framework.views import exception_handler

    response = exception_handler(error, context)
    if response is None:
        return None
    body = problem(response.status_code)
    if isinstance(error, ValidationError):
        body |= {"code": "invalid", "detail": "The request is not valid.", "errors": response.data}
    else:
        detail = response.data["detail"]
        body |= {"code": detail.code, "detail": str(detail)}
    response.data = body
    if not _is_browsed(context["request"]):
        _answer_json(context["request"], response)
    return response


def _is_browsed(request: Request) -> bool:
    """Say whether a signed-in person reads the answer as a page of the browsable API."""
    renderer = getattr(request, "accepted_renderer", None)
    return getattr(renderer, "format", "") == "api" and request.user.is_authenticated


def _answer_json(request: Request, response: Response) -> None:
    from rest_framework.renderers import JSONRenderer

    # Whatever the view renders when all goes well (YAML, a page): a problem is JSON.
    request.accepted_renderer = JSONRenderer()
    request.accepted_media_type = JSONRenderer.media_type
    response.content_type = MEDIA_TYPE


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


def answer(request: HttpRequest, status: int, detail: str, template: str = "") -> HttpResponse:
    """Return a problem below /api/, and a page everywhere else."""
    if template and not request.path.startswith("/api/"):
        return render(request, template, status=status)
    return JsonResponse(problem(status, detail), status=status, content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400 outside of REST framework."""
    return answer(request, 400, "The request cannot be read.", "400.html")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 outside of REST framework."""
    return answer(request, 403, "You may not do this.", "403.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 outside of REST framework."""
    return answer(request, 404, "There is nothing at this address.", "404.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500: never with a trace."""
    return answer(request, 500, "Something went wrong on the server; it is logged.", "500.html")
