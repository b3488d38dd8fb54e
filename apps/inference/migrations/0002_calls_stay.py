"""A call keeps what it is and ends once; what a month's calls took only rises."""

from django.db import migrations

STAY = """
CREATE FUNCTION model_call_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'A call of a model stays.'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'model_call_stays';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('reserved', 'refused') OR NEW.counted <> 0 THEN
            RAISE EXCEPTION 'A call of a model begins by being reserved, or is not made.'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'model_call_stays';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'reserved' OR NEW.state NOT IN ('settled', 'lost') THEN
        RAISE EXCEPTION 'A call of a model that is % cannot become %.', OLD.state, NEW.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'model_call_stays';
    END IF;
    IF (NEW.id, NEW.created, NEW.month, NEW.purpose, NEW.recording_id, NEW.client, NEW.model, NEW.region, NEW.retention,
            NEW.shapes_only, NEW.prompt_digest, NEW.request_bytes, NEW.reserved, NEW.lost_after) IS DISTINCT FROM
        (OLD.id, OLD.created, OLD.month, OLD.purpose, OLD.recording_id, OLD.client, OLD.model, OLD.region, OLD.retention,
            OLD.shapes_only, OLD.prompt_digest, OLD.request_bytes, OLD.reserved, OLD.lost_after)
    THEN
        RAISE EXCEPTION 'A call of a model keeps what was asked of whom.'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'model_call_stays';
    END IF;
    IF NEW.state = 'lost' AND NEW.counted <> NEW.reserved THEN
        RAISE EXCEPTION 'A lost call counts with all that was reserved.'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'model_call_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER model_call_stays BEFORE INSERT OR UPDATE OR DELETE ON inference_modelcall
    FOR EACH ROW EXECUTE FUNCTION model_call_stays();
ALTER TABLE inference_modelcall ENABLE ALWAYS TRIGGER model_call_stays;
CREATE FUNCTION monthly_use_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'What a month took stays.'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'monthly_use_rises';
    END IF;
    IF NEW.used < OLD.used OR NEW.month <> OLD.month THEN
        RAISE EXCEPTION 'What a month took only rises.'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'monthly_use_rises';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER monthly_use_rises BEFORE UPDATE OR DELETE ON inference_monthlyuse
    FOR EACH ROW EXECUTE FUNCTION monthly_use_rises();
ALTER TABLE inference_monthlyuse ENABLE ALWAYS TRIGGER monthly_use_rises;
"""
GONE = """
DROP TRIGGER monthly_use_rises ON inference_monthlyuse;
DROP FUNCTION monthly_use_rises();
DROP TRIGGER model_call_stays ON inference_modelcall;
DROP FUNCTION model_call_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("inference", "0001_initial")]

    operations = [migrations.RunSQL(STAY, GONE)]
