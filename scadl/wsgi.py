import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scadl.settings.production")

application = get_wsgi_application()

from scadl import checks  # noqa: E402  (needs the applications loaded)

checks.refuse_unsafe()
