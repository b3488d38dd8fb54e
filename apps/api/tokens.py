"""Tokens: one's own to make, rotate and revoke; everybody's to look at and to end."""

from __future__ import annotations

import datetime
from typing import Any, Final

from django.http import HttpRequest
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.access.objects import token_for, tokens_visible_to
from apps.access.permissions import NEVER_A_SCOPE, Permission, grantable
from apps.access.specimen import Carries
from apps.accounts import tokens
from apps.accounts.credentials import Credential
from apps.accounts.errors import TokenRefused
from apps.accounts.models import Token
from apps.accounts.names import one_line
from apps.accounts.tokens import LONGEST, MOST_GRACE
from apps.api.reading import Choice, Moment, Strict, Text, Whole
from apps.api.views import Resource

_SCOPES: Final = sorted(permission.value for permission in Permission if permission not in NEVER_A_SCOPE)
_A_DAY: Final = 24 * 3600
_NEW: Final = {"name": "CI", "scopes": ["users.read"], "expires": "2027-01-01T00:00:00Z"}
_ROTATION: Final = {"expires": "2027-01-01T00:00:00Z", "grace_seconds": 3600}


class TokenSerializer(serializers.ModelSerializer[Token]):
    """A token, without its secret."""

    user = serializers.UUIDField(source="user_id", help_text="Whose it is: it may do what they may, and no more.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=_SCOPES), help_text="What of its user's permissions it may use."
    )
    networks = serializers.ListField(
        child=serializers.CharField(), help_text="Networks in CIDR notation from which it is good; none: from anywhere."
    )
    replaces = serializers.UUIDField(
        source="replaces_id", allow_null=True, help_text="The token that this one was rotated from."
    )

    class Meta:
        model = Token
        fields = (
            "id", "user", "name", "prefix", "scopes", "networks", "created", "expires", "revoked", "last_used",
            "replaces",
        )  # fmt: skip
        extra_kwargs = {
            "id": {"help_text": "Its id, which is no secret."},
            "name": {"help_text": "What it is for."},
            "created": {"help_text": "When it was made."},
            "expires": {"help_text": "From when on it proves nothing."},
            "revoked": {"help_text": "When it was ended; null while it was not."},
            "last_used": {"help_text": "When it was last used, to about a minute; null if never."},
        }
        read_only_fields = fields


class MadeTokenSerializer(TokenSerializer):
    """A new token with its secret."""

    secret = serializers.CharField(
        allow_null=True,
        help_text="The token itself, shown in this answer only; null where the answer is given again for an "
        "`Idempotency-Key`. Rotate a token whose secret was lost.",
    )

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "secret")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class NewTokenSerializer(Strict):
    """A token to be made."""

    name = Text(max_length=100, validators=[one_line], help_text="What it is for, so that it is known later.")
    scopes = serializers.ListField(
        child=Choice(choices=_SCOPES),
        min_length=1,
        max_length=len(_SCOPES),
        help_text="What it may do: of what whoever asks may do themselves.",
    )
    expires = Moment(
        help_text=f"When it ends, within {LONGEST.days} days, and not after the token by which it is asked."
    )
    networks = serializers.ListField(
        child=Text(max_length=43),
        required=False,
        max_length=50,
        help_text="Networks in CIDR notation from which alone it is good. None: from anywhere, or from where the token "
        "is good by which it is asked.",
    )


class RotationSerializer(Strict):
    """How a token is rotated."""

    expires = Moment(
        help_text=f"When the new one ends, within {LONGEST.days} days, and not after the token by which it is asked."
    )
    grace_seconds = Whole(
        min_value=0,
        max_value=int(MOST_GRACE.total_seconds()),
        default=_A_DAY,
        help_text="How long the old one stays good beside it, where it does not expire before.",
    )


class Tokens(Resource):
    """Everybody's tokens."""

    resource = "tokens"
    permissions = {
        "list": Permission.TOKENS_READ,
        "retrieve": Permission.TOKENS_READ,
        "revoke": Permission.TOKENS_MANAGE,
    }
    queryset = Token.objects.none()
    serializer_class = TokenSerializer
    lookup_url_kwarg = "token_id"

    @extend_schema(operation_id="list_tokens", summary="List everybody's tokens")
    def list(self, request: Request) -> Response:
        """In the order of their ids."""
        return self.page(tokens_visible_to(request._request), TokenSerializer)

    @extend_schema(operation_id="get_token", summary="Read a token")
    def retrieve(self, request: Request, token_id: str) -> Response:
        """Anybody's."""
        return _shown(token_for(request._request, token_id, Permission.TOKENS_READ))

    @extend_schema(operation_id="revoke_token", summary="Revoke anybody's token", request=None)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, token_id: str) -> Response:
        """It proves nothing any more, at once and for ever. Doing it again changes nothing. Needs `tokens.read` too."""
        return self.once(lambda: _revoked(token_for(request._request, token_id, Permission.TOKENS_MANAGE)))


class OwnTokens(Resource):
    """The tokens of whoever asks."""

    resource = "own-tokens"
    permissions = dict.fromkeys(("list", "retrieve", "create", "rotate", "revoke"), Permission.TOKENS_OWN)
    carries = {
        "create": Carries(example=_NEW),
        "rotate": Carries(example=_ROTATION),
    }
    secrets = frozenset({"secret"})
    queryset = Token.objects.none()
    serializer_class = TokenSerializer
    lookup_url_kwarg = "token_id"

    @extend_schema(operation_id="list_own_tokens", summary="List one's own tokens")
    def list(self, request: Request) -> Response:
        """In the order of their ids."""
        own = tokens_visible_to(request._request).filter(user=request.user.pk)
        return self.page(own, TokenSerializer)

    @extend_schema(operation_id="get_own_token", summary="Read a token of one's own")
    def retrieve(self, request: Request, token_id: str) -> Response:
        """One that belongs to whoever asks."""
        return _shown(token_for(request._request, token_id, Permission.TOKENS_OWN))

    @extend_schema(
        operation_id="create_token",
        summary="Make a token",
        request=NewTokenSerializer,
        examples=[OpenApiExample("For CI", _NEW, request_only=True)],
        responses={201: MadeTokenSerializer},
    )
    def create(self, request: Request) -> Response:
        """The answer holds the secret, and is the only one that ever does."""
        wanted = self.read(NewTokenSerializer)
        return self.once(lambda: self._create(request, wanted))

    def _create(self, request: Request, wanted: dict[str, Any]) -> Response:
        allowed = frozenset(permission.value for permission in grantable(request._request))
        made = tokens.make(
            request.user,  # type: ignore[arg-type]
            wanted["name"],
            wanted["scopes"],
            wanted["expires"],
            grantable=allowed,
            networks=wanted.get("networks", ()),
            made_by=_asking(request._request),
        )
        return _made(made)

    @extend_schema(
        operation_id="rotate_token",
        summary="Rotate a token",
        request=RotationSerializer,
        examples=[OpenApiExample("With an hour of grace", _ROTATION, request_only=True)],
        responses={201: MadeTokenSerializer},
    )
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, token_id: str) -> Response:
        """Makes another one with the same scopes and networks; the old one stays good for a while. The answer holds the
        new secret, and is the only one that ever does."""
        token = token_for(request._request, token_id, Permission.TOKENS_OWN)
        wanted = self.read(RotationSerializer)
        return self.once(lambda: _rotated(request._request, token, wanted))

    @extend_schema(operation_id="revoke_own_token", summary="Revoke a token of one's own", request=None)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, token_id: str) -> Response:
        """It proves nothing any more, at once and for ever. Doing it again changes nothing."""
        return self.once(lambda: _revoked(token_for(request._request, token_id, Permission.TOKENS_OWN)))


def _rotated(request: HttpRequest, token: Token, wanted: dict[str, Any]) -> Response:
    # Whoever rotates a token gets its secret: that must be no way to scopes that they do not have themselves.
    if beyond := sorted(set(token.scopes) - {permission.value for permission in grantable(request)}):
        raise TokenRefused(f"This token has scopes that are not yours to give: {', '.join(beyond)}. Make a new one.")
    grace = datetime.timedelta(seconds=wanted["grace_seconds"])
    return _made(tokens.rotate(token, wanted["expires"], grace, by=_asking(request)))


def _asking(request: HttpRequest) -> Token | None:
    credential: Credential = request.credential  # type: ignore[attr-defined]
    return credential.token


def _made(made: tokens.Made) -> Response:
    return Response({**TokenSerializer(made.token).data, "secret": made.secret}, 201)


def _revoked(token: Token) -> Response:
    tokens.revoke(token)
    return _shown(token)


def _shown(token: Token) -> Response:
    return Response(TokenSerializer(token).data)
