"""Which kinds of object each site lists."""

from __future__ import annotations

from apps.accounts.models import Token, User
from apps.compliance.documents.models import Document, DocumentRequest
from apps.console.all_tokens import Tokens
from apps.console.changes import StateChanges
from apps.console.customers import Provisionings, Tenants
from apps.console.models_asked import Calls
from apps.console.people import People
from apps.console.recordings import Recordings
from apps.console.siem import Sinks
from apps.console.sites import PLATFORM, TENANT
from apps.console.specs import Specs
from apps.console.trust.keeping import Documents, Requests
from apps.console.webhooks import Endpoints
from apps.inference.models import ModelCall
from apps.recordings.models import Recording
from apps.siem.models import Sink
from apps.specs.models import Spec
from apps.tenants.models import Provisioning, StateChange, Tenant
from apps.webhooks.models import Endpoint


def register() -> None:
    """Once, when all models are known."""
    for site in (TENANT, PLATFORM):
        site.register(User, People)
        site.register(Token, Tokens)
        site.register(Sink, Sinks)
    TENANT.register(Spec, Specs)
    TENANT.register(Recording, Recordings)
    TENANT.register(Endpoint, Endpoints)
    TENANT.register(ModelCall, Calls)
    PLATFORM.register(Tenant, Tenants)
    PLATFORM.register(Provisioning, Provisionings)
    PLATFORM.register(StateChange, StateChanges)
    PLATFORM.register(Document, Documents)
    PLATFORM.register(DocumentRequest, Requests)
