"""The explorer in a real browser: offline, acting as someone, with live subscriptions.

Needs Chromium on PATH (the Debian package `chromium`), and is skipped where it is missing.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

from tests.serving import Service, demo_service

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MODELS = "window.__MONACO.editor.getModels()"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on PATH")


@pytest.fixture(scope="module")
def service(sqlite_demo: tuple[Path, str]) -> Iterator[Service]:
    with demo_service(*sqlite_demo) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, service: Service) -> Iterator[Page]:
    """The explorer, loaded; fails if it asked anything of another origin or logged an error."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    outside: list[str] = []
    complaints: list[str] = []
    page.on(
        "request",
        lambda r: (
            outside.append(r.url) if not r.url.startswith((service.url, "data:", "blob:")) else None
        ),
    )
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    open_explorer(page, service.url)
    yield page
    assert outside == []
    assert complaints == []
    context.close()


def open_explorer(page: Page, url: str) -> None:
    """Load the page and wait until it knows the schema: GraphiQL runs nothing before."""
    with page.expect_response(_introspects):
        page.goto(url)
    page.wait_for_selector("[data-testid=examples-list]")
    page.wait_for_selector(".graphiql-execute-button")
    page.wait_for_timeout(500)


def run(page: Page) -> dict[str, Any]:
    """Press the button, and give what the server answered."""
    with page.expect_response(_answers_the_button) as answered:
        page.click(".graphiql-execute-button")
    answer: dict[str, Any] = answered.value.json()
    return answer


def _answers_the_button(response: Response) -> bool:
    # The page introspects again by itself when the actor changes.
    return response.url.endswith("/graphql") and not _introspects(response)


def _introspects(response: Response) -> bool:
    return "IntrospectionQuery" in (response.request.post_data or "")


def write(page: Page, pane: str, text: str) -> None:
    page.evaluate(
        f"([pane, text]) => {MODELS}.find(m => m.uri.path.endsWith(pane)).setValue(text)",
        [pane, text],
    )
    page.wait_for_timeout(300)


def shown(page: Page) -> str:
    text: str = page.evaluate(
        f"() => {MODELS}.find(m => m.uri.path.endsWith('response.json')).getValue()"
    )
    return text


def test_it_loads_and_runs_a_query_as_each_actor(page: Page) -> None:
    for actor, role in [
        ("vendor_admin", "VENDOR_ADMIN"),
        ("partner_admin", "PARTNER_ADMIN"),
        ("advisor", "ADVISOR"),
        ("client_user", "CLIENT_USER"),
    ]:
        page.select_option("[data-testid=act-as]", actor)
        page.click("[data-testid=example-Whoami]")
        assert run(page)["data"]["viewer"]["role"] == role
        page.wait_for_function(
            f"role => {MODELS}.find(m => m.uri.path.endsWith('response.json'))"
            ".getValue().includes(role)",
            arg=role,
        )
    page.select_option("[data-testid=act-as]", "public")
    assert run(page)["data"]["viewer"] is None


def test_a_mutation_and_a_subscription_that_delivers_it(page: Page, browser: Browser) -> None:
    page.select_option("[data-testid=act-as]", "vendor_admin")
    page.click("[data-testid=example-TierChanges]")
    write(page, "variables.json", "{}")
    page.click(".graphiql-execute-button")
    expect(page.locator("[data-testid=status]")).to_contain_text("Live", timeout=15_000)

    vendor = page.context.new_page()
    open_explorer(vendor, page.url)
    vendor.select_option("[data-testid=act-as]", "vendor_admin")
    write(
        vendor,
        "operation.graphql",
        '{ partners(where: {tier: ["silver"], status: [ACTIVE]}, first: 1) { nodes { id name } } }',
    )
    partner = run(vendor)["data"]["partners"]["nodes"][0]
    vendor.click("[data-testid=example-SetPartnerTier]")
    given = {
        "idempotencyKey": "browser-1",
        "partnerId": partner["id"],
        "programKey": "sixclicks",
        "tierKey": "gold",
        "reason": "Seen in the browser",
    }
    write(vendor, "variables.json", json.dumps({"input": given}))
    answer = run(vendor)
    assert answer["data"]["setPartnerTier"]["userErrors"] == []
    vendor.close()

    log = page.locator("[data-testid=event-log] code").first
    expect(log).to_contain_text("Seen in the browser", timeout=15_000)
    change = json.loads(log.inner_text())
    assert partner["name"] in json.dumps(change)


def test_every_area_has_examples_that_open(page: Page, service: Service) -> None:
    config = page.request.get(f"{service.url}/explorer/config.json").json()
    areas = {operation["area"] for operation in config["operations"]}
    assert {"partners", "clients", "content", "templates", "programs"} <= areas
    for operation in config["operations"]:
        expect(page.locator(f"[data-testid=example-{operation['name']}]")).to_have_count(1)
