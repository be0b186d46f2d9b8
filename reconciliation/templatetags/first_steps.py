"""First steps on the pages of the lower app: `{% first_steps %}` the panel, `{% next_step %}` the line under the tabs.

They stand in the page itself: the page that somebody sees first must not jump, nor be bare without scripts.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from reconciliation.first_steps import first_steps as of_organization

register = template.Library()


@register.inclusion_tag("reconciliation/first_steps_panel.html", takes_context=True)
def first_steps(context: Context) -> dict[str, Any]:
    request = context["request"]
    return {"first": of_organization(request.organization), "admin": request.user}


@register.inclusion_tag("reconciliation/first_steps_line.html", takes_context=True)
def next_step(context: Context) -> dict[str, Any]:
    """Nothing on the page of an integration that is not the one to go on with, nor where the page says it itself."""
    request = context["request"]
    found = of_organization(request.organization)
    return {"first": found, "admin": request.user, "at": context["provider"].key, "tab": context["tab"]}
