"""A request has an id and an actor; what is rolled back leaves its refusal, and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import Client, override_settings
from django.urls import path

from apps.audit.acting import current
from apps.audit.models import Entry
from apps.audit.recording import insist
from apps.audit.vocabulary import Action, ActorKind
from apps.tenants.afterwards import Afterwards
from apps.tenants.models import Tenant
from apps.tenants.walls import connection, within
from tests.apps.audit.conftest import user
from tests.apps.audit.fleet import Sailor


class Proving:
    """Stands for the wall of credentials: believes a header."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        from apps.accounts.models import User

        if request.headers.get("Authorization") == "good":
            connection().set_credentials(request.route.tenant_id)  # type: ignore[attr-defined]
            request.user = User.objects.get(email="bob@new.acme.example")
        return self.get_response(request)


def sail(request: HttpRequest, how: str, who: str = "Jason") -> HttpResponseBase:
    Sailor.objects.create(name=who)
    if how == "denied":
        raise PermissionDenied
    if how == "missing":
        raise Http404
    if how == "broken":
        raise RuntimeError("a secret of the failure")
    if how == "sign-in":
        insist(request, Action.SIGN_IN_FAILED, details={"why": "password"})
        return HttpResponse(status=401)
    if how == "streamed":
        return StreamingHttpResponse(streamed())
    if how.startswith("after-"):
        return Afterwards(lambda: sail(request, how.removeprefix("after-"), "Medea"))
    if how == "insisted":
        insist(request, Action.SIGN_IN_FAILED, details={"why": "password"})
        return Afterwards(lambda: HttpResponse(status=403))
    return HttpResponse(status=int(how))


def streamed() -> Iterator[bytes]:
    Sailor.objects.create(name="Medea")
    yield b"done"


urlpatterns = [path("sail/<str:how>", sail, name="sail")]
WALLS = [
    "apps.tenants.host_wall.HostWall",
    "apps.audit.middleware.RequestTrail",
    "tests.apps.audit.test_requests.Proving",
]


@pytest.fixture(autouse=True)
def _routes(acme: Tenant) -> Iterator[None]:
    with within(acme):
        user("Bob")
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=WALLS):
        yield


def left(acme: Tenant) -> list[Entry]:
    with within(acme):
        return list(Entry.objects.exclude(object_type__in=["accounts.user", "vault.tenantkey"]).order_by("id"))


def good(client: Client, how: str, **headers: str):
    client.raise_request_exception = False
    return client.post(f"/sail/{how}?token=s3cret", headers={"Authorization": "good", **headers})


def test_what_is_written_has_the_requests_actor_and_id(acme: Tenant, at_acme: Client) -> None:
    response = good(at_acme, "200", **{"X-Request-ID": "trace-0001"})
    [entry] = left(acme)
    assert (entry.actor_kind, entry.actor_name, entry.actor_email) == (ActorKind.USER, "Bob", "bob@new.acme.example")
    assert str(entry.request_id) == response["X-Request-ID"] != "trace-0001"
    assert (entry.client_request_id, entry.narrative, entry.remote_addr) == ("trace-0001", "POST sail", "127.0.0.1")
    assert current() is None


@pytest.mark.parametrize(
    ("how", "status", "action"),
    [
        ("denied", 403, Action.REFUSAL),
        ("401", 401, Action.REFUSAL),
        ("missing", 404, Action.REFUSAL),
        ("broken", 500, Action.FAILURE),
        ("503", 503, Action.FAILURE),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_a_rolled_back_request_leaves_its_refusal_and_nothing_else(
    acme: Tenant, at_acme: Client, how: str, status: int, action: Action
) -> None:
    response = good(at_acme, how)
    [entry] = left(acme)
    assert response.status_code == status and entry.action == action
    assert entry.additional_data == {"method": "POST", "route": "sail", "status": status}
    assert entry.actor_name == "Bob" and str(entry.request_id) == response["X-Request-ID"]
    assert "s3cret" not in str(vars(entry))
    with within(acme):
        assert not Sailor.objects.exists()


@pytest.mark.parametrize("how", ["400", "409", "422", "429"])
def test_a_malformed_request_leaves_nothing(acme: Tenant, at_acme: Client, how: str) -> None:
    assert good(at_acme, how).status_code == int(how)
    assert left(acme) == []


def test_a_sign_in_that_failed_stands_in_place_of_the_refusal(acme: Tenant, at_acme: Client) -> None:
    good(at_acme, "sign-in")
    assert [(e.action, e.additional_data) for e in left(acme)] == [(Action.SIGN_IN_FAILED, {"why": "password"})]


def test_nobody_who_asks_for_what_is_not_there_fills_the_log(acme: Tenant, at_acme: Client) -> None:
    assert at_acme.get("/.env").status_code == 404
    assert left(acme) == []
    at_acme.get("/.env", headers={"Authorization": "guessed"})
    assert left(acme) == []


@pytest.mark.filterwarnings("ignore")
def test_a_stranger_is_recorded_as_one_in_the_log_of_the_host(acme: Tenant, globex: Tenant, at_acme: Client) -> None:
    """Behind no credentials a row cannot be written (here: a failure); the log of the host has it all the same."""
    at_acme.raise_request_exception = False
    assert at_acme.post("/sail/200", headers={"Authorization": "stolen"}).status_code == 500
    [entry] = left(acme)
    assert (entry.actor_kind, entry.actor_id, entry.action) == (ActorKind.ANONYMOUS, None, Action.FAILURE)
    assert left(globex) == []


def test_a_streamed_body_is_produced_by_the_same_actor(acme: Tenant, at_acme: Client) -> None:
    response = good(at_acme, "streamed")
    assert b"".join(response.streaming_content) == b"done"
    assert [(e.object_repr, e.actor_name) for e in left(acme)] == [("Jason", "Bob"), ("Medea", "Bob")]


def test_what_is_done_afterwards_is_done_by_the_same_actor_in_the_same_request(acme: Tenant, at_acme: Client) -> None:
    response = good(at_acme, "after-200", **{"X-Request-ID": "trace-0001"})
    entries = left(acme)
    assert [entry.object_repr for entry in entries] == ["Jason", "Medea"]
    for entry in entries:
        assert (entry.actor_name, entry.narrative, entry.remote_addr) == ("Bob", "POST sail", "127.0.0.1")
        assert str(entry.request_id) == response["X-Request-ID"] and entry.client_request_id == "trace-0001"
    assert current() is None


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("how", "status", "action"), [("denied", 403, Action.REFUSAL), ("broken", 500, Action.FAILURE)]
)
def test_a_refusal_afterwards_is_recorded_beside_what_was_saved(
    acme: Tenant, at_acme: Client, how: str, status: int, action: Action
) -> None:
    response = good(at_acme, f"after-{how}")
    entries = left(acme)
    assert [entry.object_repr for entry in entries[:-1]] == ["Jason", "Medea"]
    assert entries[-1].action == action and entries[-1].actor_name == "Bob"
    assert entries[-1].additional_data == {"method": "POST", "route": "sail", "status": status}
    assert str(entries[-1].request_id) == response["X-Request-ID"] and response.status_code == status


def test_what_was_insisted_on_and_saved_is_not_recorded_twice(acme: Tenant, at_acme: Client) -> None:
    assert good(at_acme, "insisted").status_code == 403
    actions = [entry.action for entry in left(acme)]
    assert actions == [Action.CREATE, Action.SIGN_IN_FAILED, Action.REFUSAL]


@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f", "<script>alert", "-leading-dash", "näme-näme"])
def test_a_request_id_that_is_not_well_formed_is_not_noted(acme: Tenant, at_acme: Client, given: str) -> None:
    response = good(at_acme, "200", **{"X-Request-ID": given})
    assert left(acme)[0].client_request_id == ""
    assert uuid.UUID(response["X-Request-ID"]).version == 4
