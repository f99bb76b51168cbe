"""What the API says of products, offers and prices."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from prices.api.fields import AmountField, utc
from prices.models import Offer, Product
from prices.money import plain
from prices.selectors.products import Listed


class ProviderRefSerializer(serializers.Serializer[Any]):
    """A provider, in short."""

    slug = serializers.CharField()
    name = serializers.CharField()
    is_demo = serializers.BooleanField()


class OfferSerializer(serializers.ModelSerializer[Offer]):
    """An offer as it stands now."""

    provider = ProviderRefSerializer()
    product_id = serializers.IntegerField()
    amount = AmountField()
    list_amount = AmountField(allow_null=True)
    previous_amount = AmountField(allow_null=True)
    low_amount = AmountField()
    high_amount = AmountField()
    checked_at = serializers.SerializerMethodField()

    class Meta:
        model = Offer
        fields = (
            "id",
            "provider",
            "external_id",
            "product_id",
            "name",
            "variant",
            "url",
            "image_url",
            "brand",
            "gtin",
            "mpn",
            "sku",
            "amount",
            "list_amount",
            "currency",
            "availability",
            "since",
            "previous_amount",
            "change_percent",
            "low_amount",
            "low_at",
            "high_amount",
            "high_at",
            "first_seen_at",
            "last_seen_at",
            "checked_at",
            "missing_since",
            "evidence",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_checked_at(self, offer: Offer) -> str | None:
        """Return when its price was last looked at: by itself, or with its whole provider."""
        looked = (offer.last_seen_at, offer.provider.last_success_at)
        return utc(max((at for at in looked if at is not None), default=None))


class ProductSerializer(serializers.ModelSerializer[Product]):
    """A product with its best price."""

    best_amount = AmountField(currency="best_currency", allow_null=True)
    best_offer_id = serializers.IntegerField(allow_null=True)

    class Meta:
        model = Product
        fields: tuple[str, ...] = (
            "id",
            "name",
            "brand",
            "gtin",
            "mpn",
            "image_url",
            "created_at",
            "offers_count",
            "best_amount",
            "best_currency",
            "best_offer_id",
            "changed_at",
            "change_percent",
        )
        read_only_fields = fields


class SparkPointSerializer(serializers.Serializer[Any]):
    """One step of a sparkline."""

    at = serializers.DateTimeField()
    amount = serializers.CharField()


class ListedProductSerializer(serializers.Serializer[Listed]):
    """A product as lists show it."""

    def to_representation(self, instance: Listed) -> dict[str, Any]:
        """Put the product, its changes, shops and sparkline together."""
        body: dict[str, Any] = dict(ProductSerializer(instance.product).data)
        body.update(
            {
                name: None if change is None else str(change)
                for name, change in instance.changes.items()
            }
        )
        body["providers"] = sorted({offer.provider.slug for offer in instance.offers})
        best = next((o for o in instance.offers if o.pk == instance.product.best_offer_id), None)
        body["best_provider"] = best.provider.slug if best else None
        body["best_provider_name"] = best.provider.name if best else None
        body["availability"] = best.availability if best else "out_of_stock"
        body["sparkline"] = [
            {"at": utc(point.at), "amount": plain(point.amount, point.currency)}
            for point in instance.points
        ]
        return body


class ProductListItemSchema(ProductSerializer):
    """The shape of a listed product, for the OpenAPI schema."""

    change_24h = serializers.CharField(allow_null=True)
    change_7d = serializers.CharField(allow_null=True)
    change_30d = serializers.CharField(allow_null=True)
    providers = serializers.ListField(child=serializers.CharField())
    best_provider = serializers.CharField(allow_null=True)
    best_provider_name = serializers.CharField(allow_null=True)
    availability = serializers.CharField()
    sparkline = SparkPointSerializer(many=True)

    class Meta(ProductSerializer.Meta):
        fields = (
            *ProductSerializer.Meta.fields,
            "change_24h",
            "change_7d",
            "change_30d",
            "providers",
            "best_provider",
            "best_provider_name",
            "availability",
            "sparkline",
        )


class ProductDetailSerializer(ProductSerializer):
    """A product with all its offers, what can be bought first, then by amount."""

    offers = serializers.SerializerMethodField()

    class Meta(ProductSerializer.Meta):
        fields = (*ProductSerializer.Meta.fields, "offers")

    @extend_schema_field(OfferSerializer(many=True))
    def get_offers(self, product: Product) -> Any:
        """Return the offers side by side."""
        offers = sorted(
            product.offers.select_related("provider"),
            key=lambda offer: (
                offer.pk != product.best_offer_id,
                offer.missing_since is not None,
                offer.availability in {"out_of_stock", "discontinued"},
                offer.currency != product.best_currency,
                offer.amount,
            ),
        )
        return OfferSerializer(offers, many=True).data


class PointSerializer(serializers.Serializer[Any]):
    """One point of a history: a change (`raw`), or an hour or day."""

    at = serializers.DateTimeField()
    amount = serializers.CharField(help_text="The amount from then on, or the last of the bucket.")
    currency = serializers.CharField(allow_null=True)
    availability = serializers.CharField()
    list_amount = serializers.CharField(allow_null=True, required=False)
    low = serializers.CharField(required=False)
    high = serializers.CharField(required=False)
    average = serializers.CharField(required=False)


class GapSerializer(serializers.Serializer[Any]):
    """When nobody looked (`not_checked`), or the provider did not list it (`missing`)."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    reason = serializers.ChoiceField(["not_checked", "missing"])


class FiguresSerializer(serializers.Serializer[Any]):
    """Figures of the asked range, and the all-time low."""

    low = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    average = serializers.CharField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    all_time_low = serializers.CharField()
    all_time_low_at = serializers.DateTimeField()


class HistorySerializer(serializers.Serializer[Any]):
    """The history of one offer."""

    offer = OfferSerializer()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    resolution = serializers.ChoiceField(["raw", "hour", "day", "week"])
    points = PointSerializer(many=True)
    gaps = GapSerializer(many=True)
    statistics = FiguresSerializer()


class ProductHistorySerializer(serializers.Serializer[Any]):
    """The histories of all offers of a product."""

    product = ProductSerializer()
    histories = HistorySerializer(many=True)
