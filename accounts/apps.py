from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts import personal_data, receivers  # noqa: F401  (connects the signals)

        personal_data.register_own()
