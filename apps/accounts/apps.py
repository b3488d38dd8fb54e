from django.apps import AppConfig

from apps.audit.columns import Audited


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"

    audited = {
        "accounts_user": Audited(named_by="name", churning={"last_login": "each sign-in is an entry of its own"}),
    }
