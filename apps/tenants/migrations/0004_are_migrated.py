"""Whether all tables are as new as the code that asks: yes or no, and nothing about whose are not.

No runtime role may read which migrations were applied, and each tenant's own stand behind its walls. The function takes
them one after the other, and puts the setting back as it was; what fails in between is rolled back with it.
"""

from django.db import migrations

ARE_MIGRATED = """
CREATE FUNCTION public.are_migrated(wanted text[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    stood text := coalesce(current_setting('app.current_tenant_id', true), '');
    one record;
    lacking bigint;
BEGIN
    SELECT count(*) INTO lacking FROM unnest(wanted) w
    WHERE NOT EXISTS (SELECT 1 FROM public.django_migrations m WHERE m.app || '.' || m.name = w);
    FOR one IN SELECT t.id, t.schema_name FROM public.tenants_tenant t WHERE t.state IN ('active', 'suspended') LOOP
        EXIT WHEN lacking > 0;
        PERFORM set_config('app.current_tenant_id', one.id::text, true);
        EXECUTE format(
            'SELECT count(*) FROM unnest($1) w
             WHERE NOT EXISTS (SELECT 1 FROM %I.django_migrations m WHERE m.app || ''.'' || m.name = w)',
            one.schema_name
        ) INTO lacking USING wanted;
    END LOOP;
    PERFORM set_config('app.current_tenant_id', stood, true);
    RETURN lacking = 0;
END
$$;
REVOKE ALL ON FUNCTION public.are_migrated(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.are_migrated(text[]) TO specward_app;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_plans")]

    operations = [migrations.RunSQL(ARE_MIGRATED, "DROP FUNCTION public.are_migrated(text[])")]
