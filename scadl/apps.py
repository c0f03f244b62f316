from django.apps import AppConfig


class ScadlConfig(AppConfig):
    name = "scadl"

    def ready(self) -> None:
        from scadl import checks  # noqa: F401  (registers the system checks)
