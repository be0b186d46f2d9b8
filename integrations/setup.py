"""One consistent snapshot of an integration's configuration, in the plain values that planning works on."""

from __future__ import annotations

from django.db import transaction

from integrations.contract import Feature, Role, WriteBehaviour
from integrations.models import CampaignMapping, Constant, FieldMapping, Integration, QualifierMapping
from integrations.planning import CampaignRule, ConstantRule, FieldRule, QualifierRule, Setup
from integrations.providers import options_of, provider_of
from integrations.schema import further_objects, remote_objects
from leads.fields import BY_KEY
from leads.models import Qualifier


def setup_of(integration: Integration) -> Setup:
    """The mappings, qualifiers, campaigns and schema of one moment; six queries, whatever there is."""
    provider = provider_of(integration.provider)
    with transaction.atomic():
        row = Integration.objects.only("setup_version", "further_objects").get(pk=integration.pk)
        objects = remote_objects(integration)
        offered = provider.object_names(options_of(provider, integration.options))
        used = {name for name, role in offered if role is not Role.OTHER}
        return Setup(
            vendor=provider.name,
            version=row.setup_version,
            objects={name: remote for name, remote in objects.items() if name in used or remote.role is Role.OTHER},
            fields=_field_rules(integration),
            qualifiers=_qualifier_rules(integration),
            constants=_constant_rules(integration),
            further=further_objects(row),
            required_known=Feature.REQUIRED_FIELDS in provider.capabilities.has,
            campaigns=_campaign_rules(integration) if provider.capabilities.campaigns else (),
            engagement_kinds=frozenset(provider.capabilities.engagements),
        )


def _field_rules(integration: Integration) -> tuple[FieldRule, ...]:
    return tuple(
        FieldRule(
            row.object, row.mobly_field, BY_KEY[row.mobly_field].label, row.remote_field, WriteBehaviour(row.behaviour)
        )
        for row in FieldMapping.objects.filter(integration=integration, mobly_field__in=BY_KEY)
    )


def _qualifier_rules(integration: Integration) -> tuple[QualifierRule, ...]:
    rows = (
        QualifierMapping.objects.filter(integration=integration)
        .exclude(qualifier__status=Qualifier.Status.DRAFT)
        .select_related("qualifier")
        .prefetch_related("values")
    )
    return tuple(
        QualifierRule(
            object=row.object,
            qualifier_id=row.qualifier_id,
            name=row.qualifier.name,
            remote_field=row.remote_field,
            picklist=row.qualifier.kind == Qualifier.Kind.PICKLIST,
            options={value.value_id: value.remote_value for value in row.values.all()},
            behaviour=WriteBehaviour(row.behaviour),
        )
        for row in rows
    )


def _constant_rules(integration: Integration) -> tuple[ConstantRule, ...]:
    return tuple(
        ConstantRule(row.object, row.remote_field, row.value, row.fallback, WriteBehaviour(row.behaviour))
        for row in Constant.objects.filter(integration=integration)
    )


def _campaign_rules(integration: Integration) -> tuple[CampaignRule, ...]:
    rows = CampaignMapping.objects.filter(integration=integration).prefetch_related("events")
    return tuple(
        CampaignRule(
            campaign_id=row.remote_id,
            kind=row.kind,
            name=row.name,
            events=frozenset(event.pk for event in row.events.all()),
            status=row.status,
            status_qualifier=row.status_qualifier_id,
            status_by_value={int(value_id): status for value_id, status in row.status_by_value.items()},
            threshold=row.scan_threshold,
            archived=row.is_archived,
        )
        for row in rows
    )
