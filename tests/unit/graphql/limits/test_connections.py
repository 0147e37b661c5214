"""What limits count as one address."""

import pytest

from app.graphql.limits.connections import address_of


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("2001:db8:1:2::1", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff:ffff:ffff:ffff", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:3::1", 1), "2001:db8:1:3::/64"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (("::FFFF:c000:207", 1), "192.0.2.7"),
        (("fe80::1%eth0", 1), "fe80::/64"),
        (("not:an:address", 1), "not:an:address"),
        (None, None),
    ],
)
def test_a_network_of_64_bits_is_one_address(client, counted):
    assert address_of({"type": "http", "client": client}) == counted
