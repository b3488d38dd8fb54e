from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "apps.vault"
    label = "vault"
    verbose_name = "Vault"

    def ready(self) -> None:
        from apps.tenants.signals import tenant_provisioned
        from apps.vault.tenant_keys import provide_for

        tenant_provisioned.connect(provide_for, dispatch_uid="vault.provide")
