"""Provider endpoints."""

from itertools import islice
from typing import Any, ClassVar

import django_filters
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
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from ingestion.adapters.base import Finding
from ingestion.adapters.registry import kind_choices
from ingestion.api.runs import Conflict
from ingestion.api.serializers import (
    CheckedSerializer,
    DetectSerializer,
    FindingSerializer,
    ProviderRunSerializer,
    ProviderSerializer,
)
from ingestion.checking import check_provider
from ingestion.client import default_client
from ingestion.detection import detect
from ingestion.errors import AlreadyRunningError, IngestionError
from ingestion.models import Provider, ProviderRun
from ingestion.providers import add, health_of, remove
from prices.money import plain
from prices.types import Quote, Rejection

CHECK_QUOTES = 20  # enough to see whether a provider is read right


class ProviderFilter(django_filters.FilterSet):  # type: ignore[misc]  # has no types
    """`enabled`, `kind`."""

    enabled = django_filters.BooleanFilter()
    kind = django_filters.CharFilter(max_length=32)

    class Meta:
        model = Provider
        fields: tuple[str, ...] = ()


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
        if "slug" in given:
            provider = serializer.save()
        else:
            provider = add(
                Finding(
                    kind=given["kind"],
                    url=given.get("url", ""),
                    name=given["name"],
                    options=given.get("options", {}),
                ),
                currency=given.get("currency"),
                interval_minutes=given.get("interval_minutes"),
            )
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
        serializer = self.get_serializer(self.get_object(), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return Response(self.serialized([serializer.save()], many=False))

    def perform_update(self, serializer: BaseSerializer[Provider]) -> None:
        """Save the change."""
        serializer.save()

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
        with default_client() as client:
            try:
                read = list(islice(check_provider(provider, client.get), CHECK_QUOTES))
            except IngestionError as error:
                raise ValidationError({"detail": f"{error}. {error.hint}".strip()}) from error
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
        with default_client() as client:
            try:
                finding = detect(
                    asked.validated_data["url"],
                    client.get,
                    kind=asked.validated_data.get("kind"),
                )
            except IngestionError as error:
                raise ValidationError({"url": f"{error}. {error.hint}".strip()}) from error
        return Response(finding_body(finding))


def finding_body(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON, amounts as texts."""
    body: dict[str, Any] = to_builtins(finding)
    label = dict(kind_choices()).get(finding.kind, finding.kind)
    return {
        **body,
        "kind_label": label,
        "sample": [quote_body(quote) for quote in finding.sample],
    }


def quote_body(quote: Quote) -> dict[str, Any]:
    """Return a quote as JSON, amounts as texts."""
    return {
        **to_builtins(quote),
        "amount": plain(quote.amount, quote.currency),
        "list_amount": plain(quote.list_amount, quote.currency),
    }
