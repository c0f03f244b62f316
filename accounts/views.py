"""A person's own pages. Sign-in, addresses, passwords and second factors are allauth's views in our templates."""

import json

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts import mail_groups, mail_wishes, personal_data, policy, services
from accounts.forms import DeleteAccountForm, MailForm, ProfileForm
from accounts.models import User


class PersonalRequest(HttpRequest):
    """What `login_required` lets through."""

    user: User


@require_safe
@login_required
def home(request: PersonalRequest) -> HttpResponse:
    user = request.user
    addresses = EmailAddress.objects.filter(user=user).order_by("-primary", "email")
    factors = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return render(
        request,
        "accounts/home.html",
        {
            "addresses": addresses,
            "two_factor": Authenticator.Type.TOTP in factors,
            "two_factor_needed": settings.REQUIRE_TWO_FACTOR and policy.needs_two_factor(user),
            "session_count": UserSession.objects.filter(user=user).count(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: PersonalRequest) -> HttpResponse:
    user = request.user
    initial = {field: getattr(user, field) for field in services.PROFILE_FIELDS} | {
        "country": str(user.country or "")
    }
    form = ProfileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        changed = services.update_profile(actor=user, person=user, **form.cleaned_data)
        messages.success(request, "Your profile is saved." if changed else "Nothing was different.")
        return redirect("account_profile")
    return render(request, "accounts/profile.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def mail_settings(request: PersonalRequest) -> HttpResponse:
    """Which optional mail the person wants, and whether at once or once a day."""
    user = request.user
    wishes = mail_wishes.wishes_for_page(user)
    initial = {
        "wanted": [slug for slug in mail_groups.groups if slug not in wishes.off],
        "pace": "daily" if wishes.daily else "now",
    }
    form = MailForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        off = set(mail_groups.groups) - set(form.cleaned_data["wanted"])
        changed = mail_wishes.save(actor=user, off=off, daily=form.cleaned_data["pace"] == "daily")
        messages.success(request, "Your mail settings are saved." if changed else "Nothing was different.")
        return redirect("account_mail")
    context = {
        "form": form,
        "required": mail_groups.required,
        "groups": mail_groups.groups.values(),
        "zone": user.time_zone or "UTC",
    }
    return render(request, "accounts/mail_settings.html", context, status=422 if form.errors else 200)


@csrf_exempt  # mail programs post here by themselves (RFC 8058); the signed token says all, and it can only stop mail
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def mail_stop(request: HttpRequest, token: str) -> HttpResponse:
    """Where the “stop” link of a mail leads: a page with a button, because programs open links to look at them."""
    try:
        address, group = mail_wishes.read_stop(token)
    except (signing.BadSignature, ValueError):
        raise Http404 from None
    if request.method == "POST":
        mail_wishes.stop(address=address, group=group)
    context = {
        "address": address,
        "label": mail_wishes.label_of(group),
        "done": request.method == "POST",
    }
    return render(request, "accounts/mail_stop.html", context)


@require_GET
@never_cache
@login_required
def data(request: PersonalRequest) -> HttpResponse:
    """Everything we hold on the person, as a JSON file. The page says what is in it; `?download` is the file."""
    if "download" not in request.GET:
        return render(request, "accounts/data.html")
    text = json.dumps(
        personal_data.collect(request.user), cls=DjangoJSONEncoder, indent=2, ensure_ascii=False
    )
    return HttpResponse(
        text,
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@reauthentication_required
def delete(request: PersonalRequest) -> HttpResponse:
    user = request.user
    form = DeleteAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.delete_account(actor=user, person=user, confirmation=form.cleaned_data["confirmation"])
        except ValidationError as error:
            form.add_error("confirmation", error)
        else:
            # Not auth.logout(): its signal would record something about a person who is gone.
            request.session.flush()
            request.user = AnonymousUser()  # type: ignore[assignment]
            messages.success(request, "Your account is deleted. Thank you for having been with us.")
            return redirect("home")
    return render(
        request, "accounts/delete.html", {"form": form, "obstacles": policy.obstacles_to_deletion(user)}
    )
