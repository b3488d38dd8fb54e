"""What the database asks before anything leaves a log: who, how old, announced by a signed entry, under no hold.

Two steps, so that nothing is ever absent unexplained: an entry announces the oldest stretch that is past its
retention; once a checkpoint has signed that entry, the stretch's entries and salts may go. Each function says no to
everybody but the pruner role, by who logged in, so that becoming the role (SET ROLE) does not do.
"""

from __future__ import annotations

from typing import Final

from apps.audit.vocabulary import Action

ANNOUNCEABLE: Final = "audit_announceable"
PRUNABLE: Final = "audit_prunable"
EXPIRED: Final = "audit_expired"
SALT: Final = "audit_salt_goes"
HOLD: Final = "audit_hold_stays"

STAYS: Final = (Action.PRUNING, Action.LOG_KEY)
"""Entries that are never pruned: without them no verifier could tell what is absent, or whose signature is right."""
LONGEST: Final = 50_000
"""Entries that one announcement covers, at most."""

# Who, and the retention of the plan. A statement of an older snapshot would not see a hold that was placed since.
_ASKED = """
    IF session_user <> '{pruner}' OR current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'Only the pruner role prunes a log.' USING ERRCODE = 'insufficient_privilege',
            HINT = 'manage.py prune_logs, as a process of its own.';
    END IF;
    LOCK TABLE {schema}.audit_hold IN {lock} MODE;
    IF EXISTS (SELECT FROM {schema}.audit_hold h WHERE h.lifted IS NULL) THEN
        RAISE EXCEPTION 'The log is under a legal hold.' USING ERRCODE = 'insufficient_privilege',
            HINT = 'Nothing is pruned until the hold is lifted.';
    END IF;
    SELECT p.audit_days INTO kept FROM public.tenants_tenant t JOIN public.tenants_plan p ON p.code = t.plan_id
        WHERE t.id = '{tenant}';
"""

# Of an entry that a pruner records: it announces, and announces the oldest stretch that is there, whole and expired.
_ANNOUNCEABLE = """
DECLARE
    kept integer;
    first bigint;
    last bigint;
    before bigint;
    there bigint;
    newest timestamptz;
    unlike bigint;
BEGIN
    {asked}
    IF action IS DISTINCT FROM {pruning} OR coalesce(said #>> '{{prunes,0}}', '') !~ '^[0-9]{{1,18}}$'
        OR coalesce(said #>> '{{prunes,1}}', '') !~ '^[0-9]{{1,18}}$' OR jsonb_array_length(said -> 'prunes') <> 2
        OR jsonb_typeof(said #> '{{prunes,0}}') <> 'number' OR jsonb_typeof(said #> '{{prunes,1}}') <> 'number' THEN
        RAISE EXCEPTION 'The pruner role records what it prunes, and nothing else.'
            USING ERRCODE = 'insufficient_privilege', HINT = 'Its details are two places of the log.';
    END IF;
    first := (said #>> '{{prunes,0}}')::bigint;
    last := (said #>> '{{prunes,1}}')::bigint;
    SELECT coalesce(max((e.additional_data #>> '{{prunes,1}}')::bigint), -1) INTO before
        FROM {schema}.audit_entry e WHERE e.action = {pruning};
    SELECT count(*) INTO unlike FROM {schema}.audit_leaf l LEFT JOIN {schema}.audit_entry e ON e.id = l.entry_id
        WHERE l.index > before AND l.index < first AND (e.id IS NULL OR e.action NOT IN ({stays}));
    IF first <= before OR unlike > 0 THEN
        RAISE EXCEPTION 'Entries % to % are not the oldest of the log.', first, last
            USING ERRCODE = 'insufficient_privilege', HINT = 'A log is pruned from its beginning on, without a gap.';
    END IF;
    IF last - first >= {at_once} OR last >= (SELECT coalesce(max(c.size), 0) FROM {schema}.audit_checkpoint c) THEN
        RAISE EXCEPTION 'Entries % to % are too many, or not signed yet.', first, last
            USING ERRCODE = 'insufficient_privilege', HINT = 'At most {at_once} at once.';
    END IF;
    SELECT count(e.id), max(l.logged), count(*) FILTER (WHERE l.salt IS NULL OR e.action IN ({stays}))
        INTO there, newest, unlike
        FROM {schema}.audit_leaf l LEFT JOIN {schema}.audit_entry e ON e.id = l.entry_id
        WHERE l.index BETWEEN first AND last;
    IF there <> last - first + 1 OR unlike > 0 THEN
        RAISE EXCEPTION 'Entries % to % are not all there.', first, last
            USING ERRCODE = 'insufficient_privilege',
            HINT = 'What somebody took away is not explained afterwards: specward verify says what is missing.';
    END IF;
    IF kept IS NULL OR newest > now() - make_interval(days => kept) THEN
        RAISE EXCEPTION 'Entry % is kept for % days.', last, coalesce(kept::text, 'unknown')
            USING ERRCODE = 'insufficient_privilege', HINT = 'Only what is past the retention of the plan is pruned.';
    END IF;
END
"""

_PRUNABLE = """
DECLARE
    kept integer;
    since timestamptz;
BEGIN
    {asked}
    SELECT l.logged INTO since FROM {schema}.audit_leaf l WHERE l.index = place;
    IF kept IS NULL OR since IS NULL OR since > now() - make_interval(days => kept) THEN
        RAISE EXCEPTION 'The entry at % is kept for % days.', place, coalesce(kept::text, 'unknown')
            USING ERRCODE = 'insufficient_privilege', HINT = 'Only what is past the retention of the plan is pruned.';
    END IF;
    PERFORM FROM {schema}.audit_entry e JOIN {schema}.audit_leaf l ON l.entry_id = e.id
        WHERE e.action = {pruning} AND l.index < (SELECT max(c.size) FROM {schema}.audit_checkpoint c)
            AND place BETWEEN (e.additional_data #>> '{{prunes,0}}')::bigint
                AND (e.additional_data #>> '{{prunes,1}}')::bigint
        ORDER BY e.timestamp DESC, e.id DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Nobody has announced that the entry at % goes, in an entry that is signed.', place
            USING ERRCODE = 'insufficient_privilege', HINT = 'It is announced first, and goes after the checkpoint.';
    END IF;
END
"""

_EXPIRED = """
DECLARE
    place bigint := (SELECT l.index FROM {schema}.audit_leaf l WHERE l.entry_id = OLD.id);
BEGIN
    IF place IS NULL OR OLD.action IN ({stays}) THEN
        RAISE EXCEPTION 'Entry % stays.', OLD.id USING ERRCODE = 'insufficient_privilege',
            HINT = 'It has no place in the log yet, or the log cannot be verified without it.';
    END IF;
    PERFORM {schema}.audit_prunable(place);
    RETURN OLD;
END
"""

_SALT = """
BEGIN
    IF NEW.salt IS NOT NULL OR to_jsonb(NEW) - 'salt' <> to_jsonb(OLD) - 'salt'
        OR EXISTS (SELECT FROM {schema}.audit_entry e WHERE e.id = OLD.entry_id) THEN
        RAISE EXCEPTION 'The leaf at % stays as it is.', OLD.index USING ERRCODE = 'insufficient_privilege',
            HINT = 'Its salt goes with its entry; its hash never does.';
    END IF;
    PERFORM {schema}.audit_prunable(OLD.index);
    RETURN NEW;
END
"""

_HOLD = """
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.lifted IS NOT NULL OR btrim(NEW.why) = '' THEN
            RAISE EXCEPTION 'A hold begins when it is placed, and has a reason.'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        NEW.placed := clock_timestamp();
        RETURN NEW;
    END IF;
    IF OLD.lifted IS NOT NULL OR NEW.lifted IS NULL OR btrim(NEW.lifted_why) = ''
        OR to_jsonb(NEW) - '{{lifted,lifted_by_id,lifted_by_name,lifted_why}}'::text[]
            <> to_jsonb(OLD) - '{{lifted,lifted_by_id,lifted_by_name,lifted_why}}'::text[] THEN
        RAISE EXCEPTION 'A hold is lifted once, with a reason, and is not changed otherwise.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.lifted := clock_timestamp();
    RETURN NEW;
END
"""

BODIES: Final = (
    (PRUNABLE, "void", _PRUNABLE.replace("{asked}", _ASKED.replace("{lock}", "SHARE")), False, "place bigint"),
    (
        ANNOUNCEABLE,
        "void",
        _ANNOUNCEABLE.replace("{asked}", _ASKED.replace("{lock}", "SHARE ROW EXCLUSIVE")),
        False,
        "action integer, said jsonb",
    ),
    (EXPIRED, "trigger", _EXPIRED, True, ""),
    (SALT, "trigger", _SALT, True, ""),
    (HOLD, "trigger", _HOLD, False, ""),
)
"""Name, result, body, whether it runs as the owner, arguments; in the order in which they can be made."""


def known() -> dict[str, object]:
    """What stands in the bodies, besides the schema, the tenant and the pruner's name."""
    return {
        "pruning": int(Action.PRUNING),
        "stays": ", ".join(str(int(action)) for action in STAYS),
        "at_once": LONGEST,
    }
