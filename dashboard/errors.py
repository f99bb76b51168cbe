"""What the API may answer instead of what a page asked for. The page words it.

ApiError
├── UnreachableError       no answer at all, or not in time
├── UnexpectedAnswerError  an answer that is none of the API's
├── NotSignedInError       401
├── NotPermittedError      403
├── NotFoundError          404
├── ConflictError          409
└── InvalidError           400, with what is wrong with which field
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class ApiError(Exception):
    """The API did not do what was asked. `status` is what the page answers with."""

    status: ClassVar[int] = 502
    title: ClassVar[str] = "The API refused"
    hint: ClassVar[str] = ""


class UnreachableError(ApiError):
    """No answer at all, or not in time."""

    status = 503
    title = "The API does not answer"
    hint = (
        "These pages read everything from the API that DASHBOARD_API_URL names. Check that"
        " server, then reload this page."
    )


class UnexpectedAnswerError(ApiError):
    """An answer that is none of the API's: a fault there, or another server at its address."""

    title = "The API had a problem"
    hint = "The log of the server says more. Reload the page in a moment."


class NotSignedInError(ApiError):
    """The API does not accept the token of the signed-in user."""

    status = 401
    title = "The API does not accept your sign-in"
    hint = (
        "Sign out and in again. If DASHBOARD_API_URL is set, that server must share this one's"
        " keys and users."
    )


class NotPermittedError(ApiError):
    """The user may not do this."""

    status = 403
    title = "You may not do this"
    hint = "Ask whoever runs this PriceStream for the permission."


class NotFoundError(ApiError):
    """There is no such thing."""

    status = 404
    title = "Not found"
    hint = "It may have been deleted, or the address is mistyped."


class ConflictError(ApiError):
    """What was asked for contradicts what is going on."""

    status = 409
    title = "Not now"


class InvalidError(ApiError):
    """What was sent is not valid. `fields` says what is wrong with which."""

    status = 400
    title = "That cannot be used"

    def __init__(self, message: str, fields: Mapping[str, Sequence[str]]) -> None:
        """Keep the errors of the fields; the message is for where there is no form."""
        super().__init__(message)
        self.fields = fields
