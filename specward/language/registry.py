"""The one table of primitives. Parser, printer, exporters, interpreter, prompt, docs and console read it.

Adding a primitive is adding one entry here. Names and meanings follow Playwright's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from specward.language.ir import DEFAULT_VIEWPORT, Arg
from specward.language.primitive import Kind, Parameter, Primitive, Takes, Template
from specward.language.templates import ByAnswer, ByFlag, ByName
from specward.recording.locators import By

MAX_SOURCE_BYTES: Final = 64 * 1024
MAX_STEPS: Final = 200
MAX_CALLS: Final = 2000
MAX_REQUIRES: Final = 10
MAX_LOCATOR_DEPTH: Final = 8
"""How many locators and frames may stand inside one another by ``within=``."""

_TARGET: Final = Parameter("target", Takes.LOCATOR)


def _title(name: str, most: int = 200) -> Parameter:
    return Parameter(name, Takes.TITLE, least=1, most=most)


def _text(name: str, least: int = 1) -> Parameter:
    return Parameter(name, Takes.TEXT, least=least, most=1000)


def _url() -> Parameter:
    return Parameter("url", Takes.URL, least=1, most=2048)


def _locator(
    by: By,
    doc: str,
    parameter: Parameter,
    typescript: str,
    python: str,
    *more: Parameter,
    named: tuple[str, str] = ("", ""),
) -> Primitive:
    """A locator primitive. ``named`` holds the two templates for a call that gives ``name`` (role only)."""

    def choose(plain: str, with_name: str) -> Template:
        return ByName(plain, with_name) if with_name else plain

    return Primitive(
        name=by.value,
        kind=Kind.LOCATOR,
        doc=doc,
        parameters=(
            parameter,
            *more,
            Parameter("nth", Takes.INTEGER, required=False, keyword_only=True, least=0, most=9999),
            Parameter("within", Takes.PLACE, required=False, keyword_only=True),
        ),
        typescript=choose(typescript, named[0]),
        python=choose(python, named[1]),
        by=by,
    )


def _check_dialog(values: Mapping[str, Arg]) -> str | None:
    if values.get("answer") == "dismiss" and "text" in values:
        return "a dialog that is dismissed takes no text."
    return None


def _check_text(values: Mapping[str, Arg]) -> str | None:
    if values.get("contains") is True and values.get("text") == "":
        return "every element contains the empty text, so this asserts nothing."
    return None


def _action(name: str, doc: str, typescript: str, python: str, *parameters: Parameter) -> Primitive:
    return Primitive(name, Kind.ACTION, doc, parameters, f"await {typescript}", python)


def _assertion(
    name: str, doc: str, typescript: str, python: str, *parameters: Parameter, helpers: tuple[str, ...] = ()
) -> Primitive:
    return Primitive(name, Kind.ASSERTION, doc, parameters, f"await {typescript}", python, helpers=helpers)


PRIMITIVES: Final[tuple[Primitive, ...]] = (
    Primitive(
        "spec",
        Kind.HEADER,
        "Names the spec, the origin it runs against and, where it is not the usual, the page's size; the first line.",
        (
            _title("title"),
            Parameter("origin", Takes.ORIGIN, keyword_only=True, least=1, most=300),
            Parameter(
                "viewport",
                Takes.VIEWPORT,
                default=str(DEFAULT_VIEWPORT),
                required=False,
                keyword_only=True,
                least=1,
                most=20,
            ),
        ),
        "test({title}, async ({{ page }}) => {{",
        "def {function}(page: Page) -> None:",
    ),
    Primitive(
        "requires",
        Kind.HEADER,
        "Names a set-up spec whose stored browser state this spec starts from.",
        (_title("name", 100),),
        "readState({name})",
        "read_state({name})",
        helpers=("read_state",),
    ),
    Primitive(
        "step",
        Kind.STEP,
        "Groups the calls of its block under a title.",
        (_title("title"),),
        "await test.step({title}, async () => {{",
        "with step({title}):",
        helpers=("step",),
    ),
    _action("goto", "Opens a URL.", "page.goto({url})", "page.goto({url})", _url()),
    _action("click", "Clicks an element.", "{target}.click()", "{target}.click()", _TARGET),
    _action("double_click", "Double-clicks an element.", "{target}.dblclick()", "{target}.dblclick()", _TARGET),
    _action("hover", "Moves the mouse over an element.", "{target}.hover()", "{target}.hover()", _TARGET),
    _action(
        "fill",
        "Replaces what a field holds, also by a secret.",
        "{target}.fill({value})",
        "{target}.fill({value})",
        _TARGET,
        Parameter("value", Takes.FILLED, most=4000),
    ),
    _action(
        "press",
        "Presses a key while an element has the focus.",
        "{target}.press({key})",
        "{target}.press({key})",
        _TARGET,
        Parameter("key", Takes.KEY, least=1, most=60),
    ),
    _action(
        "select_option",
        "Chooses the option of a select that has this visible label; a secret where the recorder masked it.",
        "{target}.selectOption({{ label: {option} }})",
        "{target}.select_option(label={option})",
        _TARGET,
        Parameter("option", Takes.FILLED, least=1, most=300),
    ),
    _action("check", "Ticks a check box or chooses a radio button.", "{target}.check()", "{target}.check()", _TARGET),
    _action("uncheck", "Clears a check box.", "{target}.uncheck()", "{target}.uncheck()", _TARGET),
    _action(
        "set_input_files",
        "Chooses a named fixture in a file field.",
        "{target}.setInputFiles({fixture})",
        "{target}.set_input_files({fixture})",
        _TARGET,
        Parameter("fixture", Takes.FIXTURE),
    ),
    _action(
        "drag_to",
        "Drags one element onto another.",
        "{source}.dragTo({target})",
        "{source}.drag_to({target})",
        Parameter("source", Takes.LOCATOR),
        _TARGET,
    ),
    _action(
        "scroll_to",
        "Scrolls an element into view.",
        "{target}.scrollIntoViewIfNeeded()",
        "{target}.scroll_into_view_if_needed()",
        _TARGET,
    ),
    _action("go_back", "Goes back one page in the history.", "page.goBack()", "page.go_back()"),
    _action("go_forward", "Goes forward one page in the history.", "page.goForward()", "page.go_forward()"),
    _action("reload", "Loads the page again.", "page.reload()", "page.reload()"),
    Primitive(
        "answer_dialog",
        Kind.ACTION,
        "Answers the next dialog that the page opens; stands before the call that opens it.",
        (
            Parameter("answer", Takes.CHOICE, choices=("accept", "dismiss"), least=1, most=10),
            Parameter("text", Takes.TYPED, default="", required=False, keyword_only=True, most=1000),
        ),
        ByAnswer(
            "answerNextDialog(page, (dialog) => dialog.accept())",
            "answerNextDialog(page, (dialog) => dialog.accept({text}))",
            "answerNextDialog(page, (dialog) => dialog.dismiss())",
        ),
        ByAnswer(
            "answer_next_dialog(page, lambda dialog: dialog.accept())",
            "answer_next_dialog(page, lambda dialog: dialog.accept({text}))",
            "answer_next_dialog(page, lambda dialog: dialog.dismiss())",
        ),
        check=_check_dialog,
        helpers=("answer_next_dialog",),
    ),
    _assertion(
        "expect_visible",
        "An element is on the page and visible.",
        "expect({target}).toBeVisible()",
        "expect({target}).to_be_visible()",
        _TARGET,
    ),
    _assertion(
        "expect_hidden",
        "An element is gone or not visible.",
        "expect({target}).toBeHidden()",
        "expect({target}).to_be_hidden()",
        _TARGET,
    ),
    Primitive(
        "expect_text",
        Kind.ASSERTION,
        "An element's whole text is this, or contains it, white space collapsed.",
        (
            _TARGET,
            _text("text", least=0),
            Parameter("contains", Takes.FLAG, default=False, required=False, keyword_only=True),
        ),
        ByFlag("contains", "await expect({target}).toContainText({text})", "await expect({target}).toHaveText({text})"),
        ByFlag("contains", "expect({target}).to_contain_text({text})", "expect({target}).to_have_text({text})"),
        check=_check_text,
    ),
    _assertion(
        "expect_value",
        "A field holds this value; never a secret's.",
        "expect({target}).toHaveValue({value})",
        "expect({target}).to_have_value({value})",
        _TARGET,
        Parameter("value", Takes.TYPED, most=4000),
    ),
    Primitive(
        "expect_checked",
        Kind.ASSERTION,
        "A check box or radio button is ticked, or is not.",
        (_TARGET, Parameter("checked", Takes.FLAG, default=True, required=False, keyword_only=True)),
        ByFlag(
            "checked",
            "await expect({target}).toBeChecked()",
            "await expect({target}).toBeChecked({{ checked: false }})",
            default=True,
        ),
        ByFlag(
            "checked", "expect({target}).to_be_checked()", "expect({target}).to_be_checked(checked=False)", default=True
        ),
    ),
    _assertion(
        "expect_url",
        "The page is at this URL; a query or fragment counts only where it is given.",
        "expect(page).toHaveURL(urlPattern({url}))",
        "expect(page).to_have_url(url_pattern({url}))",
        _url(),
        helpers=("url_pattern",),
    ),
    _assertion(
        "expect_title",
        "The page has this title.",
        "expect(page).toHaveTitle({title})",
        "expect(page).to_have_title({title})",
        _text("title", least=0),
    ),
    _assertion(
        "expect_count",
        "So many elements match.",
        "expect({target}).toHaveCount({count})",
        "expect({target}).to_have_count({count})",
        _TARGET,
        Parameter("count", Takes.INTEGER, least=0, most=9999),
    ),
    _assertion(
        "expect_popup",
        "Another page has been opened at this URL; compared as expect_url does.",
        "expectPopup(page, urlPattern({url}))",
        "expect_popup(page, url_pattern({url}))",
        _url(),
        helpers=("url_pattern", "expect_popup"),
    ),
    _locator(
        By.ROLE,
        "The element with this ARIA role and, if given, this accessible name.",
        Parameter("role", Takes.ROLE, least=1, most=30),
        "{root}.getByRole({role})",
        "{root}.get_by_role({role})",
        Parameter("name", Takes.TEXT, required=False, keyword_only=True, least=1, most=1000),
        named=(
            "{root}.getByRole({role}, {{ name: {name}, exact: true }})",
            "{root}.get_by_role({role}, name={name}, exact=True)",
        ),
    ),
    _locator(
        By.LABEL,
        "The field with this label.",
        _text("label"),
        "{root}.getByLabel({label}, {{ exact: true }})",
        "{root}.get_by_label({label}, exact=True)",
    ),
    _locator(
        By.PLACEHOLDER,
        "The field with this placeholder.",
        _text("placeholder"),
        "{root}.getByPlaceholder({placeholder}, {{ exact: true }})",
        "{root}.get_by_placeholder({placeholder}, exact=True)",
    ),
    _locator(
        By.TEXT,
        "The smallest element with this text.",
        _text("text"),
        "{root}.getByText({text}, {{ exact: true }})",
        "{root}.get_by_text({text}, exact=True)",
    ),
    _locator(
        By.ALT,
        "The image with this alternative text.",
        _text("alt"),
        "{root}.getByAltText({alt}, {{ exact: true }})",
        "{root}.get_by_alt_text({alt}, exact=True)",
    ),
    _locator(
        By.TITLE,
        "The element with this title attribute.",
        _text("title"),
        "{root}.getByTitle({title}, {{ exact: true }})",
        "{root}.get_by_title({title}, exact=True)",
    ),
    _locator(
        By.TEST_ID,
        "The element with this test id.",
        _text("test_id"),
        "{root}.getByTestId({test_id})",
        "{root}.get_by_test_id({test_id})",
    ),
    _locator(
        By.CSS,
        "The element that a CSS selector of the restricted grammar finds.",
        Parameter("css", Takes.CSS, least=1, most=200),
        "{root}.locator({css})",
        "{root}.locator({css})",
    ),
    Primitive(
        "frame",
        Kind.LOCATOR,
        "The document inside an iframe; stands in within= only.",
        (Parameter("owner", Takes.LOCATOR),),
        "{owner}.contentFrame()",
        "{owner}.content_frame",
    ),
    Primitive(
        "secret",
        Kind.VALUE,
        "A value that is supplied by name when the spec runs.",
        (Parameter("name", Takes.VARIABLE, least=1, most=64),),
        "secret({name})",
        "secret({name})",
        helpers=("secret",),
    ),
    Primitive(
        "fixture",
        Kind.VALUE,
        "A file that is supplied by name when the spec runs.",
        (Parameter("name", Takes.FIXTURE_NAME, least=1, most=64),),
        "fixture({name})",
        "fixture({name})",
        helpers=("fixture",),
    ),
)

REGISTRY: Final[Mapping[str, Primitive]] = MappingProxyType({primitive.name: primitive for primitive in PRIMITIVES})

CALLS: Final[Mapping[str, Primitive]] = MappingProxyType(
    {p.name: p for p in PRIMITIVES if p.kind in (Kind.ACTION, Kind.ASSERTION)}
)
"""What may stand in a step."""

WORDS: Final[frozenset[str]] = frozenset(
    {"with", "True", "False"} | {p.name for p in PRIMITIVES} | {q.name for p in PRIMITIVES for q in p.parameters}
)
"""Every name that a spec can hold."""
