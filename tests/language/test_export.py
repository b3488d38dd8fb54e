"""Exports: the same test in TypeScript and in Python, with exactly the strings of the spec and no code of anyone."""

from __future__ import annotations

import ast
import io
import json
import re
import zipfile
from dataclasses import replace

import pytest

from specward.language import check, parse, print_spec
from specward.language.export import Target, export_project, export_python, export_typescript, export_zip
from specward.language.export.playwright_python import encode_python_string
from specward.language.export.playwright_ts import encode_ts_string
from specward.language.export.render import slug, unique_slug
from specward.language.ir import Call, Fixture, Secret, Spec, Step
from specward.language.primitive import Takes
from specward.language.registry import CALLS
from specward.language.urls import url_pattern
from specward.recording.locators import By, Frame, Locator
from tests.language import own_cases
from tests.language.literals import NAMES_TYPESCRIPT, expected, in_python
from tests.language.specs import MUG, ORIGIN, with_call
from tests.language.typescript import parse_all

LITERALS = own_cases.read("literals")


def specs_with(text: str) -> list[Spec]:
    """Specs, not yet checked, that hold ``text`` in each place where a string of a user can stand."""
    look = Step("Look", (Call("reload", ()),))
    calls = [
        Call("fill", (("target", Locator(By.LABEL, "a")), ("value", text))),
        Call("expect_value", (("target", Locator(By.LABEL, "a")), ("value", text))),
        Call("expect_text", (("target", Locator(By.TEXT, "a")), ("text", text))),
        Call("expect_title", (("title", text),)),
        Call("answer_dialog", (("answer", "accept"), ("text", text))),
        Call("select_option", (("target", Locator(By.LABEL, "a")), ("option", text))),
        Call("click", (("target", Locator(By.ROLE, "button", text)),)),
        *(Call("click", (("target", Locator(by, text)),)) for by in By if by is not By.ROLE),
        Call("click", (("target", Locator(By.CSS, "a", within=Frame(Locator(By.TEST_ID, text)))),)),
        Call("set_input_files", (("target", Locator(By.LABEL, "a")), ("fixture", Fixture(text)))),
        Call("fill", (("target", Locator(By.LABEL, "a")), ("value", Secret(text)))),
        Call("press", (("target", Locator(By.LABEL, "a")), ("key", text))),
        Call("goto", (("url", text),)),
        Call("goto", (("url", "/" + text),)),
    ]
    return [
        Spec(text, ORIGIN, (), (look,)),
        Spec("a", ORIGIN, (text,), (look,)),
        Spec("a", ORIGIN, (), (replace(look, title=text),)),
        *(Spec("a", ORIGIN, (), (Step("b", (call,)),)) for call in calls),
    ]


def accepted(specs: list[Spec]) -> list[Spec]:
    """Those that the gate lets through, which must be exactly what was printed, URLs made canonical."""
    found = []
    for spec in specs:
        checked = check(print_spec(spec))
        if checked.spec is None:
            assert checked.findings
            continue
        if spec.steps[0].calls[0].primitive != "goto":
            assert checked.spec == spec
        found.append(checked.spec)
    return found


def assert_exports_hold_their_strings(specs: list[Spec]) -> None:
    """Both exports parse by their language's own parser, and hold the strings of the spec and no others."""
    for spec in specs:
        assert in_python(export_python(spec), spec) == expected(spec)
    for spec, source in zip(specs, parse_all([export_typescript(spec) for spec in specs]), strict=True):
        assert source.errors == []
        assert (source.comments, source.templates, source.tests) == (0, 0, 1)
        assert sorted(source.strings) == sorted([spec.title, *expected(spec)])
        assert set(source.names) <= NAMES_TYPESCRIPT


@pytest.mark.node
def test_every_literal_is_exported_exactly_wherever_it_can_stand():
    specs = [spec for text in LITERALS for spec in accepted(specs_with(text))]
    assert len(specs) > len(LITERALS) * 8
    assert_exports_hold_their_strings(specs)


EVERY_ARGUMENT = {
    Takes.LOCATOR: 'role("button", name="Pay", nth=2, within=frame(css("iframe")))',
    Takes.TEXT: '"Thank you"',
    Takes.TYPED: '"Cora"',
    Takes.FILLED: 'secret("CARD")',
    Takes.URL: '"/thanks?a=b#c"',
    Takes.KEY: '"Control+a"',
    Takes.CHOICE: '"accept"',
    Takes.INTEGER: "3",
    Takes.FIXTURE: 'fixture("invoice.pdf")',
    Takes.FLAG: "{flag}",
}


def calls_of(name: str) -> list[str]:
    """Calls of a primitive with every argument, and with those alone that are needed."""
    primitive = CALLS[name]
    found = []
    for flag in ("True", "False"):
        for optional in (True, False):
            arguments = [
                (f"{p.name}=" if p.keyword_only else "") + EVERY_ARGUMENT[p.takes].format(flag=flag)
                for p in primitive.parameters
                if p.required or optional
            ]
            found.append(f"{name}({', '.join(arguments)})")
    return list(dict.fromkeys(found))


@pytest.mark.node
def test_every_primitive_is_written_by_both_exporters():
    specs = [parse(with_call(call)) for name in CALLS for call in calls_of(name)]
    assert {call.primitive for spec in specs for call in spec.steps[0].calls} == CALLS.keys()
    assert_exports_hold_their_strings(specs)


def lines_of(call: str) -> tuple[str, str]:
    """The one line that a call becomes in each language."""
    spec = parse(with_call(call))
    typescript = export_typescript(spec).split("async () => {\n")[1].split("\n")[0].strip()
    python = export_python(spec).split('with step("Look"):\n')[1].split("\n")[0].strip()
    return typescript, python


@pytest.mark.parametrize(
    ("call", "typescript", "python"),
    [
        ('goto("/a")', 'await page.goto("/a");', 'page.goto("/a")'),
        (
            'click(role("button", name="Pay"))',
            'await page.getByRole("button", { name: "Pay", exact: true }).click();',
            'page.get_by_role("button", name="Pay", exact=True).click()',
        ),
        (
            'double_click(role("row", nth=0))',
            'await page.getByRole("row").nth(0).dblclick();',
            'page.get_by_role("row").nth(0).dblclick()',
        ),
        (
            'fill(label("Name"), "Bob")',
            'await page.getByLabel("Name", { exact: true }).fill("Bob");',
            'page.get_by_label("Name", exact=True).fill("Bob")',
        ),
        (
            'fill(placeholder("Card"), secret("CARD"))',
            'await page.getByPlaceholder("Card", { exact: true }).fill(secret("CARD"));',
            'page.get_by_placeholder("Card", exact=True).fill(secret("CARD"))',
        ),
        (
            'select_option(test_id("size"), "Big")',
            'await page.getByTestId("size").selectOption({ label: "Big" });',
            'page.get_by_test_id("size").select_option(label="Big")',
        ),
        (
            'check(css("#agree", within=role("form")))',
            'await page.getByRole("form").locator("css=#agree").check();',
            'page.get_by_role("form").locator("css=#agree").check()',
        ),
        (
            'click(alt("A", within=frame(title("B"))))',
            'await page.getByTitle("B", { exact: true }).contentFrame().getByAltText("A", { exact: true }).click();',
            'page.get_by_title("B", exact=True).content_frame.get_by_alt_text("A", exact=True).click()',
        ),
        (
            'set_input_files(label("Invoice"), fixture("a.pdf"))',
            'await page.getByLabel("Invoice", { exact: true }).setInputFiles(fixture("a.pdf"));',
            'page.get_by_label("Invoice", exact=True).set_input_files(fixture("a.pdf"))',
        ),
        (
            'answer_dialog("accept", text="Ada")',
            'answerNextDialog(page, (dialog) => dialog.accept("Ada"));',
            'answer_next_dialog(page, lambda dialog: dialog.accept("Ada"))',
        ),
        (
            'answer_dialog("dismiss")',
            "answerNextDialog(page, (dialog) => dialog.dismiss());",
            "answer_next_dialog(page, lambda dialog: dialog.dismiss())",
        ),
        (
            'expect_text(text("a"), "b")',
            'await expect(page.getByText("a", { exact: true })).toHaveText("b");',
            'expect(page.get_by_text("a", exact=True)).to_have_text("b")',
        ),
        (
            'expect_text(text("a"), "b", contains=True)',
            'await expect(page.getByText("a", { exact: true })).toContainText("b");',
            'expect(page.get_by_text("a", exact=True)).to_contain_text("b")',
        ),
        (
            'expect_checked(label("a"), checked=False)',
            'await expect(page.getByLabel("a", { exact: true })).toBeChecked({ checked: false });',
            'expect(page.get_by_label("a", exact=True)).to_be_checked(checked=False)',
        ),
        (
            'expect_url("/a")',
            'await expect(page).toHaveURL(urlPattern("/a"));',
            'expect(page).to_have_url(url_pattern("/a"))',
        ),
    ],
)
def test_a_call_becomes_playwrights_own(call, typescript, python):
    assert lines_of(call) == (typescript, python)


@pytest.mark.node
def test_the_encoders_are_exact_for_every_kind_of_character():
    texts = [*LITERALS, *(chr(code) for code in range(0x300)), *(chr(code) for code in range(0x300, 0x110000, 257))]
    for text in texts:
        assert ast.literal_eval(encode_python_string(text)) == text
        assert encode_python_string(text).isascii()
        assert encode_ts_string(text).isascii()
    code = 'test("x", () => {\n' + "\n".join(f"  f({encode_ts_string(text)});" for text in texts) + "\n});\n"
    (source,) = parse_all([code])
    assert source.errors == []
    assert source.strings[1:] == texts


def test_no_text_of_a_spec_stands_outside_a_string():
    spec = parse(
        MUG.replace("Guest buys a mug", "MALLORY").replace("Find the mug", "MALLORY").replace("Mugs", "MALLORY")
    )
    for code in (export_typescript(spec), export_python(spec)):
        assert code.isascii()
        assert "`" not in code
        unquoted = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', code)
        assert "MALLORY" not in unquoted
        assert "MALLORY" not in unquoted.upper().replace("TEST_MALLORY", "")


def test_only_the_helpers_that_are_needed_are_written():
    plain = parse(with_call("reload()"))
    assert "function" not in export_typescript(plain)
    assert "secret" not in export_python(plain)
    assert "function secret" in export_typescript(parse(MUG))


def python_url_pattern(url: str, base: str = ORIGIN) -> re.Pattern[str]:
    """The exported helper, run."""
    code = export_python(parse(with_call('expect_url("/a")')))
    helper = code[code.index("def url_pattern") : code.index("@pytest.fixture")]
    names: dict[str, object] = {"BASE_URL": base}
    exec("import re\nfrom urllib.parse import urlsplit\n" + helper, names)  # our own fixed text
    make = names["url_pattern"]
    assert callable(make)
    pattern = make(url)
    assert isinstance(pattern, re.Pattern)
    return pattern


@pytest.mark.parametrize(
    ("url", "matches", "others"),
    [
        ("/a", ["/a", "/a?x=1", "/a#f", "/a?x=1#f"], ["/", "/ab", "/a/", "/b/a", "/A"]),
        ("/a?x=1", ["/a?x=1", "/a?x=1#f"], ["/a", "/a?x=2", "/a?x=1&y=2", "/a?xx=1"]),
        ("/a#f", ["/a#f", "/a?x=1#f"], ["/a", "/a#g", "/a#ff"]),
        ("/a.b+c(d)", ["/a.b+c(d)"], ["/axb+c(d)", "/a.bbc(d)"]),
        ("/a?", ["/a?"], ["/a", "/a?x"]),
    ],
)
def test_a_url_is_expected_by_its_path_and_by_query_and_fragment_where_given(url, matches, others):
    pattern = python_url_pattern(url)
    assert pattern == url_pattern(url, ORIGIN)
    assert all(pattern.search(ORIGIN + match) for match in matches)
    assert not any(pattern.search(ORIGIN + other) for other in others)
    assert not pattern.search("https://evil.example" + matches[0])
    assert python_url_pattern(url, "http://localhost:8000/base").search("http://localhost:8000" + matches[0])


def test_a_file_name_is_a_slug():
    assert slug("Guest buys a mug") == "guest-buys-a-mug"
    assert slug("../../etc/passwd") == "etc-passwd"
    assert slug("CON") == "spec-con"
    assert slug("你好") == "spec"
    assert slug("a" * 500) == "a" * 60
    for text in LITERALS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(text))


def test_the_slugs_of_two_required_specs_differ():
    names = ["signed in", "Signed in", "signed in!", "signed-in", "sign\u00e9d in", "x" * 61, "x" * 62, "con"]
    assert unique_slug("signed in") == "signed-in"
    assert len({unique_slug(name) for name in names}) == len(names)


@pytest.mark.parametrize("target", Target)
def test_a_project_holds_what_it_needs_to_run(target):
    source = MUG.replace("\n\nwith", '\nrequires("signed in as bob")\n\nwith', 1)
    files = export_project(
        [parse(source.replace('goto("/")', 'set_input_files(label("x"), fixture("a.pdf"))'))], target
    )
    readme = files["README.md"]
    for needed in ("SPECWARD_SECRET_CARD_NUMBER", "fixtures/a.pdf", "states/signed-in-as-bob.json", "BASE_URL"):
        assert needed in readme
    assert all(re.fullmatch(r"[A-Za-z0-9_./-]+", path) and ".." not in path for path in files)
    assert all(text.isascii() for text in files.values())
    if target is Target.TYPESCRIPT:
        assert "tests/guest-buys-a-mug.spec.ts" in files
        package, lock = json.loads(files["package.json"]), json.loads(files["package-lock.json"])
        assert lock["packages"][""]["devDependencies"] == package["devDependencies"]
        assert all(re.fullmatch(r"[0-9.]+", pinned) for pinned in package["devDependencies"].values())
        assert not re.search(r"https?:|resolved", files["package-lock.json"])
        assert "npm ci" in readme
    else:
        assert "tests/test_guest_buys_a_mug.py" in files
        pins = files["requirements.txt"].replace("\\\n", "").splitlines()
        assert all(re.fullmatch(r"[\w-]+==[\w.]+( ;[^;]*)?( +--hash=sha256:[0-9a-f]{64})+", pin) for pin in pins)
        assert {pin.partition("==")[0] for pin in pins} >= {"playwright", "pytest", "pytest-playwright"}
        ast.parse(files["tests/conftest.py"])


def test_several_specs_make_one_project_and_none_takes_the_place_of_another():
    other = MUG.replace("CARD_NUMBER", "PIN").replace("Guest", "Alice")
    specs = [parse(MUG), parse(other), parse(MUG.replace("/thanks", "/done"))]
    files = export_project(specs, Target.TYPESCRIPT)
    tests = [path for path in files if path.startswith("tests/")]
    assert tests == [f"tests/{name}.spec.ts" for name in ("guest-buys-a-mug", "alice-buys-a-mug", "guest-buys-a-mug-2")]
    assert [files[path] for path in tests] == [export_typescript(spec) for spec in specs]
    assert "SPECWARD_SECRET_CARD_NUMBER" in files["README.md"] and "SPECWARD_SECRET_PIN" in files["README.md"]
    assert sum(path.startswith("tests/test_") for path in export_project(specs, Target.PYTHON)) == 3


@pytest.mark.parametrize("target", Target)
def test_a_zip_is_the_same_bytes_each_time_and_holds_the_project(target):
    spec = parse(MUG)
    data = export_zip([spec], target)
    assert data == export_zip([parse(MUG + "# again")], target)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {i.filename: archive.read(i).decode() for i in archive.infolist()} == export_project([spec], target)
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
