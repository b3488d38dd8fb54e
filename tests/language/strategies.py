"""Hypothesis strategies for valid specs, drawn from the registry: a new primitive is covered without a change here."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from specward.language.ir import DEFAULT_VIEWPORT, Arg, Call, Fixture, Secret, Spec, Step, Viewport
from specward.language.primitive import Parameter, Primitive, Takes
from specward.language.registry import CALLS
from specward.language.vocabulary import NAMED_KEYS, ROLES
from specward.recording.locators import By, Frame, Locator

# Characters are chosen by categories here and by tables in the gate, so that neither can repeat the other's mistake.
# Left out are control, format, surrogate, unassigned and separator characters, and what renders as nothing.
_VISIBLE = st.characters(
    exclude_categories=("Cc", "Cf", "Cs", "Cn", "Zl", "Zp"),
    exclude_characters="".join(
        chr(code)
        for codes in (
            (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0),
            range(0x180B, 0x1810),
            range(0xFE00, 0xFE0E),
            range(0x1BCA0, 0x1BCA4),
            range(0x1D173, 0x1D17B),
            range(0xE0100, 0xE01F0),
        )
        for code in codes
    ),
)
_ODD = (
    "\"'\\`${}#/*<>%&;=+-@ ",
    "\u00e9\u00df\u20ac\u4f60\u0627\U0001f600\U0001f469e\u0301\ufe0f\ufffd",
    "\u00a0\u3000\ue900\U000f0001",
)
_PIECES = st.one_of(
    st.sampled_from("".join(_ODD)),
    _VISIBLE,
    st.sampled_from(["${x}", "*/", "//", "'''", '"""', "\\u0041", "\\", "{0}", "</script>", "\U0001f600", "__proto__"]),
)


def _text(least: int, *, more: str = "", most: int = 12) -> st.SearchStrategy[str]:
    pieces = st.one_of(_PIECES, st.sampled_from(more)) if more else _PIECES
    return st.lists(pieces, min_size=least, max_size=most).map("".join)


def titles() -> st.SearchStrategy[str]:
    """One line, not only white space."""
    return _text(1).filter(lambda text: not text.isspace())


def page_texts(least: int = 1) -> st.SearchStrategy[str]:
    """What can be compared with a page: soft hyphens and joiners too."""
    return _text(least, more="\u00ad\u200c\u200d")


def typed_texts(least: int = 0) -> st.SearchStrategy[str]:
    """What can be typed: line feeds and tabs too."""
    return _text(least, more="\n\t\u00ad\u200c\u200d")


_SEGMENT = st.text("abcXYZ019-_~.!$&'()*+,;=:@", min_size=1, max_size=6).filter(lambda text: text not in (".", ".."))
_QUERY = st.text("abc019-_.~&=%/?:@!$()*+,;", max_size=8).map(lambda text: text.replace("%", "%25"))


@st.composite
def urls(draw: st.DrawFn) -> str:
    """A canonical path on the spec's own origin."""
    url = "/" + "/".join(draw(st.lists(_SEGMENT, max_size=3)))
    if draw(st.booleans()):
        url += "?" + draw(_QUERY)
    if draw(st.booleans()):
        url += "#" + draw(_QUERY)
    return url


_IDENT = st.from_regex(r"-?[a-zA-Z_][a-zA-Z0-9_-]{0,4}", fullmatch=True)
_ATTRIBUTE = st.tuples(_IDENT, st.sampled_from("\"'"), _text(0, most=4)).map(
    lambda drawn: (
        f"[{drawn[0]}={drawn[1]}{''.join(c for c in drawn[2] if c not in chr(92) + '>' + drawn[1])}{drawn[1]}]"
    )
)
_PART = st.one_of(_IDENT.map("#{}".format), _IDENT.map(".{}".format), _IDENT.map("[{}]".format), _ATTRIBUTE)
_COMPOUND = st.one_of(
    _IDENT,
    st.tuples(_IDENT, _PART).map("".join),
    st.lists(_PART, min_size=1, max_size=2).map("".join),
)


@st.composite
def selectors(draw: st.DrawFn) -> str:
    """CSS of the restricted grammar."""
    text = draw(_COMPOUND)
    for part in draw(st.lists(_COMPOUND, max_size=2)):
        text += draw(st.sampled_from([" ", " > ", ">"])) + part
    return text[:200] if len(text) <= 200 else "a"


@st.composite
def keys(draw: st.DrawFn) -> str:
    """A key with distinct modifiers before it."""
    modifiers = draw(st.lists(st.sampled_from(["Control", "Shift", "Alt", "Meta", "ControlOrMeta"]), unique=True))
    key = draw(st.one_of(st.sampled_from(sorted(NAMED_KEYS)), st.characters(min_codepoint=0x21, max_codepoint=0x7E)))
    return "+".join([*modifiers, key])


@st.composite
def locators(draw: st.DrawFn, depth: int = 0) -> Locator:
    """A locator by any means, up to three deep, inside elements and frames."""
    by = draw(st.sampled_from(By))
    name = None
    if by is By.ROLE:
        value = draw(st.sampled_from(sorted(ROLES)))
        name = draw(st.none() | page_texts())
    else:
        value = draw(selectors() if by is By.CSS else page_texts())
    nth = draw(st.none() | st.sampled_from([0, 1, 9999]) | st.integers(0, 9999))
    within: Locator | Frame | None = None
    if depth < 2 and draw(st.integers(0, 3)) == 0:
        within = draw(locators(depth + 1))
        if draw(st.booleans()):
            within = Frame(within)
    return Locator(by, value, name, nth, within)


_SECRETS = st.from_regex(r"[A-Z][A-Z0-9_]{0,9}", fullmatch=True).map(Secret)
_FIXTURES = st.from_regex(r"[a-z0-9]{1,5}(\.[a-z]{1,3})?", fullmatch=True).map(Fixture)


def _values(parameter: Parameter) -> st.SearchStrategy[Any]:
    match parameter.takes:
        case Takes.TITLE:
            return titles()
        case Takes.TEXT:
            return page_texts(parameter.least)
        case Takes.TYPED:
            return typed_texts(parameter.least)
        case Takes.FILLED:
            return typed_texts(parameter.least) | _SECRETS
        case Takes.URL:
            return urls()
        case Takes.KEY:
            return keys()
        case Takes.CHOICE:
            return st.sampled_from(parameter.choices)
        case Takes.FLAG:
            return st.booleans()
        case Takes.INTEGER:
            return st.integers(parameter.least, parameter.most)
        case Takes.LOCATOR:
            return locators()
        case Takes.FIXTURE:
            return _FIXTURES.filter(lambda fixture: fixture.name.split(".")[0] not in ("con", "prn", "aux", "nul"))
        case _:
            raise NotImplementedError(f"no strategy for what {parameter.name} takes: {parameter.takes}")


@st.composite
def calls(draw: st.DrawFn, primitive: Primitive | None = None) -> Call:
    """A call of ``primitive``, or of any action or assertion; arguments at their default are absent."""
    chosen = primitive or draw(st.sampled_from(sorted(CALLS.values(), key=lambda p: p.name)))
    args: list[tuple[str, Arg]] = []
    for parameter in chosen.parameters:
        if not parameter.required and draw(st.booleans()):
            continue
        value = draw(_values(parameter))
        if not parameter.required and value == parameter.default:
            continue
        args.append((parameter.name, value))
    if chosen.check is not None and chosen.check(dict(args)) is not None:
        args = [(name, value) for name, value in args if chosen.by_name[name].required]
    return Call(chosen.name, tuple(args))


def viewports() -> st.SearchStrategy[Viewport | None]:
    """The usual size, which is left unsaid, and any other that a page can have."""
    sides = st.integers(100, 8000)
    return st.none() | st.builds(Viewport, sides, sides).filter(lambda size: size != DEFAULT_VIEWPORT)


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """A whole valid spec."""
    steps = draw(
        st.lists(
            st.builds(Step, titles(), st.lists(calls(), min_size=1, max_size=4).map(tuple)), min_size=1, max_size=3
        )
    )
    requires = draw(st.lists(titles().map(lambda text: text[:100]), max_size=2, unique=True))
    origin = draw(st.sampled_from(["https://shop.example", "http://localhost:8000", "https://xn--bcher-kva.example"]))
    requires = [name for name in requires if not name.isspace()]
    return Spec(draw(titles()), origin, tuple(requires), tuple(steps), draw(viewports()))
