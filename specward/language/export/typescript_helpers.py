"""The helper functions of an exported TypeScript test. Fixed text: nothing of a spec enters it."""

from __future__ import annotations

from typing import Final

# helper: (imports it needs from Node, its code)
HELPERS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "secret": (
        (),
        """\
function secret(name: string): string {
  const value = process.env["SPECWARD_SECRET_" + name];
  if (value === undefined) {
    throw new Error("Set the environment variable SPECWARD_SECRET_" + name + ".");
  }
  return value;
}
""",
    ),
    "fixture": (
        ('import path from "node:path";',),
        """\
function fixture(name: string): string {
  return path.join(__dirname, "..", "fixtures", name);
}
""",
    ),
    "read_state": (
        ('import { readFileSync } from "node:fs";', 'import path from "node:path";'),
        """\
type State = Exclude<PlaywrightTestOptions["storageState"], string | undefined>;

function readState(name: string): State {
  return JSON.parse(readFileSync(path.join(__dirname, "..", "states", name + ".json"), "utf8"));
}

function mergeStates(states: State[]): State {
  return {
    cookies: states.flatMap((state) => state.cookies),
    origins: states.flatMap((state) => state.origins),
  };
}
""",
    ),
    "url_pattern": (
        (),
        """\
function urlPattern(url: string): RegExp {
  const whole = url.startsWith("/") ? new URL(origin).origin + url : url;
  const [, address, query, fragment] = /^([^?#]*)(\\?[^#]*)?(#.*)?$/.exec(whole) ?? [];
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\\]\\\\/]/g, "\\\\$&");
  return new RegExp(
    "^" +
      escaped(address ?? "") +
      (query === undefined ? "(\\\\?[^#]*)?" : escaped(query)) +
      (fragment === undefined ? "(#.*)?" : escaped(fragment)) +
      "$",
  );
}
""",
    ),
    "answer_next_dialog": (
        (),
        """\
let dialogPage: Page | undefined;
let answers: ((dialog: Dialog) => Promise<void>)[] = [];

function answerNextDialog(page: Page, answer: (dialog: Dialog) => Promise<void>): void {
  if (dialogPage !== page) {
    dialogPage = page;
    answers = [];
    page.on("dialog", (dialog) => (answers.shift() ?? ((unasked) => unasked.dismiss()))(dialog));
  }
  answers.push(answer);
}
""",
    ),
    "expect_popup": (
        (),
        """\
async function expectPopup(page: Page, url: RegExp): Promise<void> {
  const opened = () =>
    page
      .context()
      .pages()
      .filter((other) => other !== page)
      .map((other) => other.url());
  await expect.poll(opened).toEqual(expect.arrayContaining([expect.stringMatching(url)]));
}
""",
    ),
}

TYPES: Final[dict[str, tuple[str, ...]]] = {
    "read_state": ("PlaywrightTestOptions",),
    "answer_next_dialog": ("Dialog", "Page"),
    "expect_popup": ("Page",),
}
"""The types of Playwright that a helper names."""
