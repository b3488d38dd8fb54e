from django.apps import AppConfig

from apps.audit.columns import Audited


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"
    verbose_name = "Accounts"
    audited = {
        "accounts_user": Audited(named_by="name", churning={"last_login": "each sign-in is an entry of its own"}),
        "accounts_session": Audited(
            secret={"data": "it holds a digest of the password's digest"},
            churning={"last_seen": "it moves with every request", "data": "Django's own notes"},
        ),
        "accounts_token": Audited(
            named_by="name",
            shown={
                "prefix": "its first characters, to tell it by",
                "pepper": "only the number of the pepper",
            },
            churning={
                "last_used": "it moves with the requests, which are entries where they matter",
                "last_address": "that it is a new one is an entry of its own",
            },
        ),
        "accounts_invitation": Audited(
            named_by="email", churning={"digest": "made anew with each mail that is sent, and never shown"}
        ),
        "accounts_passwordreset": Audited(
            churning={"digest": "made anew with each mail that is sent, and never shown"}
        ),
        "accounts_mail": Audited(
            named_by="to",
            churning={
                "tries": "a try is no news; what became of it is",
                "next_try": "a try is no news; what became of it is",
                "error": "a try is no news; what became of it is",
            },
        ),
        "accounts_signinfailures": Audited(
            churning={
                "count": "each failed sign-in is an entry of its own",
                "last": "each failed sign-in is an entry of its own",
            }
        ),
    }

    def ready(self) -> None:
        from apps.accounts import invitations, password_reset  # noqa: F401  # their letters are found by being imported
        from apps.accounts.first_owner import invite_first_owner
        from apps.accounts.signing_in import count_again
        from apps.tenants.signals import request_rolled_back, tenant_provisioned

        tenant_provisioned.connect(invite_first_owner, dispatch_uid="accounts.invite_first_owner")
        request_rolled_back.connect(count_again, dispatch_uid="accounts.count_again")
