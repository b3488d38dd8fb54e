// Parses TypeScript with the compiler's own API. In: a JSON list of sources on stdin. Out, for each: the syntax errors,
// the comments and template literals in the whole file, and the string literals and names inside the test(...) call.
import { readFileSync } from "node:fs";
import ts from "typescript";

function inspect(code) {
  const file = ts.createSourceFile("export.spec.ts", code, ts.ScriptTarget.Latest, true);
  const found = { errors: file.parseDiagnostics.map((d) => String(d.messageText)), comments: 0, templates: 0, tests: 0, strings: [], names: [] };
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, code);
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    if (kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia) found.comments += 1;
    // A slash that begins a regular expression would otherwise be read as a division, and its body as tokens.
    if (kind === ts.SyntaxKind.SlashToken) scanner.reScanSlashToken();
  }
  const walk = (node, inTest) => {
    if (ts.isTemplateLiteral(node)) found.templates += 1;
    if (inTest && ts.isStringLiteral(node)) found.strings.push(node.text);
    if (inTest && ts.isIdentifier(node)) found.names.push(node.text);
    const begins = ts.isExpressionStatement(node) && node.parent === file && ts.isCallExpression(node.expression) && node.expression.expression.getText() === "test";
    if (begins) found.tests += 1;
    ts.forEachChild(node, (child) => walk(child, inTest || begins));
  };
  walk(file, false);
  return found;
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(inspect)));
