// Ctrl K or the button: a dialog over the page "Go to", which does the same without scripts. An ARIA combobox: the focus
// stays in the field, the list is walked by aria-activedescendant.
const palette = document.querySelector("#palette");
if (palette) {
  const opener = document.querySelector("[data-palette]");
  const input = palette.querySelector("input");
  const list = palette.querySelector("[role=listbox]");
  const told = palette.querySelector("[role=status]");
  const none = palette.querySelector(".palette-none");
  const pages = [...list.children];
  let at = 0;
  let asking = null;
  let waiting = 0;

  const shown = () => [...list.children].filter((option) => !option.hidden);
  const mark = (to) => {
    const options = shown();
    at = options.length ? (to + options.length) % options.length : 0;
    for (const option of list.children) option.setAttribute("aria-selected", String(option === options[at]));
    if (options[at]) input.setAttribute("aria-activedescendant", options[at].id);
    else input.removeAttribute("aria-activedescendant");
    options[at]?.scrollIntoView({ block: "nearest" });
  };
  const tell = () => {
    const count = shown().length;
    none.hidden = count > 0;
    input.setAttribute("aria-expanded", String(count > 0));
    told.textContent = input.value ? `${count} ${count === 1 ? "place" : "places"}` : "";
  };
  const forget = () => {
    asking?.abort();
    clearTimeout(waiting);
    for (const option of list.querySelectorAll("[data-found]")) option.remove();
  };
  const ask = async (words) => {
    asking = new AbortController();
    try {
      const answer = await fetch(`${palette.dataset.hits}?q=${encodeURIComponent(words)}`, { signal: asking.signal });
      if (!answer.ok) return;
      const text = await answer.text();
      if (input.value.trim() !== words) return;
      const fresh = new DOMParser().parseFromString(text, "text/html");
      const chosen = shown()[at];
      list.append(...[...fresh.querySelectorAll("[data-found]")].map((option) => document.adoptNode(option)));
      mark(Math.max(0, shown().indexOf(chosen)));
      tell();
    } catch {
      // Asked for something else meanwhile, or there is no line: the pages are there.
    }
  };
  const filter = () => {
    forget();
    const typed = input.value.trim();
    const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
    for (const option of pages) {
      const text = option.textContent.toLowerCase();
      option.hidden = !words.every((word) => text.includes(word));
    }
    mark(0);
    tell();
    if (typed.length > 1) waiting = setTimeout(() => ask(typed), 150);
  };
  const open = () => {
    input.value = "";
    filter();
    palette.showModal();
    input.focus();
  };

  const hint = opener.querySelector("kbd");
  if (/Mac|iP(hone|ad)/.test(navigator.platform)) hint.textContent = "⌘ K";
  hint.hidden = false;
  opener.setAttribute("aria-haspopup", "dialog");
  opener.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in a tab of its own
    event.preventDefault();
    open();
  });
  input.addEventListener("input", filter);
  palette.addEventListener("click", (event) => event.target === palette && palette.close());
  palette.addEventListener("close", forget);
  palette.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") mark(at + 1);
    else if (event.key === "ArrowUp") mark(at - 1);
    else if (event.key === "Enter" && !event.isComposing) shown()[at]?.querySelector("a").click();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (palette.open) palette.close();
      else if (!document.querySelector("dialog[open]")) open();
      return;
    }
    const typing = event.target.closest("input, select, textarea");
    const search = document.querySelector("main input[type=search], main [role=search] input");
    if (event.key === "/" && !typing && search && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      search.focus();
    }
  });
}
