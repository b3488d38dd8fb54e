"""The one question that is answered before anybody has proven anything: which tenant is at this exact host."""

from django.db import migrations

ROUTE_TO = """
CREATE FUNCTION public.route_to(asked text) RETURNS TABLE (tenant_id uuid, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT t.id, t.state FROM public.tenants_domain d JOIN public.tenants_tenant t ON t.id = d.tenant_id
    WHERE d.domain = asked
$$;
REVOKE ALL ON FUNCTION public.route_to(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.route_to(text) TO specward_app, specward_platform, specward_migrator;
"""

# A schema's name is never chosen: whoever could write one row could otherwise lead a host to another's schema.
SCHEMA_FOLLOWS = """
ALTER TABLE public.tenants_tenant ADD CONSTRAINT tenant_schema_follows_from_id
CHECK (schema_name = 't_' || replace(id::text, '-', ''));
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RunSQL(ROUTE_TO, "DROP FUNCTION public.route_to(text)"),
        migrations.RunSQL(
            SCHEMA_FOLLOWS, "ALTER TABLE public.tenants_tenant DROP CONSTRAINT tenant_schema_follows_from_id"
        ),
    ]
