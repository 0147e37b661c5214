"""Tokens of invitations: one invitation's, of one deployment, letter by letter."""

from uuid import UUID, uuid4

import pytest

from app.auth.invitation_tokens import InvitationTokens

SECRET = b"s" * 32
ID = UUID("0199a0de-0000-7000-8000-000000000001")


def test_a_token_names_its_invitation_each_time():
    tokens = InvitationTokens(SECRET)
    assert tokens.token(ID) == InvitationTokens(SECRET).token(ID)
    assert tokens.read(tokens.token(ID)) == ID
    # A link can be written with it as it is.
    assert tokens.token(ID).replace("_", "").replace("-", "").isalnum()


def test_another_deployments_token_names_nothing():
    assert InvitationTokens(b"o" * 32).read(InvitationTokens(SECRET).token(ID)) is None


TOKEN = InvitationTokens(SECRET).token(ID)
FLIPPED = TOKEN[:-1] + ("A" if TOKEN[-1] != "A" else "B")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pgi_",
        TOKEN[:-1],
        TOKEN + "A",
        TOKEN + "=",
        f" {TOKEN}",
        FLIPPED,
        TOKEN.upper(),
        TOKEN[4:],
        f"pg_{TOKEN[4:]}",
        "pgi_" + "A" * 64,
        "pgi_" + "é" * 64,
        "\ud800",
        InvitationTokens(SECRET).token(uuid4())[:26] + TOKEN[26:],
        str(ID),
    ],
    ids=lambda _: "",
)
def test_any_other_text_names_nothing(text: str):
    assert InvitationTokens(SECRET).read(text) is None
