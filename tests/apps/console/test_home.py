"""Home: what needs whoever is signed in, how the recordings stand, and no card for who may not."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone

from apps.console import dashboard
from apps.recordings.models import Certificate, Recording, State, Why
from apps.recordings.reasons import REASONS
from apps.specs.models import SpecVersion
from apps.tenants.walls import behind
from tests.apps.console.recorded import a_recording, a_spec_of
from tests.apps.signing_in import walls_of
from tests.cast import ALICE, MALLORY

LIST = "/console/recordings/recording/"


@pytest.fixture
def in_acme_now(acme: object) -> Iterator[None]:
    with behind(walls_of(ALICE)):
        yield


def home(client: Client) -> str:
    answer = client.get("/console/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_who_uploaded_nothing_yet_is_told_how_to_begin(in_acme_now: None, as_bob: Client, as_ada: Client) -> None:
    assert "Begin with a recording" in home(as_bob) and f'href="{LIST}upload/"' in home(as_bob)
    for_ada = home(as_ada)
    assert "Owners and engineers upload them" in for_ada and '<svg viewBox="0 0 300' not in for_ada
    a_recording("old.json", State.SPECIFIED)
    Recording.objects.update(created=timezone.now() - datetime.timedelta(days=90))
    assert "Begin with a recording" not in home(as_bob)


def test_what_needs_somebody_stands_there_with_its_reason_and_its_way(
    in_acme_now: None, as_bob: Client, as_cora: Client
) -> None:
    now = timezone.now()
    for number in range(dashboard.SHOWN + 2):
        a_recording(f"broken {number}.json", State.FAILED, reason="recording-refused")
    a_recording("held.json", held=now, held_why="Matter 7")
    a_recording("late.json", discard_after=now - datetime.timedelta(hours=1))
    a_spec_of(a_recording("draft.json", State.SPECIFIED))
    page = home(as_bob)
    assert page.count(REASONS["recording-refused"].what) == dashboard.SHOWN
    assert ">2 more recordings</a>" in page
    for query in ("state__exact=failed", "kept=overdue"):
        assert f'href="{LIST}?{query}"' in page
    assert 'href="/console/specs/spec/?state=waiting">1 spec</a> to be read and approved' in page
    for_cora = home(as_cora)
    assert "to be read and approved" not in for_cora  # she may read specs, and not approve them
    assert "Lift what is over" in for_cora and "Lift what is over" not in page


def test_ada_sees_recordings_and_no_specs(in_acme_now: None, as_ada: Client, as_bob: Client) -> None:
    a_spec_of(a_recording("session.json", State.SPECIFIED), "Buys a lamp")
    assert "Buys a lamp" in home(as_bob)
    page = home(as_ada)
    assert "Buys a lamp" not in page and "Recordings of the last 30 days" in page


def test_the_chart_counts_each_recording_once_on_its_day(in_acme_now: None, as_alice: Client) -> None:
    now = timezone.now()
    a_recording("1", State.FAILED, reason="x")
    a_recording("2", State.SPECIFIED)
    a_recording("3", State.GENERATING)
    old = a_recording("4", State.SPECIFIED)
    before = a_recording("5", State.SPECIFIED)
    Recording.objects.filter(pk=old.pk).update(created=now - datetime.timedelta(days=dashboard.DAYS - 1))
    Recording.objects.filter(pk=before.pk).update(created=now - datetime.timedelta(days=dashboard.DAYS))
    gone = a_recording("6")
    Recording.objects.filter(pk=gone.pk).update(state=State.DISCARDING)
    Certificate.objects.create(recording=gone, digest=gone.digest, size=gone.size, reason=Why.ASKED)
    Recording.objects.filter(pk=gone.pk).update(state=State.DISCARDED, discarded=now)
    page = home(as_alice)
    table = re.findall(r'<th scope="row">([^<]+)</th>(.*?)</tr>', page)
    assert [re.findall(r">(\d+)<", counts) for _, counts in table] == [["1", "1", "1", "1"], ["1", "0", "0", "0"]]
    assert page.count('<rect class="bar') == 4 + 5  # the legend, and a part for each of the five
    assert "at most 4 on one day" in page
    assert re.search(r"Discards</span><strong>1</strong>", page)


def test_the_parts_of_a_bar_fill_it_without_a_gap() -> None:
    parts = dashboard._parts([1, 0, 3, 2], [("", "", t) for t in "abcd"], top=6)
    assert [(p.tone, p.y + p.height, p.y) for p in parts] == [("a", 1000, 834), ("c", 834, 334), ("d", 334, 0)]


def test_nothing_of_another_tenants_is_counted(in_acme_now: None, as_alice: Client, mallory: object) -> None:
    with behind(walls_of(MALLORY)):
        a_spec_of(a_recording("globex.json", State.SPECIFIED), "Globex's own")
        assert SpecVersion.objects.count() == 1
    page = home(as_alice)
    assert "Begin with a recording" in page and "Globex" not in page
