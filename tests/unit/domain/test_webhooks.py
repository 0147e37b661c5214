"""The rules of webhooks: what is sent and signed, when again, and where to."""

import base64
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from app.auth.webhook_secrets import WebhookSecrets
from app.domain.events import EventType
from app.domain.webhook_addresses import MAX_URL, may_reach, normalise_url
from app.domain.webhook_signing import secret_text, signed_headers
from app.domain.webhooks import Message, next_pause, wants
from app.settings import Settings

ENDPOINT, VERSION, OTHER = (UUID(int=number) for number in (1, 2, 3))
SCHEDULE = Settings().webhook_schedule
KEYS = st.lists(st.binary(min_size=24, max_size=64), min_size=1, max_size=3)


@given(body=st.text(), keys=KEYS, id=st.uuids())
def test_the_official_library_verifies_each_signature(
    body: str, keys: list[bytes], id: UUID
) -> None:
    raw = body.encode()
    headers = signed_headers(f"event_{id.hex}", datetime.now(UTC), raw, keys)
    for key in keys:
        Webhook(secret_text(key)).verify(raw, headers, json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_text(keys[0])).verify(raw + b"!", headers, json_parse=False)


def test_nothing_that_is_signed_can_be_exchanged() -> None:
    key, at = b"k" * 32, datetime.now(UTC)
    headers = signed_headers("event_1", at, b"{}", [key])
    later = str(int(at.timestamp()) + 1)
    for change in ({"webhook-id": "event_2"}, {"webhook-timestamp": later}):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret_text(key)).verify(b"{}", headers | change)
    made = hmac.digest(key, f"event_1.{int(at.timestamp())}.{{}}".encode(), "sha256")
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(made).decode()}"


def test_a_secret_belongs_to_one_server_endpoint_and_version() -> None:
    ours, theirs = WebhookSecrets(b"a" * 32), WebhookSecrets(b"b" * 32)
    keys = [
        ours.key(ENDPOINT, VERSION),
        ours.key(ENDPOINT, OTHER),
        ours.key(OTHER, VERSION),
        theirs.key(ENDPOINT, VERSION),
    ]
    assert len(set(keys)) == 4 and {len(key) for key in keys} == {32}
    assert ours.key(ENDPOINT, VERSION) == keys[0]


def test_the_body_of_an_event_is_always_the_same() -> None:
    message = Message(
        id=UUID(int=7),
        type=EventType.CLOCK_ADVANCED,
        occurred_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        cursor="ZTE6OQ",
        sequence=None,
        partner_id=None,
        client_id=None,
        subject_id=UUID(int=8),
        data={"before": "Zoë", "after": None},
    )
    assert (
        message.body
        == (
            '{"id":"event_00000000000000000000000000000007","type":"CLOCK_ADVANCED",'
            '"timestamp":"2026-03-02T09:30:00Z","sequence":null,"cursor":"ZTE6OQ","partnerId":null,'
            '"clientId":null,"subjectId":"vendor_00000000000000000000000000000008",'
            '"data":{"before":"Zoë","after":null}}'
        ).encode()
    )


@pytest.mark.parametrize(
    ("types", "type", "wanted"),
    [
        (None, "CLIENT_CREATED", True),
        (["CLIENT_CREATED"], "CLIENT_CREATED", True),
        (["CLIENT_CREATED"], "CLIENT_UPGRADED", False),
        (None, "WEBHOOK_TEST_SENT", False),
        (["WEBHOOK_TEST_SENT"], "WEBHOOK_TEST_SENT", False),
    ],
)
def test_what_an_endpoint_wants(types: list[str] | None, type: str, wanted: bool) -> None:
    assert wants(types, type) is wanted


@given(
    schedule=st.lists(st.integers(1, 86_400), min_size=1, max_size=10),
    failures=st.integers(1, 12),
    chance=st.floats(0, 1),
    asked=st.none() | st.floats(0, 10**9),
)
def test_a_pause_is_that_of_the_schedule_or_what_was_asked_for(
    schedule: list[int], failures: int, chance: float, asked: float | None
) -> None:
    pause = next_pause(failures, schedule, chance, asked)
    if failures > len(schedule):
        assert pause is None
        return
    assert pause is not None
    planned, seconds = schedule[failures - 1], pause.total_seconds()
    assert planned <= seconds + 1e-6 and seconds <= 1.2 * max(schedule) + 1e-6
    if asked is None or asked <= planned:
        assert seconds <= 1.2 * planned + 1e-6
    else:
        assert seconds + 1e-6 >= min(asked, max(schedule))


def test_ten_attempts_take_about_three_days() -> None:
    pauses = [next_pause(failures, SCHEDULE, 0) for failures in range(1, 11)]
    assert pauses[0] == timedelta(seconds=5) and pauses[-1] is None
    total = sum((pause for pause in pauses if pause), timedelta())
    assert timedelta(days=3) < total < timedelta(days=3.5)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" https://Hooks.Example.com ", "https://hooks.example.com/"),
        ("HTTPS://hooks.example:443/a?b=c", "https://hooks.example/a?b=c"),
        ("https://hooks.example:8443/a%20b", "https://hooks.example:8443/a%20b"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://hooks.example./x", "https://hooks.example/x"),
        ("https://hooks。example。/x", "https://hooks.example/x"),
        ("https://93.184.216.34/", "https://93.184.216.34/"),
        ("https://９３.１８４.２１６.３４。/", "https://93.184.216.34/"),
        ("https://[2606:2800:220:1::1]:8443", "https://[2606:2800:220:1::1]:8443/"),
    ],
)
def test_an_address_has_one_form(given: str, kept: str) -> None:
    assert normalise_url(given) == kept
    assert normalise_url(kept) == kept


@pytest.mark.parametrize(
    "given",
    [
        *("", "hooks.example", "http://hooks.example/", "ftp://hooks.example/", "https://"),
        *("https:///path", "https://a b.example/", "https://hooks.example\\@evil.example/"),
        *("https://ada@hooks.example/", "https://ada:pw@hooks.example/", "https://@hooks.example/"),
        *("https://hooks.example/#part", "https://hooks.example/#", "https://hooks.example/\n"),
        *("https://hooks.example:80/", "https://hooks.example:25/", "https://hooks.example:0/"),
        *("https://hooks.example:99999/", "https://hooks.example:x/", "https://[::1/"),
        *("https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "https://[fe80::1%25e]/"),
        *("https://[::ffff:10.0.0.1]/", "https://0.0.0.0/", "https://169.254.169.254/meta"),
        *("https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/"),
        *("https://hooks..example/", "https://-.example/", "https://a_b.example/"),
        f"https://hooks.example/{'x' * MAX_URL}",
    ],
)
def test_a_wrong_address_is_refused_with_a_sentence(given: str) -> None:
    if given.endswith("\n"):
        given = f"{given}x"
    with pytest.raises(ValueError, match=r"\.$"):
        normalise_url(given)


@pytest.mark.parametrize(
    "host",
    [
        # Digits of full width, in circles, raised; other full stops; what is not seen.
        *("１２７.０.０.１", "①②⑦.⓪.⓪.①", "¹²⁷.⁰.⁰.¹", "𝟏𝟐𝟕.𝟎.𝟎.𝟏", "169.254.169.２５４"),
        *("127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "127.0.0\u00ad.1", "127.0.\u200b0.1"),
        *("127.0.0.1.", "127.0.0.1。", "127.0.0.1..", "127.1", "127.0.1", "１２７.１"),
        *("0x7f000001", "０ｘ7f000001", "0x7f.0.0.1", "127.0.0.0x1", "0177.0.0.1", "127.0.0.01"),
        *("2130706433", "２１３０７０６４３３", "017700000001", "0", "%31%32%37.0.0.1"),
        *("[::1]", "[::ffff:7f00:1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:0001]"),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[127.0.0.1]", "[::１]"),
        *("[fe80::1%eth0]", "[fe80::1%25eth0]", "[2606:2800:220:1::1%25eth0]"),
    ],
)
def test_no_spelling_of_an_inner_address_is_taken(host: str) -> None:
    for place in (host, f"{host}:8443"):
        with pytest.raises(ValueError, match=r"\.$"):
            normalise_url(f"https://{place}/")


@given(st.text(max_size=60))
def test_no_text_breaks_the_check_of_addresses(text: str) -> None:
    for entered in (text, f"https://{text}", f"https://hooks.example{text}"):
        try:
            kept = normalise_url(entered)
        except ValueError:
            continue
        assert kept.startswith("https://") and kept.isascii()
        assert normalise_url(kept) == kept


@pytest.mark.parametrize(
    ("addresses", "reached"),
    [
        (["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "64:ff9b::808:808"], True),
        (["0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.0.1", "127.0.0.1"], False),
        (["100.64.0.1", "169.254.169.254", "192.0.0.1", "192.0.2.1", "198.18.0.1"], False),
        (["224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"], False),
        (["::", "::1", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "ff0e::1"], False),
        # What leads to an address of IPv4 is as good as that one, or refused.
        (["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"], False),
        (["2002:7f00:1::", "2002:808:808::1", "2001::1", "64:ff9b:1::808:808"], False),
        (["2001:db8::1", "100::1", "64:ff9b::a00:1"], False),
    ],
)
def test_only_public_addresses_are_reached(addresses: Sequence[str], reached: bool) -> None:
    assert [a for a in addresses if may_reach(ip_address(a)) is not reached] == []


def test_the_operators_networks_are_reached_in_any_form() -> None:
    networks = (ip_network("10.1.0.0/16"), ip_network("fd00:1::/32"))
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "fd00:1::5", "8.8.8.8"):
        assert may_reach(ip_address(address), networks), address
    for address in ("10.2.0.1", "127.0.0.1", "fd00:2::5"):
        assert not may_reach(ip_address(address), networks), address
    assert normalise_url("https://10.1.2.3/x", networks) == "https://10.1.2.3/x"
