"""Makes the database that every worker of the tests copies: ``python -m tests.apps.building``, as migrator."""

import django


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from apps.tenants.provisioning import provision
    from tests.apps.audit.fleet import launch
    from tests.cast import TENANTS

    call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
    for wanted in TENANTS:
        launch(provision(wanted))


if __name__ == "__main__":
    main()
