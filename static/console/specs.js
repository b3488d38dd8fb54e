// Line numbers beside the editor, the way from a finding to its place, and Ctrl-Enter. The page works without it.
const editor = document.querySelector("[data-editor]");
if (editor) {
  const gutter = document.createElement("pre");
  gutter.className = "gutter";
  gutter.setAttribute("aria-hidden", "true");
  editor.before(gutter);
  const count = () => {
    const lines = editor.value.split("\n").length;
    gutter.textContent = Array.from({ length: lines }, (_, index) => index + 1).join("\n");
    scroll();
  };
  const scroll = () => {
    gutter.style.height = `${editor.offsetHeight}px`;
    gutter.scrollTop = editor.scrollTop;
  };
  editor.addEventListener("input", count);
  editor.addEventListener("scroll", scroll);
  new ResizeObserver(scroll).observe(editor);
  count();

  editor.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    editor.form.requestSubmit(editor.form.querySelector("[value=check]"));
  });

  for (const link of document.querySelectorAll("[data-line]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const lines = editor.value.split("\n");
      const line = Math.min(Number(link.dataset.line), lines.length);
      const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
      // Columns count characters, a textarea counts UTF-16 units.
      const before = [...lines[line - 1]].slice(0, Number(link.dataset.column) - 1).join("").length;
      editor.focus();
      editor.setSelectionRange(start + before, start + lines[line - 1].length);
      editor.scrollTop = (editor.scrollHeight / lines.length) * Math.max(line - 5, 0);
    });
  }
  document.querySelector("#verdict")?.focus();
}
