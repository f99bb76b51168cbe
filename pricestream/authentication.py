"""Access tokens. Apart from `pricestream.auth`, whose views need this class to be loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.authentication import JWTAuthentication

if TYPE_CHECKING:
    from rest_framework.request import Request

REFUSED = "The access token is not valid, or not any more. Refresh it, or sign in again."


class BearerAuthentication(JWTAuthentication):
    """`Authorization: Bearer` with an access token.

    Forged, expired, of another kind, of a user who is gone: the answer is the same, so that
    it tells nothing about users and keys.
    """

    def authenticate(self, request: Request) -> Any:
        """Return user and token; `None` when no token was sent."""
        try:
            return super().authenticate(request)
        except AuthenticationFailed as error:
            raise AuthenticationFailed(REFUSED, "token_not_valid") from error
