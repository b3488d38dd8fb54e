from django.apps import AppConfig

from apps.tenants.privileges import READ, Privilege
from apps.tenants.roles import Role


class VaultConfig(AppConfig):
    name = "apps.vault"
    label = "vault"
    verbose_name = "Vault"

    # Without its row a destroyed key would be the key service's word alone.
    table_privileges = {
        "vault_tenantkey": {
            Role.APP: frozenset(Privilege) - {Privilege.DELETE},
            Role.SEQUENCER: READ,  # of the platform, under whose key the seeds of the logs are
        }
    }

    def ready(self) -> None:
        from apps.tenants.signals import tenant_provisioned
        from apps.vault.tenant_keys import provide_for

        tenant_provisioned.connect(provide_for, dispatch_uid="vault.provide")
