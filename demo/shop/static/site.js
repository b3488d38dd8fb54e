"use strict";
// What every page has: the menu of small screens, the terms in a window of their own, and the newsletter.

const part = (name, within = document) => within.querySelector(`[data-part="${name}"]`);

const post = async (path, fields) => {
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
  return { ok: answer.ok, text: await answer.text() };
};

const menu = part("menu");
menu.addEventListener("click", () => {
  const open = menu.getAttribute("aria-expanded") !== "true";
  menu.setAttribute("aria-expanded", String(open));
});

part("terms").addEventListener("click", (event) => {
  event.preventDefault();
  window.open(event.currentTarget.href, "terms", "popup,width=480,height=560");
});

const sheet = new CSSStyleSheet();
sheet.replaceSync(`
  form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
  input { font: inherit; padding: .45rem .6rem; border: 1px solid #8a8578; border-radius: 6px; min-width: 14rem; }
  button { font: inherit; padding: .45rem .9rem; border: 0; border-radius: 6px; background: #1f4d4a; color: #fff; }
  p { margin: .5rem 0 0; }
`);

class NewsLetter extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.innerHTML = `<form novalidate><label for="mail">Newsletter</label>
      <input id="mail" name="email" type="email" placeholder="you@example.org">
      <button>Subscribe</button></form><p role="status"></p>`;
    root.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await post("/newsletter", { email: root.querySelector("input").value });
      root.querySelector("p").textContent = answer.text;
    });
  }
}
customElements.define("news-letter", NewsLetter);
