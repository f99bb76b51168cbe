"""`POST track`: prices that others push."""

import hashlib
import json
from datetime import timedelta
from typing import Any, ClassVar, Final

from django.db import transaction
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ingestion.api.tracking import TrackedSerializer, TrackSerializer
from ingestion.models import PushedRequest
from ingestion.pushed import PushedPrice
from ingestion.pushing import push
from prices.money import plain

MAX_ITEMS: Final = 1000
KEY: Final = "Idempotency-Key"
KEY_LENGTH: Final = 255
KEY_LIFETIME: Final = timedelta(days=7)
UNANSWERED: Final = 0


class TrackView(APIView):
    """Push one price, or a list of up to 1,000: all are stored, or none."""

    write_permissions: ClassVar = {"POST": "prices.add_price"}

    @extend_schema(
        request=PolymorphicProxySerializer(
            "TrackBody", [TrackSerializer, TrackSerializer(many=True)], None, many=False
        ),
        responses={
            201: PolymorphicProxySerializer(
                "TrackAnswer", [TrackedSerializer, TrackedSerializer(many=True)], None, many=False
            )
        },
        parameters=[
            OpenApiParameter(
                KEY,
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="A repeat within 7 days gets the first answer, and stores nothing.",
            )
        ],
        description="One price, or a list of up to 1,000. All are stored, or none.",
    )
    def post(self, request: Request) -> Response:
        """Store pushed prices and say what each came to."""
        given: Any = request.data
        many = isinstance(given, list)
        items = _checked(given if many else [given], many=many)
        user: Any = request.user
        with transaction.atomic():
            repeat = _repeat(user.pk, request.headers.get(KEY, ""), given)
            if repeat is not None and repeat.status != UNANSWERED:
                return Response(repeat.answer, status=repeat.status)
            outcomes = push(items, now=timezone.now())
            answers = list(map(_answer, items, outcomes))
            answer: Any = answers if many else answers[0]
            if repeat is not None:
                repeat.status, repeat.answer = status.HTTP_201_CREATED, answer
                repeat.save(update_fields=["status", "answer"])
        return Response(answer, status=status.HTTP_201_CREATED)


def _checked(given: list[Any], *, many: bool) -> list[PushedPrice]:
    if not 1 <= len(given) <= MAX_ITEMS:
        raise ValidationError({"items": [f"A list has 1 to {MAX_ITEMS} items."]})
    serializer = TrackSerializer(data=given, many=True)
    if serializer.is_valid():
        return [values["item"] for values in serializer.validated_data]
    errors: Any = serializer.errors  # by index
    items: Any = [
        {"index": index, **(error if isinstance(error, dict) else {"non_field_errors": error})}
        for index, error in errors.items()
    ]
    refusal = ValidationError()
    # Set afterwards: as an argument, each index would become a text.
    refusal.detail = {"items": items} if many else items[0]
    raise refusal


def _repeat(user_id: int, key: str, body: Any) -> PushedRequest | None:
    """Return what is kept of this key, made if need be; `None` without a key.

    Made before anything is stored: of two requests with one key at the same time the second
    waits here until the first is committed.
    """
    if not key:
        return None
    if len(key) > KEY_LENGTH:
        raise ValidationError({KEY: [f"Is longer than {KEY_LENGTH} characters."]})
    PushedRequest.objects.filter(created_at__lt=timezone.now() - KEY_LIFETIME).delete()
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    mine = PushedRequest(user_id=user_id, key=key, body_digest=digest, status=UNANSWERED, answer={})
    PushedRequest.objects.bulk_create([mine], ignore_conflicts=True)
    kept = PushedRequest.objects.get(user_id=user_id, key=key)
    if kept.body_digest != digest:
        raise ValidationError({KEY: ["Was used before with another body."]})
    return kept


def _answer(item: PushedPrice, outcome: str) -> dict[str, Any]:
    return {
        "platform": item.platform,
        "external_id": item.external_id,
        "price": plain(item.amount, item.currency),
        "currency": item.currency,
        "result": outcome,
    }
