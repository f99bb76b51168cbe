"""Provider endpoints."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, ClassVar

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from msgspec import to_builtins
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import (
    ListAPIView,
    ListCreateAPIView,
    RetrieveUpdateDestroyAPIView,
    get_object_or_404,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ingestion.adapters.base import Finding
from ingestion.adapters.registry import kind_choices
from ingestion.api.filters import ProviderFilter
from ingestion.api.runs import Conflict
from ingestion.api.serializers import (
    CheckedSerializer,
    DetectSerializer,
    FindingSerializer,
    ProviderRunSerializer,
    ProviderSerializer,
)
from ingestion.checking import check_provider, quote_body
from ingestion.client import INTERACTIVE, default_client, impatient
from ingestion.detection import detect
from ingestion.dryrun import Fetch
from ingestion.errors import AlreadyRunningError, IngestionError
from ingestion.models import Provider, ProviderRun
from ingestion.providers import add, change, health_of, remove
from prices.types import Quote, Rejection

CHECK_QUOTES = 20  # enough to see whether a provider is read right
PATIENCE_S = 25.0  # with the last fetch well below the minute that proxies wait


class _WithHealth:
    """Puts the health of the providers at hand into the serializer's context."""

    def serialized(self, providers: list[Provider], *, many: bool) -> Any:
        """Return the representation of one provider or of a list of them."""
        context = {"health": health_of(providers, now=timezone.now())}
        shown: Any = providers if many else providers[0]
        return ProviderSerializer(shown, many=many, context=context).data


class ProviderListView(_WithHealth, ListCreateAPIView[Provider]):
    """Providers with their health."""

    serializer_class = ProviderSerializer
    filterset_class = ProviderFilter
    write_permissions: ClassVar = {"POST": "ingestion.add_provider"}

    def get_queryset(self) -> QuerySet[Provider]:
        """Return every provider, by name."""
        return Provider.objects.order_by("name", "id")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one page."""
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.serialized(page, many=True))

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Save a provider; its slug is made of its name unless one is given."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = dict(serializer.validated_data)
        finding = Finding(
            kind=given.pop("kind"),
            url=given.pop("url", ""),
            name=given.pop("name"),
            options=given.pop("options", {}),
        )
        try:
            provider = add(finding, **given)
        except IntegrityError as error:
            raise ValidationError({"slug": ["was taken in this moment by another one"]}) from error
        return Response(self.serialized([provider], many=False), status=status.HTTP_201_CREATED)


class ProviderDetailView(_WithHealth, RetrieveUpdateDestroyAPIView[Provider]):
    """One provider."""

    queryset = Provider.objects.all()
    serializer_class = ProviderSerializer
    lookup_field = "slug"
    write_permissions: ClassVar = {
        "PATCH": "ingestion.change_provider",
        "DELETE": "ingestion.delete_provider",
    }
    http_method_names = ("get", "patch", "delete", "head", "options")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the provider with its health."""
        return Response(self.serialized([self.get_object()], many=False))

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is given."""
        provider = self.get_object()
        serializer = self.get_serializer(provider, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        change(provider, **serializer.validated_data)
        return Response(self.serialized([provider], many=False))

    def perform_destroy(self, instance: Provider) -> None:
        """Delete the provider with its offers and their history; 409 while it is being read."""
        try:
            remove(instance)
        except AlreadyRunningError as error:
            raise Conflict(error) from error


class ProviderRunsView(ListAPIView[ProviderRun]):
    """One provider's part of the runs, newest first."""

    serializer_class = ProviderRunSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[ProviderRun]:
        """Return the provider runs of one provider."""
        provider = get_object_or_404(Provider, slug=self.kwargs["slug"])
        parts = ProviderRun.objects.filter(provider=provider).select_related("provider")
        return parts.order_by("-started_at", "-id")


class CheckView(APIView):
    """A dry run of a provider."""

    write_permissions: ClassVar = {"POST": "ingestion.change_provider"}

    @extend_schema(request=None, responses=CheckedSerializer)
    def post(self, request: Request, slug: str) -> Response:
        """Read the first offers of a provider as a run would; nothing is stored."""
        provider = get_object_or_404(Provider, slug=slug)
        with _answering("provider") as fetch:
            read = list(islice(check_provider(provider, fetch), CHECK_QUOTES))
        quotes = [one for one in read if isinstance(one, Quote)]
        refused = [one for one in read if isinstance(one, Rejection)]
        return Response(
            {"quotes": [quote_body(quote) for quote in quotes], "rejected": to_builtins(refused)}
        )


class DetectView(APIView):
    """What a URL is."""

    write_permissions: ClassVar = {"POST": "ingestion.add_provider"}

    @extend_schema(request=DetectSerializer, responses=FindingSerializer)
    def post(self, request: Request) -> Response:
        """Look at a URL and say what was found and why; nothing is stored."""
        asked = DetectSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with _answering("url") as fetch:
            finding = detect(
                asked.validated_data["url"], fetch, kind=asked.validated_data.get("kind")
            )
        return Response(finding_body(finding))


@contextmanager
def _answering(field: str) -> Iterator[Fetch]:
    """Fetch for a person who waits; what goes wrong is the fault of `field`, with what to do."""
    with default_client(INTERACTIVE) as client:
        try:
            yield impatient(client.get, seconds=PATIENCE_S)
        except IngestionError as error:
            raise ValidationError({field: [f"{error}. {error.hint}".strip()]}) from error


def finding_body(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON, amounts as texts."""
    body: dict[str, Any] = to_builtins(finding)
    label = dict(kind_choices()).get(finding.kind, finding.kind)
    return {
        **body,
        "kind_label": label,
        "sample": [quote_body(quote) for quote in finding.sample],
    }
