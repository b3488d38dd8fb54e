"""Makes the database that every worker of the tests copies: ``python -m tests.apps.building``, as migrator."""

import datetime

import django


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from apps.tenants.provisioning import provision
    from tests.apps.audit.fleet import launch
    from tests.apps.vault.ledger import keep
    from tests.cast import TENANTS

    call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
    for wanted in TENANTS:
        tenant = provision(wanted)
        launch(tenant)
        keep(tenant)
    _put_in_the_cast()


def _put_in_the_cast() -> None:
    from django.utils import timezone

    from apps.accounts import people
    from apps.accounts.models import Role
    from apps.tenants.walls import Walls, behind, schema_of
    from tests.cast import CAST

    a_year = (timezone.now() - datetime.timedelta(hours=1), timezone.now() + datetime.timedelta(days=365))
    for person in CAST:
        role = Role(person.role)
        with behind(Walls(schema_of(person.tenant.id), person.tenant.id)):
            people.add(
                person.email,
                person.name,
                role,
                password=person.password,
                window=a_year if role is Role.AUDITOR else None,
            )


if __name__ == "__main__":
    main()
