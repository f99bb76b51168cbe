"""`POST track`: prices that others push."""

import hashlib
import json
from typing import Any, ClassVar

from django.db import transaction
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
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

MAX_ITEMS = 1000
KEY_HEADER = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="A repeat with the same key gets the first answer, and stores nothing.",
)


class TrackView(APIView):
    """Push one price, or a list of up to 1,000: all are stored, or none."""

    write_permissions: ClassVar = {"POST": "prices.add_price"}

    @extend_schema(
        request=TrackSerializer,
        responses={201: TrackedSerializer},
        parameters=[KEY_HEADER],
        description="One price, or a list of up to 1,000. All are stored, or none.",
    )
    def post(self, request: Request) -> Response:
        """Store pushed prices and say what each came to."""
        given: Any = request.data
        many = isinstance(given, list)
        items = _checked(given if many else [given], many=many)
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > 255:
            raise ValidationError({"Idempotency-Key": "is longer than 255 characters"})
        user: Any = request.user
        with transaction.atomic():
            known = _known(user.pk, key, request.data)
            if known is not None:
                return Response(known.answer, status=known.status)
            outcomes = push(items, now=timezone.now())
            answer: Any = [
                _answer(item, outcome) for item, outcome in zip(items, outcomes, strict=True)
            ]
            answer = answer if many else answer[0]
            if key:
                PushedRequest.objects.create(
                    user_id=user.pk,
                    key=key,
                    body_digest=_digest(request.data),
                    status=status.HTTP_201_CREATED,
                    answer=answer,
                )
        return Response(answer, status=status.HTTP_201_CREATED)


def _checked(given: list[Any], *, many: bool) -> list[PushedPrice]:
    if not 1 <= len(given) <= MAX_ITEMS:
        raise ValidationError({"detail": f"a list has 1 to {MAX_ITEMS} items"})
    errors: list[dict[str, Any]] = []
    items: list[PushedPrice] = []
    for index, one in enumerate(given):
        serializer = TrackSerializer(data=one)
        if serializer.is_valid():
            items.append(serializer.validated_data["item"])
        else:
            errors.append({"index": index, **serializer.errors})
    if errors:
        refused: dict[str, Any] = {"items": errors} if many else errors[0]
        raise ValidationError(refused)
    return items


def _known(user_id: int, key: str, body: Any) -> PushedRequest | None:
    if not key:
        return None
    known = PushedRequest.objects.filter(user_id=user_id, key=key).first()
    if known is not None and known.body_digest != _digest(body):
        raise ValidationError({"Idempotency-Key": "was used before with another body"})
    return known


def _digest(body: Any) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _answer(item: PushedPrice, outcome: str) -> dict[str, Any]:
    return {
        "platform": item.platform,
        "external_id": item.external_id,
        "price": plain(item.amount, item.currency),
        "currency": item.currency,
        "result": outcome,
    }
