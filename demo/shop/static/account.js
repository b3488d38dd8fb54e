"use strict";
// The account: addresses are deleted after a question, the note is saved where it stands.

for (const form of document.querySelectorAll("[data-part=forget]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm("Delete this address?")) event.preventDefault();
  });
}

part("keep-note").addEventListener("click", async () => {
  const answer = await post("/account/note", { note: part("note").textContent });
  part("noted").textContent = answer.text;
});
