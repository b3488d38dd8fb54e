"use strict";
// A product: into the cart, its care guide, its reviews.

const adding = part("add");
if (adding) {
  adding.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(adding));
    const answer = await post("/cart/add", { ...fields, script: "yes" });
    const [count, said] = answer.ok ? answer.text.split("\n") : [null, answer.text];
    if (count !== null) part("count").textContent = count;
    part("added").textContent = said;
  });
}

part("care").addEventListener("click", () => part("guide").showModal());
part("shut").addEventListener("click", () => part("guide").close());

const review = part("review");
review.addEventListener("submit", async (event) => {
  event.preventDefault();
  const stars = review.querySelector("star-rating").value;
  const answer = await post("/review", { stars, words: review.elements.review.value });
  part("reviewed").textContent = answer.text;
  if (answer.ok) review.reset();
});
