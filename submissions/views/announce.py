"""Where a chair writes to a group by hand: choose and write, look at everybody who gets it, send, call off."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from submissions.forms.mail import AnnouncementForm
from submissions.letters import texts
from submissions.models import Edition
from submissions.services import announcements as service
from submissions.services import mail
from submissions.services.errors import NotAllowed, Refused, Stale
from submissions.views.papers import actor, find_chaired, show


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def write(request: HttpRequest, edition: str) -> HttpResponse:
    """One address for all steps: the text is in the form until it is sent, so nothing is kept half done."""
    call = find_chaired(request, edition)
    start = texts.of(call, service.KIND.slug)
    initial = {"subject": start.subject, "body": start.body, "group": request.GET.get("group")}
    form = AnnouncementForm(request.POST or None, initial=initial)
    context: dict[str, Any] = {"form": form, "placeholders": service.KIND.offered}
    status = 200
    if request.method == "POST":
        if not form.is_valid():
            status = 422
        elif request.POST.get("action") == "send":
            try:
                return _send(request, call, form)
            except NotAllowed as error:
                raise Http404 from error
            except Stale as error:
                context["stale"], status = str(error), 409
            except Refused as error:
                form.add_error(None, str(error))
                status = 422
        if form.is_valid():
            context |= _audience(request, call, form)
    return show(request, "submissions/mail/write.html", context, edition=call, status=status)


def _send(request: HttpRequest, edition: Edition, form: AnnouncementForm) -> HttpResponse:
    data = form.cleaned_data
    number = service.send(actor=actor(request), edition=edition, **data)
    if mail.held_since(edition):
        many = "One message waits" if number == 1 else f"{number} messages wait"
        said = (
            f"{many} until the mail is released, ten minutes at least. Until then you can call it off here."
        )
    else:
        many = "One message leaves" if number == 1 else f"{number} messages leave"
        said = f"{many} in ten minutes. Until then you can call it off here."
    messages.success(request, said)
    return redirect(f"{reverse('chair_mail', args=[edition.slug])}?batch={data['batch']}")


def _audience(request: HttpRequest, edition: Edition, form: AnnouncementForm) -> dict[str, Any]:
    """Everybody who gets it, and the message as one of them gets it."""
    data = form.cleaned_data
    audience = service.audience(actor=actor(request), edition=edition, group=data["group"])
    shown: dict[str, Any] = {"audience": audience, "group_label": service.labels()[data["group"]]}
    if audience.recipients:
        wanted = request.POST.get("reader", "")
        to = next((it for it in audience.recipients if it.address == wanted), audience.recipients[0])
        shown["to"] = to
        shown["letter"] = service.preview(edition=edition, to=to, subject=data["subject"], body=data["body"])
    return shown
