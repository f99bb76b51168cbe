"""What the API says of providers and runs, and what it takes."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ingestion import options, slugs
from ingestion.adapters.registry import ADAPTERS, PUSH, kind_choices
from ingestion.api.fields import AVAILABILITIES, CurrencyField
from ingestion.client import default_guard
from ingestion.errors import AddressNotAllowedError, ProviderNotReadableError
from ingestion.guard import checked_url
from ingestion.models import Provider, ProviderRun, Run
from ingestion.providers import Health, readable


class RunSerializer(serializers.ModelSerializer[Run]):
    """A run with its counts."""

    duration_s = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields: tuple[str, ...] = (
            "id",
            "status",
            "trigger",
            "started_at",
            "finished_at",
            "duration_s",
            "providers_total",
            "providers_completed",
            "providers_failed",
            "providers_skipped",
            "offers_seen",
            "offers_changed",
            "offers_new",
            "offers_rejected",
            "error_code",
            "error",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_duration_s(self, run: Run) -> float | None:
        """Return how long it took, in seconds; null while it runs."""
        if run.finished_at is None:
            return None
        return round((run.finished_at - run.started_at).total_seconds(), 3)


class ProviderRunSerializer(serializers.ModelSerializer[ProviderRun]):
    """One provider's part of a run."""

    provider = serializers.SlugRelatedField(slug_field="slug", read_only=True)  # type: ignore[var-annotated]
    provider_name = serializers.CharField(source="provider.name", read_only=True)
    run = serializers.UUIDField(source="run_id", read_only=True)
    offers_before = serializers.IntegerField(
        source="provider.offers_last_run",
        read_only=True,
        help_text="How many offers the provider had when it last completed.",
    )
    duration_s = serializers.SerializerMethodField()

    class Meta:
        model = ProviderRun
        fields = (
            "run",
            "provider",
            "provider_name",
            "status",
            "started_at",
            "claimed_at",
            "finished_at",
            "duration_s",
            "pages",
            "requests",
            "retries",
            "bytes_received",
            "offers_seen",
            "offers_new",
            "offers_changed",
            "offers_unchanged",
            "offers_rejected",
            "offers_missing",
            "offers_before",
            "rejections",
            "error_code",
            "error",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_duration_s(self, part: ProviderRun) -> float | None:
        """Return how long its reading took, in seconds; null before it was taken up."""
        if part.claimed_at is None:
            return None
        end = part.finished_at or timezone.now()
        return round(max(0.0, (end - part.claimed_at).total_seconds()), 3)


class RunDetailSerializer(RunSerializer):
    """A run with its provider runs."""

    provider_runs = serializers.SerializerMethodField()

    class Meta(RunSerializer.Meta):
        fields = (*RunSerializer.Meta.fields, "provider_runs")

    @extend_schema_field(ProviderRunSerializer(many=True))
    def get_provider_runs(self, run: Run) -> Any:
        """Return the parts, by provider."""
        parts = run.provider_runs.select_related("provider").order_by("provider__slug")
        return ProviderRunSerializer(parts, many=True).data


class NewRunSerializer(serializers.Serializer[Any]):
    """Which providers to read; left out, all enabled ones."""

    providers = serializers.ListField(
        child=serializers.CharField(max_length=64),
        required=False,
        allow_empty=False,
        max_length=1000,
        help_text="Slugs.",
    )

    def validate_providers(self, slugs: list[str]) -> list[Provider]:
        """Return the providers.

        Raises:
            ValidationError: names the slugs that are unknown or cannot be read.
        """
        try:
            return readable(slugs)
        except ProviderNotReadableError as error:
            raise serializers.ValidationError(str(error)) from error


class HealthSerializer(serializers.Serializer[Health]):
    """How a provider fares, over its last runs."""

    circuit = serializers.CharField()
    success_rate = serializers.FloatField(allow_null=True)
    p50_duration_s = serializers.FloatField(allow_null=True)
    p95_duration_s = serializers.FloatField(allow_null=True)
    freshness_s = serializers.FloatField(allow_null=True)


class ProviderSerializer(serializers.ModelSerializer[Provider]):
    """A provider and its health."""

    kind = serializers.ChoiceField(choices=kind_choices())
    kind_label = serializers.CharField(source="get_kind_display", read_only=True)
    currency = CurrencyField(
        required=False,
        allow_null=True,
        help_text="What prices without a currency of their own are in; null: unknown.",
    )
    health = serializers.SerializerMethodField()

    class Meta:
        model = Provider
        fields = (
            "slug",
            "name",
            "kind",
            "kind_label",
            "url",
            "currency",
            "enabled",
            "interval_minutes",
            "options",
            "is_demo",
            "created_at",
            "next_due_at",
            "not_before",
            "last_run_at",
            "last_success_at",
            "last_error_code",
            "failures_in_a_row",
            "offers_last_run",
            "health",
        )
        read_only_fields = (
            "is_demo",
            "created_at",
            "next_due_at",
            "not_before",
            "last_run_at",
            "last_success_at",
            "last_error_code",
            "failures_in_a_row",
            "offers_last_run",
        )
        extra_kwargs = {"slug": {"required": False}}  # noqa: RUF012 REST framework's own form

    @extend_schema_field(HealthSerializer())
    def get_health(self, provider: Provider) -> Any:
        """Return its health, worked out once for the whole list."""
        return HealthSerializer(self.context["health"][provider.pk]).data

    def validate_slug(self, slug: str) -> str:
        """Refuse a word of the API, and another slug than the provider has."""
        if self.instance is not None and slug != getattr(self.instance, "slug", slug):
            raise serializers.ValidationError("cannot change: addresses and histories name it")
        if slug in slugs.RESERVED:
            raise serializers.ValidationError(f"{slug!r} is reserved; choose another")
        return slug

    def validate_url(self, url: str) -> str:
        """Refuse what is no plain web address, or can be seen to be none that may be fetched."""
        if url:
            try:
                default_guard().check(checked_url(url))
            except AddressNotAllowedError as error:
                raise serializers.ValidationError(f"{error}. {error.hint}") from error
        return url

    def validate_options(self, given: Any) -> Any:
        """Refuse options that cannot be saved; hidden secrets stay as they are."""
        try:
            return options.checked(given, stored=getattr(self.instance, "options", {}))
        except options.OptionsError as error:
            raise serializers.ValidationError(str(error)) from error

    def to_representation(self, instance: Provider) -> dict[str, Any]:
        """Show no secret."""
        body = super().to_representation(instance)
        return {**body, "options": options.shown(body["options"])}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a provider that has to be read and has no address."""
        kind = attrs.get("kind", getattr(self.instance, "kind", ""))
        url = attrs.get("url", getattr(self.instance, "url", ""))
        if kind != PUSH and not url:
            raise serializers.ValidationError({"url": "is needed for a provider that is read"})
        return attrs


class DetectSerializer(serializers.Serializer[Any]):
    """A URL to look at, and the kind to read it as, if it is known."""

    url = serializers.CharField(max_length=2048)
    kind = serializers.ChoiceField(
        choices=[(kind, adapter.label) for kind, adapter in ADAPTERS.items()], required=False
    )


class QuoteSerializer(serializers.Serializer[Any]):
    """What was read for one offer; nothing of it is stored. Unknown is null."""

    external_id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField(allow_null=True)
    amount = serializers.CharField()
    list_amount = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    availability = serializers.ChoiceField(AVAILABILITIES)
    gtin = serializers.CharField(allow_null=True)
    mpn = serializers.CharField(allow_null=True)
    sku = serializers.CharField(allow_null=True)
    brand = serializers.CharField(allow_null=True)
    image_url = serializers.CharField(allow_null=True)
    variant = serializers.CharField(allow_null=True)
    evidence = serializers.DictField(child=serializers.CharField())


class CheckedSerializer(serializers.Serializer[Any]):
    """What a dry run of a provider read: the first quotes, and what was refused and why."""

    quotes = QuoteSerializer(many=True)
    rejected = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))


class FindingSerializer(serializers.Serializer[Any]):
    """What a URL is."""

    kind = serializers.CharField()
    kind_label = serializers.CharField()
    url = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField(allow_null=True)
    options = serializers.DictField()
    evidence = serializers.ListField(child=serializers.CharField())
    sample = QuoteSerializer(many=True)
