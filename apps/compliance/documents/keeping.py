"""What lies in the room: a document is announced, gets its file once, and is withdrawn."""

from __future__ import annotations

import hashlib
import uuid
from contextlib import suppress

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.compliance.documents.apart import pages_of
from apps.compliance.documents.errors import AccessRefused
from apps.compliance.documents.models import Document
from apps.compliance.documents.strays import FOLDER
from apps.vault import configured
from apps.vault.errors import NoSuchObject


def announce(title: str, kind: Document.Kind, about: str, by: User) -> Document:
    """A document without its file: nobody is told of it yet."""
    return Document.objects.create(title=title, kind=kind, about=about, made_by=by)


def put(document: Document, content: bytes) -> Document:
    """Looks at the file, seals it into the object store under the platform's key, and offers it. In no transaction.

    Raises :class:`~apps.compliance.documents.errors.DocumentRefused`, and :class:`AccessRefused` where it has a file.
    """
    pages = pages_of(content)
    store = configured.object_store()
    name = f"{FOLDER}{document.id}/{uuid.uuid4().hex}"
    stored = store.put(name, [content])
    with transaction.atomic():
        mine = Document.objects.filter(id=document.id, stored="", withdrawn=None)
        is_mine = mine.update(
            stored=name, uploaded=timezone.now(), size=stored.size, pages=pages,
            sha256=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
    if not is_mine:
        store.delete(name)
        raise AccessRefused("This document has its file, or is withdrawn. Make another one for another file.")
    document.refresh_from_db()
    return document


def withdraw(document: Document) -> bool:
    """Offers it no more; every link to it gives nothing from now on. False where it was done before.

    Its file is to be deleted once this is committed (:func:`delete_file`).
    """
    return bool(Document.objects.filter(id=document.id, withdrawn=None).update(withdrawn=timezone.now()))


def delete_file(document: Document) -> None:
    """Deletes the file of a document that was withdrawn. In no transaction; done again, it does no harm."""
    if document.stored:
        with suppress(NoSuchObject):
            configured.object_store().delete(document.stored)
