"""What a name that somebody chose may hold: of a person, a token, a tenant."""

from __future__ import annotations

import re
from typing import Final

from django.core.exceptions import ValidationError

# Controls (but NUL, which forms and serializers refuse by themselves), line ends, and the embeddings, overrides and
# isolates of UAX #9, which turn the words around them about.
_NOT_IN_A_NAME: Final = re.compile("[\u0001-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def one_line(text: str) -> None:
    """Raises ValidationError for a name that is more than a line, or that would turn others about.

    Names go into mails' headers, logs and lists, where the next line would be somebody else's.
    """
    if _NOT_IN_A_NAME.search(text):
        raise ValidationError("This holds characters that cannot be seen. Type it by hand, on one line.")
