"""People, what they did and what was written to them, for administrators. Changes go through the services."""

from typing import Any

from allauth.account import views as account_views
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import mail_wishes, outbox, policy, services
from accounts.fields import HomePageField, LineField, OrcidField
from accounts.job_models import Job
from accounts.models import AuditEntry, Message, User

# allauth's own pages would let addresses, second factors and sessions be changed without a record.
for _model in (
    EmailAddress,
    EmailConfirmation,
    Authenticator,
    SocialAccount,
    SocialApp,
    SocialToken,
    UserSession,
    Group,
):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


def _change_password(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """The account page does it: with a mail to the person and an entry in the record."""
    return redirect("account_change_password")


def _sign_out(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    return account_views.logout(request)


admin.site.password_change = _change_password  # type: ignore[method-assign,assignment]
admin.site.logout = _sign_out  # type: ignore[method-assign,assignment]
admin.site.site_header = "Administration"
admin.site.site_title = "Administration"
admin.site.index_title = "What to look after"


class ReadOnly:
    """Looked at, never changed: these rows are evidence."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AddressInline(ReadOnly, admin.TabularInline):
    model = EmailAddress
    fields = ("email", "primary", "verified")
    verbose_name_plural = "addresses (the person changes them; correct the primary one above)"
    extra = 0


class TwoFactorFilter(admin.SimpleListFilter):
    title = "two-factor sign-in"
    parameter_name = "two_factor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("on", "on"), ("off", "off")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() not in ("on", "off"):
            return queryset
        return queryset.filter(Q(has_totp=self.value() == "on"))


class ConfirmedFilter(admin.SimpleListFilter):
    title = "address"
    parameter_name = "address"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("confirmed", "confirmed"), ("open", "not confirmed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() not in ("confirmed", "open"):
            return queryset
        return queryset.filter(Q(has_confirmed=self.value() == "confirmed"))


class PersonForm(forms.ModelForm):
    name = LineField(max_length=200)
    affiliation = LineField(max_length=200, required=False)
    orcid = OrcidField(required=False)
    homepage = HomePageField(label="Home page", max_length=300, required=False)

    class Meta:
        model = User
        fields = (
            "email",
            "name",
            "affiliation",
            "country",
            "orcid",
            "homepage",
            "time_zone",
            "is_staff",
            "is_superuser",
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("is_superuser") and not data.get("is_staff"):
            self.add_error("is_superuser", "Somebody with all rights also needs the administration pages.")
        return data

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        others = User.objects.exclude(pk=self.instance.pk)
        claimed = EmailAddress.objects.filter(email=email).exclude(user_id=self.instance.pk)
        if others.filter(email=email).exists() or claimed.exists():
            raise ValidationError(f"“{email}” belongs to another account.", code="taken")
        return email


@admin.register(User)
class PersonAdmin(admin.ModelAdmin):
    form = PersonForm
    list_display = (
        "name",
        "email",
        "affiliation",
        "country",
        "confirmed",
        "two_factor",
        "is_active",
        "is_staff",
        "last_login",
    )
    list_filter = ("is_active", "is_staff", "is_superuser", ConfirmedFilter, TwoFactorFilter, "date_joined")
    search_fields = ("name", "email", "affiliation", "orcid")
    search_help_text = "Name, any e-mail address, affiliation or ORCID iD"
    ordering = ("name", "email")
    date_hierarchy = "date_joined"
    list_per_page = 50
    inlines = (AddressInline,)
    actions = ("block", "unblock", "take_second_factor_off")
    readonly_fields = ("date_joined", "last_login", "two_factor", "is_active", "password_state")
    fieldsets = (
        (None, {"fields": ("name", "email")}),
        ("Profile", {"fields": ("affiliation", "country", "orcid", "homepage", "time_zone")}),
        ("Sign-in", {"fields": ("is_active", "password_state", "two_factor", "last_login", "date_joined")}),
        ("Administration", {"fields": ("is_staff", "is_superuser")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": ("name", "email", "affiliation", "country"),
                "description": "The person sets a password with “Forgot your password?” on the sign-in page.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        totp = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
        confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
        return super().get_queryset(request).annotate(has_totp=Exists(totp), has_confirmed=Exists(confirmed))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        # Only an administrator with all rights makes another one, and nobody takes their own rights away by a slip.
        fixed = not request.user.is_superuser or (obj is not None and obj.pk == request.user.pk)
        return (*self.readonly_fields, "is_staff", "is_superuser") if fixed else self.readonly_fields

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return self.inlines if obj else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Also finds a person by an address that is not the primary one."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        if search_term.strip():
            others = EmailAddress.objects.filter(email__icontains=search_term.strip()).values("user")
            found = queryset.filter(Q(pk__in=found.values("pk")) | Q(pk__in=others))
        return found, duplicates

    @admin.display(boolean=True, description="address confirmed")
    def confirmed(self, person: Any) -> bool:
        return bool(person.has_confirmed)

    @admin.display(boolean=True, description="two-factor")
    def two_factor(self, person: Any) -> bool:
        return bool(person.has_totp)

    @admin.display(description="password")
    def password_state(self, person: User) -> str:
        return "set" if person.has_usable_password() else "none yet"

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        actor: Any = request.user
        data = form.cleaned_data
        if not change:
            person = services.create_person(
                actor=actor,
                email=data["email"],
                name=data["name"],
                affiliation=data["affiliation"],
                country=data["country"],
            )
            obj.pk = person.pk
            obj.refresh_from_db()
            return
        person = User.objects.get(pk=obj.pk)
        services.update_profile(
            actor=actor,
            person=person,
            **{name: data[name] for name in services.PROFILE_FIELDS if name in data},
        )
        if "email" in data:
            services.replace_email(actor=actor, person=person, email=data["email"])
        if "is_staff" in form.changed_data or "is_superuser" in form.changed_data:
            services.set_administrator(
                actor=actor, person=person, is_staff=data["is_staff"], is_superuser=data["is_superuser"]
            )

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """People delete their own account; an administrator blocks it."""
        return False

    def _each(self, request: HttpRequest, people: QuerySet[User], change: Any, done: str) -> None:
        count = 0
        for person in people:
            try:
                count += change(person) is not False
            except (ValidationError, PermissionDenied) as error:
                text = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
                self.message_user(request, f"{person}: {text}", messages.ERROR)
        if count:
            self.message_user(request, f"{done}: {count}.", messages.SUCCESS)

    @admin.action(description="Block: end sessions and stop sign-in", permissions=["change"])
    def block(self, request: HttpRequest, people: QuerySet[User]) -> None:
        actor: Any = request.user
        self._each(
            request, people, lambda p: services.set_active(actor=actor, person=p, active=False), "Blocked"
        )

    @admin.action(description="Unblock: allow sign-in again", permissions=["change"])
    def unblock(self, request: HttpRequest, people: QuerySet[User]) -> None:
        actor: Any = request.user
        self._each(
            request, people, lambda p: services.set_active(actor=actor, person=p, active=True), "Unblocked"
        )

    @admin.action(description="Take two-factor sign-in off (telephone lost)", permissions=["change"])
    def take_second_factor_off(self, request: HttpRequest, people: QuerySet[User]) -> None:
        actor: Any = request.user
        self._each(request, people, lambda p: services.remove_two_factor(actor=actor, person=p), "Taken off")


def _readable_messages(request: HttpRequest) -> QuerySet[Message]:
    """The mail that this administrator may read: an office is no way around a conflict."""
    person: Any = request.user
    return Message.objects.exclude(policy.kept_from(person, policy.messages_kept_from))


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("at", "actor_label", "verb", "subject_label", "edition")
    list_filter = ("edition", "subject_type", "verb")
    search_fields = ("actor_label", "subject_label", "verb")
    date_hierarchy = "at"
    list_per_page = 100
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        person: Any = request.user
        entries = super().get_queryset(request)
        return entries.exclude(policy.kept_from(person, policy.entries_kept_from)).exclude(
            ~Q(subject_id__in=_readable_messages(request).values("pk")),
            subject_type=Message._meta.label_lower,
        )


@admin.register(Message)
class MessageAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("created_at", "to", "subject", "kind", "state", "attempts", "sent_at")
    list_filter = ("state", "kind", "edition")
    search_fields = ("to", "subject", "about")
    date_hierarchy = "created_at"
    list_per_page = 100
    show_full_result_count = False
    actions = ("send_again",)
    fields = (
        ("to", "reply_to"),
        "subject",
        "text_or_note",
        ("state", "attempts", "error"),
        ("created_at", "due_at", "sent_at"),
        ("kind", "about", "edition"),
        "key",
    )

    @admin.display(description="text")
    def text_or_note(self, message: Message) -> str:
        # An administrator needs to know that a code left, not the code: it would open somebody else's account.
        if message.sensitive:
            return "(not shown: it holds a code or a link)"
        return mail_wishes.without_own_links(message.text)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return _readable_messages(request).defer("html")

    @admin.action(description="Send again", permissions=["view"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        actor: Any = request.user
        again = sum(outbox.send_again(actor=actor, message=message) for message in chosen)
        if again:
            self.message_user(request, f"Back in the queue: {again}.", messages.SUCCESS)
        left = len(chosen) - again
        if left:
            self.message_user(
                request, f"Left alone, because still on their way or cleared: {left}.", messages.WARNING
            )


@admin.register(Job)
class JobAdmin(ReadOnly, admin.ModelAdmin):
    """Who asked for what, and how it went. What came out may speak of papers: it is for who asked alone."""

    list_display = ("created_at", "kind", "edition", "actor", "state", "attempt", "started_at", "finished_at")
    list_filter = ("state", "kind", "edition")
    list_select_related = ("actor",)
    search_fields = ("actor__name", "actor__email", "kind")
    date_hierarchy = "created_at"
    list_per_page = 100
    show_full_result_count = False
    fields = (
        ("kind", "edition"),
        "actor",
        ("state", "attempt"),
        ("created_at", "started_at", "finished_at", "heartbeat_at"),
    )
