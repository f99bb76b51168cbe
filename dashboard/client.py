"""The REST API as the pages use it, as one signed-in user.

In this process by default (`dashboard.transport`), over HTTP when DASHBOARD_API_URL is set.
Either way the user is told by a token that holds for a minute, never by the session.
"""

import functools
from datetime import timedelta
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final

import requests
from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix
from rest_framework_simplejwt.tokens import AccessToken

from dashboard.errors import (
    ApiError,
    ConflictError,
    InvalidError,
    NotFoundError,
    NotPermittedError,
    NotSignedInError,
    UnexpectedAnswerError,
    UnreachableError,
)
from dashboard.transport import InProcessAdapter

ROOT: Final = "api/v1/"
TOKEN_LIFETIME: Final = timedelta(minutes=1)
# To connect, and for each read: detecting what a shop is may take several slow requests.
TIMEOUT_S: Final = (3.05, 75.0)
PAGE_SIZE: Final = 100  # the most that the API gives at once

BY_STATUS: Final[dict[int, type[ApiError]]] = {
    401: NotSignedInError,
    403: NotPermittedError,
    404: NotFoundError,
    409: ConflictError,
}


class Api:
    """The API below one base URL, asked with one access token.

    Every method raises an `ApiError` when the answer is not a success.
    """

    def __init__(self, base: str, token: str, session: requests.Session) -> None:
        """Keep what each request needs; `base` ends in a slash."""
        self._base = base
        self._token = token
        self._session = session

    def get(self, path: str, **query: Any) -> Any:
        """Return what is at `path`. Query values that are `None` or empty are left out."""
        given = {name: value for name, value in query.items() if value not in (None, "")}
        return self._ask("GET", path, params=given)

    def listing(self, path: str, *, most: int = 500, **query: Any) -> list[Any]:
        """Return the items of a paged list, page by page, up to `most`."""
        found: list[Any] = []
        for page in range(1, -(-most // PAGE_SIZE) + 1):
            answer = self.get(path, page=page, page_size=PAGE_SIZE, **query)
            found += answer["results"]
            if not answer["next"]:
                break
        return found[:most]

    def post(self, path: str, body: Any = None) -> Any:
        """Send `body` to `path` and return the answer."""
        return self._ask("POST", path, json={} if body is None else body)

    def patch(self, path: str, body: Any) -> Any:
        """Change what is at `path` and return it."""
        return self._ask("PATCH", path, json=body)

    def delete(self, path: str) -> None:
        """Delete what is at `path`."""
        self._ask("DELETE", path)

    def choices(self, path: str, field: str) -> list[tuple[str, str]]:
        """Return what a new item at `path` may have in `field`, as (value, label)."""
        actions = self._ask("OPTIONS", path).get("actions", {})
        choices = actions.get("POST", {}).get(field, {}).get("choices", [])
        return [(choice["value"], choice["display_name"]) for choice in choices]

    def _ask(self, method: str, path: str, **extra: Any) -> Any:
        try:
            response = self._session.request(
                method,
                self._base + path,
                headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json"},
                timeout=TIMEOUT_S,
                allow_redirects=False,
                **extra,
            )
        except requests.RequestException as error:
            raise UnreachableError(f"No answer from {self._base}.") from error
        if response.status_code == requests.codes.no_content:
            return None
        body = _json(response)
        if response.ok and body is not None and not response.is_redirect:
            return body
        raise _error(response.status_code, body)


def api_for(request: HttpRequest) -> Api:
    """Return the API as the user of `request` may use it."""
    user: Any = request.user
    token = AccessToken.for_user(user)
    token.set_exp(lifetime=TOKEN_LIFETIME)
    url = settings.DASHBOARD_API_URL
    if url:
        return Api(f"{url.rstrip('/')}/{ROOT}", str(token), _over_http())
    own = f"{request.scheme}://{request.get_host()}{get_script_prefix()}{ROOT}"
    return Api(own, str(token), _in_process())


@functools.cache
def _in_process() -> requests.Session:
    session = _session()
    session.mount("http://", InProcessAdapter())
    session.mount("https://", InProcessAdapter())
    return session


@functools.cache
def _over_http() -> requests.Session:
    return _session()


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxies and no .netrc between our own two halves
    # Shared by all users: nothing of one may stick to it.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except requests.JSONDecodeError:
        return None


def _error(status: int, problem: Any) -> ApiError:
    if not isinstance(problem, dict) or "detail" not in problem:
        return UnexpectedAnswerError(f"It answered with status {status} and no explanation.")
    if status == requests.codes.bad_request:
        fields = _messages(problem.get("errors", {}))
        return InvalidError(" ".join(m for texts in fields.values() for m in texts), fields)
    return BY_STATUS.get(status, UnexpectedAnswerError)(problem["detail"])


def _messages(errors: Any) -> dict[str, list[str]]:
    """Return field errors in one form, whatever form REST framework gave them."""
    if not isinstance(errors, dict):
        errors = {"detail": errors}
    return {
        str(field): [str(text) for text in (given if isinstance(given, list) else [given])]
        for field, given in errors.items()
    }
