"""No statement, from wherever it comes, leaves a tenant without an active owner."""

from django.db import migrations

# The lock makes two transactions that each demote another owner wait for each other; the look after it is a new one.
AN_OWNER_STAYS = """
CREATE FUNCTION an_owner_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stays boolean;
BEGIN
    IF EXISTS (SELECT FROM before_it WHERE role = 'owner' AND is_active) THEN
        PERFORM pg_advisory_xact_lock(812137, hashtext(TG_TABLE_SCHEMA));
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.accounts_user WHERE role = ''owner'' AND is_active)',
            TG_TABLE_SCHEMA) INTO stays;
        IF NOT stays THEN
            RAISE EXCEPTION 'A tenant keeps an active owner.' USING ERRCODE = 'integrity_constraint_violation',
                CONSTRAINT = 'an_owner_stays';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER an_owner_stays_after_update AFTER UPDATE ON accounts_user
    REFERENCING OLD TABLE AS before_it FOR EACH STATEMENT EXECUTE FUNCTION an_owner_stays();
CREATE TRIGGER an_owner_stays_after_delete AFTER DELETE ON accounts_user
    REFERENCING OLD TABLE AS before_it FOR EACH STATEMENT EXECUTE FUNCTION an_owner_stays();
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER an_owner_stays_after_update;
ALTER TABLE accounts_user ENABLE ALWAYS TRIGGER an_owner_stays_after_delete;
"""
GONE = """
DROP TRIGGER an_owner_stays_after_update ON accounts_user;
DROP TRIGGER an_owner_stays_after_delete ON accounts_user;
DROP FUNCTION an_owner_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(AN_OWNER_STAYS, GONE)]
