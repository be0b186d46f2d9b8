"""The popup: out to the vendor's sign-in and back to the callback; the forms of other ways to connect; and the question
when another account came back.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from integrations.connect import ConnectRefused, accept_account, begin, decline_account, finish, method_of
from integrations.connect import sign_in as connect_by_form
from integrations.contract import WINDOW, AuthorizationRefused
from integrations.forms.connect import SignInForm
from integrations.providers import PROVIDERS
from integrations.removal import app_removed
from integrations.views.connect import connection_answer, methods_refused
from integrations.views.page import open_destination
from leads.access import OrgRequest, org_admin_required, public


@org_admin_required
@require_POST
@never_cache
def authorize(request: OrgRequest, provider: str) -> HttpResponse:
    """Leave for the vendor's sign-in.

    A page that moves on by itself instead of a redirect: a form may only post to ourselves (CSP form-action), and
    browsers hold redirects of a post to that as well.
    """
    found = open_destination(request, provider)
    try:
        address = begin(
            organization=request.organization,
            provider_key=provider,
            user=request.user,
            session_key=request.session.session_key or "",
            method=request.POST.get("method", WINDOW),
        )
    except ConnectRefused as refused:
        return _back(request, provider, refused.sentence, failed=True)
    return _popup(render(request, "integrations/leaving.html", {"address": address, "provider": found.provider}))


@csrf_exempt
@public
@require_http_methods(["GET", "DELETE"])
@never_cache
def callback(request: HttpRequest) -> HttpResponseBase:
    """The one address every vendor knows: people come back to it, and a vendor tells there that our app was removed."""
    if request.method == "DELETE":
        return _removed(request)
    return come_back(request)


def _removed(request: HttpRequest) -> HttpResponse:
    try:
        app_removed(authorization=request.headers.get("Authorization", ""), body=request.body)
    except AuthorizationRefused as refused:
        return HttpResponse(refused.fault.message, status=401, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=204)


@org_admin_required
@require_GET
def come_back(request: OrgRequest) -> HttpResponse:
    """A person back from the vendor. The page closes the popup and tells the page beneath."""
    try:
        finished = finish(
            organization=request.organization,
            user=request.user,
            session_key=request.session.session_key or "",
            state=request.GET.get("state", ""),
            code=request.GET.get("code", ""),
            error=request.GET.get("error", ""),
            callback=request.GET.dict(),
        )
    except ConnectRefused as refused:
        return _back(request, refused.provider_key, refused.sentence, failed=True)
    name = PROVIDERS[finished.integration.provider].name
    if finished.other_account:
        return _back(request, finished.integration.provider, f"This is another {name} account than before.", tell=False)
    return _back(request, finished.integration.provider, f"{name} is connected.")


@org_admin_required
@require_POST
@never_cache
@sensitive_post_parameters()
def sign_in(request: OrgRequest, provider: str, method: str) -> HttpResponse:
    """Connect by the form of a method. What was refused stands beside its input; nothing typed is lost but secrets."""
    found = open_destination(request, provider)
    way = method_of(found.provider, method)
    if way is None or not way.fields:
        raise Http404(f"{found.provider.name} has no such way to connect.")
    form = SignInForm(request.POST, method=way)
    if form.is_valid():
        try:
            finished = connect_by_form(
                organization=request.organization,
                provider_key=provider,
                user=request.user,
                method=method,
                values=form.cleaned_data,
            )
        except ConnectRefused as refused:
            form.refuse(refused.field, refused.sentence)
        else:
            if not finished.other_account:
                messages.success(request, f"{found.provider.name} is connected.")
            return connection_answer(request, provider)
    return methods_refused(request, found, form)


@org_admin_required
@require_POST
def answer_account(request: OrgRequest, provider: str) -> HttpResponse:
    """Use the other account from now on, or keep the one before."""
    found = open_destination(request, provider)
    use = request.POST.get("answer") == "use"
    try:
        if use:
            integration = accept_account(organization=request.organization, provider_key=provider, user=request.user)
            messages.success(request, f"{found.provider.name} is connected to {integration.account_name}.")
        else:
            decline_account(organization=request.organization, provider_key=provider, user=request.user)
            messages.success(request, f"Nothing changed. {found.provider.name} stays with the account before.")
    except ConnectRefused as refused:
        messages.error(request, refused.sentence)
    return redirect("integrations:connect", provider=provider)


def _back(
    request: OrgRequest, provider: str, sentence: str, *, failed: bool = False, tell: bool = True
) -> HttpResponse:
    """The page a popup ends on. The sentence waits in the messages for the page beneath."""
    if tell:
        (messages.error if failed else messages.success)(request, sentence)
    known = provider in PROVIDERS
    return _popup(
        render(
            request,
            "integrations/callback.html",
            {
                "sentence": sentence,
                "failed": failed,
                "provider_key": provider,
                "back": reverse("integrations:connect", args=[provider]) if known else reverse("integrations:list"),
            },
            status=400 if failed else 200,
        )
    )


def _popup(response: HttpResponse) -> HttpResponse:
    """Only without an opener policy may a popup that walked to the vendor and back close itself."""
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response
