"""The authenticator app of people who do not exist, for the development mailbox page."""

import time

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt


def of_the_moment(domain: str = "example.org") -> list[tuple[str, str]]:
    """(address, code) of everybody at `domain` who has an authenticator app. For pages behind MAILBOX_PAGE only."""
    counter = int(time.time()) // app_settings.TOTP_PERIOD
    found = Authenticator.objects.filter(type=Authenticator.Type.TOTP, user__email__endswith=f"@{domain}")
    return [
        (it.user.email, format_hotp_value(hotp_value(decrypt(it.data["secret"]), counter)))
        for it in found.select_related("user").order_by("user__email")
    ]
