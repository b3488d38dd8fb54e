"""What is taken out of recordings, uploads and specs by the API, one at a time, and the test that must see it
(``tests/apps/mutations.py``)."""

from __future__ import annotations

from typing import Final

STONES: Final = (
    # name, module, text, the text in its place, test
    (
        "the name of a recording is kept in an answer",
        "recordings",
        'secrets = frozenset({"name"})',
        "secrets = frozenset()",
        "test_specs.py::test_what_is_sealed_is_kept_in_no_answer",
    ),
    (
        "the title of a spec is kept in an answer",
        "specs",
        'secrets = frozenset({"title"})',
        "secrets = frozenset()",
        "test_specs.py::test_what_is_sealed_is_kept_in_no_answer",
    ),
    (
        "what a body said can be tried out",
        "idempotency",
        'salted_hmac("api.idempotency", text.encode("utf-8", "surrogatepass"), algorithm="sha256")',
        'hashlib.sha256(text.encode("utf-8", "surrogatepass"))',
        "test_recordings.py::test_a_person_is_forgotten_by_an_id_that_is_kept_nowhere",
    ),
    (
        "specs that are not there are left out of an export",
        "specs",
        "        if len(found) < len(ids):\n            raise Http404\n",
        "        ids = [one for one in ids if one in found]\n",
        "test_specs.py::test_an_export_names_what_is_there_and_what_it_is_to_be",
    ),
    (
        "a body without a length is taken for empty",
        "bodies",
        'if "HTTP_TRANSFER_ENCODING" in request.META or not is_length:',
        "if not is_length:",
        "test_uploads.py::test_a_part_is_octets_with_a_length",
    ),
    (
        "a silent line keeps its thread",
        "bodies",
        "    timer.start()\n",
        "    timer.cancel()\n",
        "test_bodies.py::test_over_tls_too_a_silent_line_ends_and_nothing_goes_out_in_plain",
    ),
    (
        "TLS is taken off a silent line",
        "bodies",
        "socket.socket.shutdown(line, socket.SHUT_RD)",
        "line.shutdown(socket.SHUT_RD)",
        "test_bodies.py::test_over_tls_too_a_silent_line_ends_and_nothing_goes_out_in_plain",
    ),
    (
        "the body is read within the request's transaction",
        "uploads",
        "return self.afterwards(run)",
        "return run()",
        "test_uploads.py::test_the_body_is_read_in_no_transaction",
    ),
    (
        "whoever reads settings of models changes them",
        "inference",
        '"change": Permission.INFERENCE_MANAGE',
        '"change": Permission.INFERENCE_READ',
        "test_inference.py::test_who_may_look_may_not_change",
    ),
)
