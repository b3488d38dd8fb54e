"use strict";
// One to five stars, as a component with a shadow root of its own.

const starSheet = new CSSStyleSheet();
starSheet.replaceSync(`
  button { font-size: 1.6rem; line-height: 1; padding: .15rem; border: 0; background: none; color: #8a8578; cursor: pointer; }
  button[aria-pressed="true"] { color: #b3541e; }
  output { margin-left: .5rem; }
`);

class StarRating extends HTMLElement {
  value = "";

  connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [starSheet];
    const row = document.createElement("div");
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", "Your rating");
    for (let stars = 1; stars <= 5; stars += 1) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "★";
      button.setAttribute("aria-label", `${stars} star${stars === 1 ? "" : "s"}`);
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => this.rate(stars));
      row.append(button);
    }
    const said = document.createElement("output");
    root.append(row, said);
  }

  rate(stars) {
    this.value = String(stars);
    const buttons = [...this.shadowRoot.querySelectorAll("button")];
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(index < stars)));
    this.shadowRoot.querySelector("output").textContent = `${stars} of 5 stars`;
  }
}
customElements.define("star-rating", StarRating);
