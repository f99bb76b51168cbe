"""Requests to our own API without a socket: same URLs, same token, same serializers.

Over TCP a page would wait for an answer of the very server that is busy with the page.
"""

import functools
import io
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import get_script_prefix
from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter


class InProcessAdapter(BaseAdapter):
    """Answers with this process's own Django.

    It calls the handler, not the WSGI application: the signals that begin and end a request
    would close the database connection that the page itself still uses.
    """

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Response:
        """Return what Django answers."""
        answer = _handler().get_response(WSGIRequest(_environ(request)))
        response = Response()
        response.request = request
        response.url = request.url or ""
        response.status_code = answer.status_code
        response.reason = answer.reason_phrase
        response.headers.update(dict(answer.items()))
        response.raw = io.BytesIO(_body(answer))
        return response

    def close(self) -> None:
        """Hold nothing that would have to be closed."""


@functools.cache
def _handler() -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def _body(answer: Any) -> bytes:
    if isinstance(answer, StreamingHttpResponse):
        return b"".join(answer)
    assert isinstance(answer, HttpResponse)  # noqa: S101 the two kinds there are
    return bytes(answer.content)


def _environ(request: PreparedRequest) -> dict[str, Any]:
    """Return `request` as a WSGI server would hand it over."""
    url = urlsplit(request.url or "")
    body = request.body or b""
    content = body.encode() if isinstance(body, str) else bytes(body)
    prefix = get_script_prefix().rstrip("/")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": prefix,
        "PATH_INFO": unquote_to_bytes(url.path.removeprefix(prefix)).decode("latin-1"),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": str(url.port or (443 if url.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": url.netloc,
        "CONTENT_LENGTH": str(len(content)),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(content),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ.setdefault(key if key == "CONTENT_TYPE" else f"HTTP_{key}", value)
    return environ
