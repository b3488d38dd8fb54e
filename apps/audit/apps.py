from django.apps import AppConfig

from apps.audit.columns import Audited
from apps.audit.functions import ASSIGN, CAPTURE, CHECKPOINT_FOLLOWS, HEAD_MOVES
from apps.audit.retention_functions import EXPIRED, SALT
from apps.tenants.privileges import APPEND, NOTHING, READ, Privilege
from apps.tenants.roles import Role

_APPEND = frozenset({Privilege.SELECT, Privilege.INSERT})


class AuditConfig(AppConfig):
    name = "apps.audit"
    label = "audit"
    verbose_name = "Audit log"

    table_privileges = {
        "audit_entry": {**APPEND, Role.SEQUENCER: _APPEND, Role.PRUNER: _APPEND | {Privilege.DELETE}},
        "audit_digestkey": NOTHING,
        # The tree is written by the sequencer alone: whoever got hold of the app role can neither block it, nor hide an
        # entry from it, nor put anything into it that would never verify.
        "audit_leaf": {Role.APP: READ, Role.SEQUENCER: _APPEND, Role.PRUNER: READ | {Privilege.UPDATE}},
        "audit_node": {Role.APP: READ, Role.SEQUENCER: _APPEND},
        "audit_head": {Role.APP: READ, Role.SEQUENCER: _APPEND | {Privilege.UPDATE}},
        "audit_checkpoint": {Role.APP: READ, Role.SEQUENCER: _APPEND, Role.PRUNER: READ},
        "audit_logkey": {Role.APP: READ, Role.SEQUENCER: _APPEND},
        "audit_hold": {Role.APP: _APPEND | {Privilege.UPDATE}, Role.PRUNER: READ},
        # Sealed again where the platform's key was rotated.
        "audit_logseed": {Role.APP: READ | {Privilege.UPDATE}, Role.SEQUENCER: _APPEND},
        # Rows stay, as what became of them.
        "audit_export": {Role.APP: _APPEND | {Privilege.UPDATE}},
    }
    audited = {
        "audit_hold": Audited(named_by="why"),
        "audit_logkey": Audited(named_by="vkey", shown={"vkey": "a public key, which everybody is to know"}),
        "audit_export": Audited(
            secret={"wanted": "what somebody looked for: that they asked, and by which filters, is an entry"},
            shown={"digest": "by which somebody who has the file knows it to be this one"},
            churning=dict.fromkeys(
                ("next_look", "looked", "pieces", "bytes"),
                "it moves while a worker is at it; that it was asked for, and what it has become, are entries",
            ),
        ),
    }

    # The key of the digests is drawn by the statement that puts it in (triggers.install).
    made_by_the_database = frozenset({"audit_digestkey"})

    # Called by triggers alone, which ask for no privilege; and nobody has one.
    security_definers = {
        f"{name}()": frozenset[Role]() for name in (CAPTURE, ASSIGN, EXPIRED, SALT, HEAD_MOVES, CHECKPOINT_FOLLOWS)
    }

    def ready(self) -> None:
        from celery.signals import task_postrun, task_prerun
        from django.core.checks import Tags, register
        from django_tenants.signals import schema_migrated

        from apps.audit.checks import log_is_guarded
        from apps.audit.operations import record_operation
        from apps.audit.refusals import record_refusal
        from apps.audit.task_acting import begin_task, end_task
        from apps.audit.tenant_changes import record_asked, record_done
        from apps.audit.triggers import install
        from apps.tenants.signals import change_asked, operator_acted, request_rolled_back, tenant_changed

        register(log_is_guarded, Tags.database)
        # Receivers run in the order in which they were connected: the tables are walled by then.
        schema_migrated.connect(install, dispatch_uid="audit.install")
        request_rolled_back.connect(record_refusal, dispatch_uid="audit.record_refusal")
        change_asked.connect(record_asked, dispatch_uid="audit.record_asked")
        tenant_changed.connect(record_done, dispatch_uid="audit.record_done")
        operator_acted.connect(record_operation, dispatch_uid="audit.record_operation")
        task_prerun.connect(begin_task, dispatch_uid="audit.begin_task")
        task_postrun.connect(end_task, dispatch_uid="audit.end_task")
