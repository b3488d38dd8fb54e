"""What script/prepare promises the other tests."""

import json
import os
import subprocess

import pytest
from playwright.sync_api import sync_playwright

from tests.house.tree import ROOT


@pytest.mark.chromium
def test_the_browser_draws_a_page(chromium: str) -> None:
    arguments = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page()
        page.set_content("<button>Pay</button>")
        assert page.get_by_role("button", name="Pay").is_visible()
        browser.close()


@pytest.mark.node
def test_node_finds_each_package_at_its_pinned_version() -> None:
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["devDependencies"]
    read = "JSON.parse(require('fs').readFileSync(`node_modules/${name}/package.json`)).version"
    program = f"console.log(JSON.stringify(Object.fromEntries({json.dumps(list(wanted))}.map(name => [name, {read}]))))"
    result = subprocess.run(["node", "-e", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(result.stdout) == wanted
