"""The database refuses every move of a recording that is none of its life, whoever writes it."""

from django.db import migrations

LIFE = """
CREATE FUNCTION recording_lives() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    certified boolean;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state <> 'arriving' THEN
            RAISE EXCEPTION 'A recording stays, as what became of it.'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'recording_lives';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'arriving' THEN
            RAISE EXCEPTION 'A recording begins by arriving.'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'recording_lives';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> NEW.state AND NOT (OLD.state, NEW.state) IN (
        ('arriving', 'received'),
        ('received', 'generating'), ('received', 'discarding'),
        ('generating', 'specified'), ('generating', 'failed'), ('generating', 'discarding'),
        ('failed', 'received'), ('failed', 'discarding'),
        ('specified', 'discarding'),
        ('discarding', 'discarded')
    ) THEN
        RAISE EXCEPTION 'A recording that is % cannot become %.', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'recording_lives';
    END IF;
    IF OLD.state <> 'arriving' AND (NEW.digest, NEW.size) IS DISTINCT FROM (OLD.digest, OLD.size) THEN
        RAISE EXCEPTION 'A recording keeps its digest and its size.'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'recording_lives';
    END IF;
    IF NEW.fence < OLD.fence THEN
        RAISE EXCEPTION 'A fence only rises.'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'recording_lives';
    END IF;
    IF NEW.state = 'discarded' AND OLD.state <> 'discarded' THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.recordings_certificate WHERE recording_id = $1 AND digest = $2'
            ' AND size = $3)', TG_TABLE_SCHEMA) INTO certified USING NEW.id, NEW.digest, NEW.size;
        IF NOT certified THEN
            RAISE EXCEPTION 'A recording is discarded with a certificate.'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'recording_lives';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recording_lives BEFORE INSERT OR UPDATE OR DELETE ON recordings_recording
    FOR EACH ROW EXECUTE FUNCTION recording_lives();
ALTER TABLE recordings_recording ENABLE ALWAYS TRIGGER recording_lives;
"""
GONE = """
DROP TRIGGER recording_lives ON recordings_recording;
DROP FUNCTION recording_lives();
"""


class Migration(migrations.Migration):
    dependencies = [("recordings", "0001_initial")]

    operations = [migrations.RunSQL(LIFE, GONE)]
