"""No credential in the tree, by detect-secrets, offline (it verifies nothing over the network here).

Everywhere: credentials with a shape of their own. In settings and scripts also suspicious assignments (in Python ruff's
S105-S107 look for those). What only looks like one stands in EXPECTED, or its line has ``pragma: allowlist secret``.
"""

import gzip
import re
from collections.abc import Iterator

from detect_secrets.core.scan import scan_line
from detect_secrets.settings import transient_settings

from tests.house.tree import Finding, Tree

SHAPED = (
    "AWSKeyDetector ArtifactoryDetector AzureStorageKeyDetector DiscordBotTokenDetector GitHubTokenDetector "
    "GitLabTokenDetector JwtTokenDetector MailchimpDetector NpmDetector OpenAIDetector PrivateKeyDetector "
    "PypiTokenDetector SendGridDetector SlackDetector SquareOAuthDetector StripeDetector TelegramBotTokenDetector "
    "TwilioKeyDetector"
).split()
# A test of URLs is full of user:password@, a data file of words like "secret".
NOT_IN_TESTS = ("BasicAuthDetector",)
ASSIGNED = ("KeywordDetector",)
FILTERS = (
    "detect_secrets.filters.heuristic.is_templated_secret",
    "detect_secrets.filters.heuristic.is_not_alphanumeric_string",
    "detect_secrets.filters.heuristic.is_indirect_reference",
)
# Shapes that detect-secrets 1.5 does not know.
OURS = {
    "Anthropic key": re.compile(r"\bsk-ant-[A-Za-z0-9_-]{24,}"),
    "Specward token": re.compile(r"\bswd_[0-9a-z]{6,}_[A-Za-z0-9]{20,}"),
    "PostHog key": re.compile(r"\bph[xs]_[A-Za-z0-9]{32,}"),
    "Sentry token": re.compile(r"\bsntrys_[A-Za-z0-9+/=_]{40,}"),
}
ALLOWED = re.compile(r"pragma: allowlist secret")
HASHES_ONLY = re.compile(r"requirements/[\w-]+\.txt|package-lock\.json")  # `pins` says what may stand in these
NO_SETTINGS = (".py", ".json", ".jsonl", ".gz", ".md")

# (file, kind) -> why it is no credential.
EXPECTED = {
    ("tests/recording/test_scrubbing.py", "JSON Web Token"): "made up, for scrubbing to take out",
    ("config/database.py", "Basic Auth Credentials"): "the words USER:PASSWORD, in a sentence",
}


def no_secrets(tree: Tree) -> Iterator[Finding]:
    met = set()
    for path in tree.paths:
        if HASHES_ONLY.fullmatch(path):
            continue
        settings = {
            "plugins_used": [{"name": name} for name in _plugins(path)],
            "filters_used": [{"path": name} for name in FILTERS],
        }
        with transient_settings(settings):
            for number, line in enumerate(_text(tree, path).splitlines(), start=1):
                for kind in sorted(_kinds(line)):
                    if (path, kind) in EXPECTED:
                        met.add((path, kind))
                    else:
                        what = f"looks like a credential ({kind}): take it out, and revoke it if it ever was one"
                        yield Finding(path, number, what)
    for path, kind in EXPECTED.keys() - met:
        if path in tree.paths:
            yield Finding(path, 0, f"holds no {kind} any more; take it out of EXPECTED")


def _plugins(path: str) -> list[str]:
    plugins = [*SHAPED]
    if not path.startswith("tests/"):
        plugins += NOT_IN_TESTS
        if not path.endswith(NO_SETTINGS):
            plugins += ASSIGNED
    return plugins


def _text(tree: Tree, path: str) -> str:
    if path.endswith(".gz"):
        return gzip.decompress((tree.root / path).read_bytes()).decode("utf-8", errors="replace")
    return tree.text(path) or ""


def _kinds(line: str) -> set[str]:
    if ALLOWED.search(line):
        return set()
    return {found.type for found in scan_line(line)} | {kind for kind, shape in OURS.items() if shape.search(line)}
