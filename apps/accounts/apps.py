from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from apps.accounts.signing_in import count_again
        from apps.tenants.signals import request_rolled_back

        request_rolled_back.connect(count_again, dispatch_uid="accounts.count_again")
