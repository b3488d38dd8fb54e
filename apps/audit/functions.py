"""The functions of the log's triggers, one set for each tenant's schema.

Those that write are SECURITY DEFINER: the owner's, who is held by the same wall as everybody (FORCE ROW LEVEL SECURITY,
the same setting), so that they write into this tenant's log or not at all. Their search path is fixed and every table
is named with its schema. What stands here is compared with the catalog, character by character.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from apps.audit import retention_functions as retention
from apps.audit.vocabulary import WRITES, Action, ActorKind, Source
from apps.tenants.roles import Role
from apps.tenants.walls import ACTOR, tenant_of

SEARCH_PATH: Final = "search_path=pg_catalog, pg_temp"

LONGEST_VALUE: Final = 4096
"""Bytes of a value that stands in an entry as it is; a longer one stands as its digest."""
LARGEST: Final = 256 * 1024
"""Bytes of what the application tells in an entry: the sequencer holds a thousand of them at once."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function as it should be in a schema. ``arguments`` as PostgreSQL prints them."""

    name: str
    returns: str
    body: str
    definer: bool
    arguments: str = ""


CAPTURE: Final = "audit_capture"
ASSIGN: Final = "audit_assign"
REFUSE: Final = "audit_refuse"
HEAD_MOVES: Final = "audit_head_moves"
CHECKPOINT_FOLLOWS: Final = "audit_checkpoint_follows"
DIGEST: Final = "audit_digest"

# The digest is bound to its column, so that equal values of two columns do not show as equal. Hashing twice keeps a
# longer value from being computed of a shorter one's digest.
_DIGEST = """
BEGIN
    IF value IS NULL OR value = 'null'::jsonb THEN RETURN value; END IF;
    RETURN (
        SELECT jsonb_build_object('digest', encode(sha256(k.key || sha256(k.key || convert_to(
            place || chr(10) || (value #>> '{{}}'), 'UTF8'))), 'hex'))
        FROM {schema}.audit_digestkey k
    );
END
"""

# Arguments: the object's type, its key's columns, the column that names it, the secret columns, the churning ones.
_CAPTURE = """
DECLARE
    before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{{}}' ELSE to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{{}}' ELSE to_jsonb(NEW) END;
    whole jsonb := CASE WHEN TG_OP = 'DELETE' THEN before ELSE after END;
    keys text[] := TG_ARGV[1]::text[];
    secrets text[] := TG_ARGV[3]::text[];
    churning text[] := TG_ARGV[4]::text[];
    changed jsonb;
    named text;
BEGIN
    SELECT jsonb_object_agg(c, CASE
            WHEN c = ANY (secrets) OR pg_column_size(before -> c) > {longest} OR pg_column_size(after -> c) > {longest}
            THEN jsonb_build_array(
                {schema}.audit_digest(TG_TABLE_NAME || '.' || c, before -> c),
                {schema}.audit_digest(TG_TABLE_NAME || '.' || c, after -> c))
            ELSE jsonb_build_array(before -> c, after -> c) END)
        INTO changed
        FROM jsonb_object_keys(whole) AS c
        WHERE coalesce(before -> c, 'null') <> coalesce(after -> c, 'null')
            AND NOT (TG_OP = 'UPDATE' AND c = ANY (churning));
    IF changed IS NULL AND TG_OP = 'UPDATE' THEN RETURN NULL; END IF;
    IF TG_OP = 'UPDATE' THEN whole := before; END IF;
    named := coalesce(after ->> TG_ARGV[2], before ->> TG_ARGV[2], '');
    INSERT INTO {schema}.audit_entry (action, object_type, object_pk, object_repr, changes)
    VALUES (
        CASE TG_OP WHEN 'INSERT' THEN {create} WHEN 'UPDATE' THEN {update} ELSE {delete} END,
        TG_ARGV[0],
        left(CASE WHEN cardinality(keys) = 1 THEN whole ->> keys[1]
            ELSE (SELECT coalesce(string_agg(whole ->> k, ',' ORDER BY n), '')
                FROM unnest(keys) WITH ORDINALITY u(k, n)) END, 255),
        left(named, 200),
        coalesce(changed, '{{}}'));
    RETURN NULL;
END
"""

# Nothing of who, when and where is taken from the row: what the statement says of it is overwritten.
_ASSIGN = """
DECLARE
    said jsonb := coalesce(NULLIF(current_setting('{actor}', true), ''), '{{}}')::jsonb;
BEGIN
    NEW.transaction_id := pg_current_xact_id()::text::bigint;
    NEW.id := nextval('{schema}.audit_entry_id_seq');
    NEW.timestamp := clock_timestamp();
    NEW.source := CASE WHEN pg_trigger_depth() > 1 THEN '{database}' ELSE '{application}' END;
    IF (NEW.source = '{database}') <> (NEW.action IN ({writes})) THEN
        RAISE EXCEPTION 'An entry of a write is written by the trigger of its table, and by nothing else.'
            USING ERRCODE = 'insufficient_privilege', HINT = 'Say why it happens with apps.audit.acting.narrating.';
    END IF;
    IF NEW.source = '{application}' AND greatest(octet_length(NEW.changes::text),
        octet_length(NEW.additional_data::text)) > {largest} THEN
        RAISE EXCEPTION 'What an entry tells has 256 KiB at most.' USING ERRCODE = 'insufficient_privilege',
            HINT = 'The log tells ids and words, no content.';
    END IF;
    IF NEW.source = '{application}' AND (CASE session_user WHEN '{sequencer}' THEN NEW.action <> {log_key}
        ELSE NEW.action = {log_key} AND NEW.additional_data IS NOT NULL END) THEN
        RAISE EXCEPTION 'Which key signs the log is said by the sequencer, and it says nothing else.'
            USING ERRCODE = 'insufficient_privilege', HINT = 'Ask for a new key: apps.audit.log_keys.ask_for_another.';
    END IF;
    IF session_user = '{pruner}' OR NEW.action = {pruning} THEN
        PERFORM {schema}.audit_announceable(NEW.action, NEW.additional_data);
    END IF;
    NEW.narrative := CASE WHEN NEW.source = '{application}' AND NEW.narrative <> '' THEN NEW.narrative
        ELSE coalesce(said ->> 'narrative', '') END;
    NEW.object_type := coalesce(NEW.object_type, '');
    NEW.object_pk := coalesce(NEW.object_pk, '');
    NEW.object_repr := coalesce(NEW.object_repr, '');
    NEW.content_type_id := NULL;
    NEW.actor_kind := coalesce(said ->> 'kind', '{unsaid}');
    NEW.actor_name := CASE NEW.actor_kind WHEN '{unsaid}' THEN session_user ELSE coalesce(said ->> 'name', '') END;
    NEW.actor_id := said ->> 'id';
    NEW.actor_email := coalesce(said ->> 'email', '');
    NEW.actor_token := said ->> 'token_id';
    NEW.database_role := session_user;
    NEW.request_id := said ->> 'request_id';
    NEW.client_request_id := coalesce(said ->> 'client_request_id', '');
    NEW.remote_addr := said ->> 'address';
    RETURN NEW;
END
"""

_REFUSE = """
BEGIN
    IF current_user = '{pruner}' AND TG_OP || ' ' || TG_TABLE_NAME IN ('DELETE audit_entry', 'UPDATE audit_leaf') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% on % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege', HINT = TG_ARGV[0];
END
"""

# The head moves over leaves that are there, without a gap, and never back: whatever a sequencer does.
_HEAD_MOVES = """
DECLARE
    before bigint := CASE WHEN TG_OP = 'INSERT' THEN 0 ELSE OLD.size END;
    leaves bigint;
    last bigint;
BEGIN
    IF NEW.size = before THEN RETURN NEW; END IF;
    SELECT count(*), max(l.index) INTO leaves, last FROM {schema}.audit_leaf l WHERE l.index >= before;
    IF NEW.size < before OR leaves <> NEW.size - before OR last <> NEW.size - 1
        OR (TG_OP = 'UPDATE' AND NEW.logged < OLD.logged) THEN
        RAISE EXCEPTION 'The head of the log stays where its leaves end: % of % after %.', leaves, NEW.size, before
            USING ERRCODE = 'insufficient_privilege', HINT = 'Leaves are placed by apps.audit.sequencing.';
    END IF;
    RETURN NEW;
END
"""

_CHECKPOINT_FOLLOWS = """
BEGIN
    IF NEW.size <= coalesce((SELECT max(c.size) FROM {schema}.audit_checkpoint c), 0)
        OR NEW.size > coalesce((SELECT h.size FROM {schema}.audit_head h), 0) THEN
        RAISE EXCEPTION 'A checkpoint of % follows neither the one before it nor the head.', NEW.size
            USING ERRCODE = 'insufficient_privilege', HINT = 'Checkpoints are made by apps.audit.signing.';
    END IF;
    RETURN NEW;
END
"""


def wanted_functions(schema: str) -> Iterator[Function]:
    """The functions of one tenant's schema, in the order in which they can be made."""
    create, update, delete = (int(action) for action in sorted(WRITES))
    known: dict[str, object] = {
        "schema": schema,
        "tenant": tenant_of(schema),
        "actor": ACTOR,
        "longest": LONGEST_VALUE,
        "largest": LARGEST,
        "create": create,
        "update": update,
        "delete": delete,
        "writes": f"{create}, {update}, {delete}",
        "database": Source.DATABASE.value,
        "application": Source.APPLICATION.value,
        "unsaid": ActorKind.DATABASE.value,
        "pruner": Role.PRUNER.user,
        "sequencer": Role.SEQUENCER.user,
        "log_key": int(Action.LOG_KEY),
        **retention.known(),
    }
    yield Function(DIGEST, "jsonb", _DIGEST.format_map(known), definer=False, arguments="place text, value jsonb")
    yield Function(REFUSE, "trigger", _REFUSE.format_map(known), definer=False)
    for name, returns, body, definer, arguments in retention.BODIES:
        yield Function(name, returns, body.format_map(known), definer, arguments)
    yield Function(CAPTURE, "trigger", _CAPTURE.format_map(known), definer=True)
    yield Function(ASSIGN, "trigger", _ASSIGN.format_map(known), definer=True)
    yield Function(HEAD_MOVES, "trigger", _HEAD_MOVES.format_map(known), definer=True)
    yield Function(CHECKPOINT_FOLLOWS, "trigger", _CHECKPOINT_FOLLOWS.format_map(known), definer=True)
