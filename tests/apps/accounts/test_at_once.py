"""What is done at once is counted and kept as if it were done one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import hashers
from django.db import IntegrityError, connections, transaction
from django.test import Client

from apps.accounts import invitations, lockout, people
from apps.accounts.errors import LastOwner, NoSeat
from apps.accounts.models import Role, SignInFailures, User
from apps.tenants.walls import behind
from tests.apps.signing_in import user, walls_of
from tests.cast import ALICE, BOB, MALLORY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.apps.accounts.views")]


def at_once(*doing: Callable[[], object]) -> list[object]:
    """The results of all, or what they raised, each in a thread and on a connection of its own."""
    start = threading.Barrier(len(doing))

    def one(it: Callable[[], object]) -> object:
        try:
            start.wait()
            return it()
        except (IntegrityError, LastOwner, NoSeat) as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(doing)) as threads:
        return list(threads.map(one, doing))


def test_a_dozen_guesses_at_once_are_not_more_than_five(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    verify = hashers.Argon2PasswordHasher.verify

    def counted(self: hashers.Argon2PasswordHasher, password: str, encoded: str) -> bool:
        compared.append(password)
        return verify(self, password, encoded)

    monkeypatch.setattr(hashers.Argon2PasswordHasher, "verify", counted)

    def guess(number: int) -> Callable[[], object]:
        form = {"email": ALICE.email, "password": f"guess {number}"}
        return lambda: Client(SERVER_NAME=ALICE.tenant.host).post("/enter", form).status_code

    assert set(at_once(*[guess(number) for number in range(12)])) == {200}
    assert len(compared) == lockout.FREE[SignInFailures.Subject.ADDRESS]


@pytest.mark.parametrize("way", ["by our function", "by a statement"])
def test_two_owners_cannot_demote_each_other(way: str) -> None:
    with behind(walls_of(ALICE)):
        people.change_role(user(BOB), Role.OWNER)
        owners = [user(ALICE), user(BOB)]

    def demoting(owner: User) -> Callable[[], object]:
        def demote() -> None:
            with behind(walls_of(ALICE)), transaction.atomic():
                if way == "by a statement":
                    User.objects.filter(id=owner.id).update(role=Role.ENGINEER)
                else:
                    people.change_role(owner, Role.ENGINEER)

        return demote

    results = at_once(*[demoting(owner) for owner in owners])
    assert sum(result is None for result in results) == 1
    with behind(walls_of(ALICE)):
        assert User.objects.filter(role=Role.OWNER).count() == 1


def test_the_last_seat_is_given_once() -> None:
    with behind(walls_of(MALLORY)):
        mallory = user(MALLORY)
        for number in range(8):
            people.add(f"m{number}@globex.example", "M", Role.ENGINEER)

    def inviting(number: int) -> Callable[[], object]:
        def invite() -> None:
            with behind(walls_of(MALLORY)), transaction.atomic():
                invitations.invite(mallory, f"late{number}@globex.example", Role.ENGINEER)

        return invite

    results = at_once(*[inviting(number) for number in range(3)])
    assert sorted(type(result).__name__ for result in results) == ["NoSeat", "NoSeat", "NoneType"]
