"use strict";
// The shelf follows the filters.

const filters = part("filters");
let latest = 0;

const renew = async () => {
  const number = ++latest;
  const answer = await fetch("/products/shelf?" + new URLSearchParams(new FormData(filters)));
  const found = document.createElement("template");
  found.innerHTML = await answer.text();
  if (number !== latest) return; // a later choice has overtaken this one
  part("found").textContent = found.content.querySelector("[role=status]").textContent;
  part("shelf").replaceWith(part("shelf", found.content));
};

// Not for the words: leaving their field is a change too, and would swap the shelf under a click on it.
filters.addEventListener("change", (event) => {
  if (event.target.name !== "words") renew();
});
filters.addEventListener("input", (event) => {
  if (event.target.name === "words") renew();
});
filters.addEventListener("reset", () => setTimeout(renew));
filters.addEventListener("submit", (event) => event.preventDefault());
