"""Sign-in of the API: tokens, refresh tokens that work once, logout.

A refresh token is used up by its first use. A second use means that somebody copied it:
the whole family that grew out of one sign-in is then revoked (RFC 9700, 4.14.2).
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from pricestream.parsers import BoundedJSONParser

FAMILY: Final = "family"
SIGNED_IN_AT: Final = "auth_time"
LONGEST_SIGN_IN: Final = timedelta(days=30)
REFUSED: Final = "The refresh token is not valid any more. Sign in again."


class _UncheckedRefreshToken(RefreshToken):
    """A refresh token of which only signature, type and time were checked so far."""

    def check_blacklist(self) -> None:
        """Leave this to the refresh itself, which does it behind a lock."""


def tokens_for(user: AbstractBaseUser, *, family: str = "", signed_in_at: int = 0) -> RefreshToken:
    """Return a new refresh token, which carries its access token.

    What has expired of the user's tokens is deleted: nothing can come of it any more.
    """
    OutstandingToken.objects.filter(user_id=user.pk, expires_at__lt=timezone.now()).delete()
    refresh = RefreshToken.for_user(user)
    refresh[FAMILY] = family or refresh["jti"]
    refresh[SIGNED_IN_AT] = signed_in_at or int(timezone.now().timestamp())
    OutstandingToken.objects.filter(jti=refresh["jti"]).update(token=str(refresh))
    return refresh


def rotate(text: str) -> RefreshToken:
    """Return the successor of a refresh token, which is used up by this.

    Raises:
        AuthenticationFailed: it is not a refresh token of ours, was used before (its family
            is revoked then), or its user may not sign in any more.
    """
    given = _parsed(text)
    with transaction.atomic():
        known = OutstandingToken.objects.select_for_update().filter(jti=given["jti"]).first()
        if known is None:
            raise AuthenticationFailed(REFUSED, "token_not_valid")
        fresh = not BlacklistedToken.objects.filter(token=known).exists()
        user = _user_of(given)
        if fresh and user is not None:
            BlacklistedToken.objects.create(token=known)
            return tokens_for(
                user,
                family=given.get(FAMILY, given["jti"]),
                signed_in_at=given.get(SIGNED_IN_AT, 0),
            )
        if not fresh:
            revoke_family(given)
    raise AuthenticationFailed(REFUSED, "token_not_valid")


def revoke_family(token: RefreshToken) -> None:
    """End every refresh token that came from the same sign-in."""
    user_id = token.get(api_settings.USER_ID_CLAIM)
    living = OutstandingToken.objects.filter(
        user_id=user_id, expires_at__gt=timezone.now(), blacklistedtoken__isnull=True
    )
    for row in living:
        try:
            member = _UncheckedRefreshToken(row.token)  # type: ignore[arg-type]
        except TokenError:
            continue
        if member.get(FAMILY) == token.get(FAMILY):
            BlacklistedToken.objects.get_or_create(token=row)


def _parsed(text: str) -> RefreshToken:
    try:
        return _UncheckedRefreshToken(text)  # type: ignore[arg-type]
    except TokenError as error:
        raise AuthenticationFailed(REFUSED, "token_not_valid") from error


def _user_of(token: RefreshToken) -> AbstractBaseUser | None:
    users = get_user_model().objects
    user = users.filter(pk=token.get(api_settings.USER_ID_CLAIM), is_active=True).first()
    if user is None:
        return None
    if token.get(api_settings.REVOKE_TOKEN_CLAIM) != get_md5_hash_password(user.password):
        return None  # the password was changed since
    signed_in_at = datetime.fromtimestamp(token.get(SIGNED_IN_AT, 0), UTC)
    return user if timezone.now() - signed_in_at < LONGEST_SIGN_IN else None


class SignInSerializer(TokenObtainPairSerializer):
    """`username` and `password`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Set limits: hashing a password of any length takes any time."""
        super().__init__(*args, **kwargs)
        self.fields["username"] = serializers.CharField(max_length=150, write_only=True)
        self.fields["password"] = serializers.CharField(
            max_length=1024, write_only=True, trim_whitespace=False
        )

    @classmethod
    def get_token(cls, user: Any) -> Any:
        """Begin a family."""
        return tokens_for(user)


class RefreshSerializer(serializers.Serializer[Any]):
    """A refresh token."""

    refresh = serializers.CharField(max_length=4096)


TOKENS = inline_serializer(
    "Tokens", {"access": serializers.CharField(), "refresh": serializers.CharField()}
)


class _TokenAPIView(APIView):
    """Takes tokens or passwords and gives tokens: to anybody, and not into any cache."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (BoundedJSONParser, FormParser)

    def get_authenticate_header(self, request: Request) -> str:
        """Make a refusal 401, not 403."""
        return 'Bearer realm="api"'

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Forbid caches to keep the answer (RFC 6749, 5.1)."""
        response["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)

    def given(self, request: Request) -> str:
        """Return the token in the body."""
        serializer = RefreshSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return str(serializer.validated_data["refresh"])


class TokenView(_TokenAPIView):
    """Sign in: an access token for a few minutes and a refresh token for a few days."""

    @extend_schema(request=SignInSerializer, responses=TOKENS, operation_id="auth_token")
    def post(self, request: Request) -> Response:
        """Exchange user name and password for tokens."""
        serializer = SignInSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        return Response(serializer.validated_data)


class RefreshView(_TokenAPIView):
    """Exchange a refresh token, once."""

    @extend_schema(request=RefreshSerializer, responses=TOKENS, operation_id="auth_refresh")
    def post(self, request: Request) -> Response:
        """Return new tokens; the given refresh token is used up."""
        refresh = rotate(self.given(request))
        return Response({"access": str(refresh.access_token), "refresh": str(refresh)})


class LogoutView(_TokenAPIView):
    """Sign out."""

    @extend_schema(request=RefreshSerializer, responses={204: None}, operation_id="auth_logout")
    def post(self, request: Request) -> Response:
        """End a refresh token and its family."""
        given = _parsed(self.given(request))
        with transaction.atomic():
            revoke_family(given)
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(APIView):
    """Who is signed in."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="auth_me",
        responses=inline_serializer(
            "Me",
            {
                "id": serializers.IntegerField(),
                "username": serializers.CharField(),
                "is_staff": serializers.BooleanField(),
                "is_superuser": serializers.BooleanField(),
                "permissions": serializers.ListField(child=serializers.CharField()),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        """Return the signed-in user and what they may do."""
        user: Any = request.user
        return Response(
            {
                "id": user.pk,
                "username": user.get_username(),
                "is_staff": user.is_staff,
                "is_superuser": user.is_superuser,
                "permissions": sorted(user.get_all_permissions()),
            }
        )
