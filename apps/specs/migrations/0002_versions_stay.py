"""A version keeps what it is; its state goes one way only."""

from django.db import migrations

STAY = """
CREATE FUNCTION spec_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.spec_id, NEW.number, NEW.digest, NEW.recording_id, NEW.based_on, NEW.ungrounded, NEW.written_by_id,
            NEW.written_by_name, NEW.writer, NEW.fallback) IS DISTINCT FROM
        (OLD.spec_id, OLD.number, OLD.digest, OLD.recording_id, OLD.based_on, OLD.ungrounded, OLD.written_by_id,
            OLD.written_by_name, OLD.writer, OLD.fallback)
    THEN
        RAISE EXCEPTION 'A version of a spec is never changed: an edit is another version.'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'spec_version_stays';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('draft', 'approved'), ('draft', 'retired'), ('approved', 'retired')
    ) THEN
        RAISE EXCEPTION 'A version that is % cannot become %.', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'spec_version_stays';
    END IF;
    IF OLD.approved IS NOT NULL AND (NEW.approved, NEW.approved_by_id, NEW.approved_by_name) IS DISTINCT FROM
        (OLD.approved, OLD.approved_by_id, OLD.approved_by_name)
    THEN
        RAISE EXCEPTION 'Who approved a version, and when, stays.'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'spec_version_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER spec_version_stays BEFORE UPDATE ON specs_specversion
    FOR EACH ROW EXECUTE FUNCTION spec_version_stays();
ALTER TABLE specs_specversion ENABLE ALWAYS TRIGGER spec_version_stays;
"""
GONE = """
DROP TRIGGER spec_version_stays ON specs_specversion;
DROP FUNCTION spec_version_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("specs", "0001_initial")]

    operations = [migrations.RunSQL(STAY, GONE)]
