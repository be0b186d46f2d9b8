"""Settings, Alerts: the rules, one rule's form, and what the frame of every page says of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.meanwhile import ChangedMeanwhile
from leads.access import OrgRequest, org_admin_required
from reconciliation import notices
from reconciliation.alerting import rules
from reconciliation.alerting.rules import RuleRefused, Tested
from reconciliation.forms.alerts import AlertRuleForm
from reconciliation.models import AlertRule

PLACE = {"area": "settings", "tab": "alerts"}


@org_admin_required
@require_safe
def alerts(request: OrgRequest) -> HttpResponse:
    rows = [(rule, rules.when_words(rule), list(rule.channels.all())) for rule in _rules(request)]
    return render(request, "reconciliation/alerts/list.html", {**PLACE, "rules": rows})


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("webhook")
def alert_new(request: OrgRequest) -> HttpResponse:
    return _edit(request, None)


@org_admin_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("webhook")
def alert_edit(request: OrgRequest, rule_id: int) -> HttpResponse:
    return _edit(request, get_object_or_404(_rules(request), pk=rule_id))


@org_admin_required
@require_POST
def alert_pause(request: OrgRequest, rule_id: int) -> HttpResponse:
    """`paused` is what the rule shall be: 1 or 0."""
    rule, paused = get_object_or_404(_rules(request), pk=rule_id), request.POST.get("paused") == "1"
    rules.set_paused(rule=rule, paused=paused, by=request.user)
    messages.success(request, f"“{rule}” is {'paused: it tells nobody anything' if paused else 'active'}.")
    return _back(rule)


@org_admin_required
@require_POST
def alert_delete(request: OrgRequest, rule_id: int) -> HttpResponse:
    rule = get_object_or_404(_rules(request), pk=rule_id)
    rules.delete_rule(rule=rule, by=request.user)
    messages.success(request, f"“{rule}” is removed.")
    return redirect("reconciliation:alerts")


@org_admin_required
@require_POST
def alert_test(request: OrgRequest, rule_id: int) -> HttpResponse:
    """Send a test through each channel now, and say what happened; to whoever is too quick, how long to wait."""
    rule = get_object_or_404(_rules(request), pk=rule_id)
    for tested in rules.test_rule(rule=rule):
        say = messages.error if tested.words else messages.warning if tested.wait else messages.success
        say(request, _tested_words(tested))
    return _back(rule)


@org_admin_required
@require_safe
def notices_now(request: OrgRequest) -> HttpResponse:
    """The frame's notices, asked again when somebody comes back to a page; `?seen=` is what it shows."""
    place = notices.place_of(request.headers.get("HX-Current-URL", ""))
    now = notices.notices_of(request.organization, place)
    if now and now.seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "reconciliation/notices.html", {"notices": now})


def _edit(request: OrgRequest, rule: AlertRule | None) -> HttpResponse:
    form, stale = AlertRuleForm(request.POST or None, organization=request.organization, rule=rule), False
    if request.method == "POST" and form.is_valid():
        try:
            saved = rules.save_rule(organization=request.organization, by=request.user, rule=rule, **form.asked())
        except RuleRefused as refused:
            form.add_error(refused.field, refused.sentence)
        except ChangedMeanwhile as refused:
            form.add_error(None, f"Not saved. {refused.sentence}")
            stale = True
        else:
            messages.success(request, f"“{saved}” is saved.")
            return _back(saved)
    # Asked anew: a form that was refused has not changed what the rule is called.
    context: dict[str, Any] = {**PLACE, "form": form, "rule": rule, "slack": form.slack, "stale": stale}
    return render(request, "reconciliation/alerts/edit.html", context, status=422 if form.errors else 200)


def _rules(request: OrgRequest) -> QuerySet[AlertRule]:
    found = AlertRule.objects.filter(organization=request.organization)
    return found.select_related("organization", "integration").prefetch_related("channels")


def _back(rule: AlertRule) -> HttpResponse:
    return redirect(f"{reverse('reconciliation:alerts')}#rule-{rule.pk}")


def _tested_words(tested: Tested) -> str:
    by = "through Slack" if tested.channel.webhook else "by e-mail"
    if tested.wait:
        seconds = f"{tested.wait} second{'' if tested.wait == 1 else 's'}"
        return f"No test is sent {by}: the last one was a moment ago. The next is possible in {seconds}."
    if tested.words:
        return f"The test {by} did not arrive. {tested.words}"
    return f"The test is sent {by}. {tested.channel.host if tested.channel.webhook else 'The mail server'} took it."
