"""How the committee works: its settings, and the table of who may do what."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from reviews import queries
from reviews.domain import rights
from reviews.forms.roster import SettingsForm
from reviews.models import Member
from reviews.services import committee_settings as service
from reviews.views.navigation import committee_tabs
from submissions.services.errors import NotAllowed, Refused
from submissions.views.papers import actor, find_chaired, show


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: HttpRequest, edition: str) -> HttpResponse:
    call = find_chaired(request, edition)
    settings = queries.settings_of(call)
    form = SettingsForm(
        request.POST or None, instance=settings, initial={"expected": service.stamp(settings)}
    )
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "expected"}
        try:
            changed = service.save(
                actor=actor(request), edition=call, values=values, expected=form.cleaned_data["expected"]
            )
        except NotAllowed as error:
            raise Http404 from error
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The settings are saved." if changed else "Nothing was different.")
            return redirect("chair_committee_settings", call.slug)
    context = {"form": form, "tabs": committee_tabs(request, call)}
    return show(
        request, "reviews/settings/edit.html", context, edition=call, status=422 if form.errors else 200
    )


@require_safe
@login_required
def rights_page(request: HttpRequest, edition: str) -> HttpResponse:
    call = find_chaired(request, edition)
    kinds = [(kind, Member.Kind(kind).label) for kind in rights.TABLE]
    table = [
        (meaning, [(label, rights.has(kind, right)) for kind, label in kinds])
        for right, meaning in rights.MEANING.items()
    ]
    context = {"kinds": kinds, "table": table, "tabs": committee_tabs(request, call)}
    return show(request, "reviews/settings/rights.html", context, edition=call)
