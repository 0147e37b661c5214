"""Website domains: every spelling of one site has one form, and what is no site is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.domains import normalise_domain

SPELLINGS = [
    *("dup.example", "DUP.Example", "ＤＵＰ.example", "du\u00adp.example", "dup.example."),
    *(
        "dup。example",
        "dup.example。",
        "www。dup.example",
        "www.www.dup.example",
        "WWW.dup.example...",
    ),
    *(
        "https://www.dup.example:443/a@b?x#y",
        "http://dup.example",
        " dup.example/ ",
        "dup.example:80",
    ),
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spellings_of_one_site(spelling: str) -> None:
    assert normalise_domain(spelling) == "dup.example"


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("acme.github.io", "acme.github.io"),
        ("github.io", "github.io"),
        ("shop.acme.co.uk", "shop.acme.co.uk"),
        # Names that somebody registered.
        ("www.com", "www.com"),
        ("www.co.uk", "www.co.uk"),
    ],
)
def test_a_domain(value: str, domain: str) -> None:
    assert normalise_domain(value) == domain


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1.2.3.4", "IP address"),
        ("https://0x7f.1/", "IP address"),
        ("2130706433", "IP address"),
        ("http://[::1]:80/", "IP address"),
        ("ada@example.com", "e-mail address"),
        ("mailto:ada@example.com", "e-mail address"),
        ("https://user:password@dup.example", "e-mail address"),
        ("co.uk", "register names under co.uk"),
        ("公司.cn", "register names under xn--55qx5d.cn"),
        ("com", "full domain name"),
        ("localhost", "full domain name"),
        ("", "full domain name"),
        ("a..b.example", "not a domain name"),
        ("-a.example", "not a domain name"),
        ("a_b.example", "not a domain name"),
        # Mapped to "a/c", it would cut the name short.
        ("ex℀mple.example", "not a domain name"),
    ],
)
def test_what_is_no_website(value: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        normalise_domain(value)


@given(
    st.lists(st.sampled_from(["www.", "WWW.", "www。", "ｗｗｗ."]), max_size=3),
    st.sampled_from(["dup", "bücher", "xn--bcher-kva", "shop.dup", "a1-b"]),
    st.sampled_from([".", "。", "．"]),
    st.sampled_from(["example", "co.uk", "公司.cn"]),
    st.lists(st.sampled_from([".", "。"]), max_size=2),
)
def test_the_form_does_not_depend_on_the_spelling(
    prefix: list[str], name: str, dot: str, suffix: str, end: list[str]
) -> None:
    spelled = f"{''.join(prefix)}{name}{dot}{suffix}{''.join(end)}"
    domain = normalise_domain(spelled)
    assert domain == normalise_domain(f"{name}.{suffix}") == normalise_domain(domain)
    assert normalise_domain(f"https://{spelled.upper()}:8443/path") == domain


@given(st.text(max_size=30))
def test_any_text_has_a_stable_form_or_a_reason(text: str) -> None:
    try:
        domain = normalise_domain(text)
    except ValueError as error:
        assert str(error).endswith(".")
    else:
        assert normalise_domain(domain) == domain and domain.isascii()
