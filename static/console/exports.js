// Follows exports that are under way: how far they are is asked for each second, and the list is renewed at each end.
const told = document.querySelector("[data-told]");
let failures = 0;
const later = () => setTimeout(look, Math.min(1000 * 2 ** failures, 15000));
const list = () => document.querySelector("#exports");
const renew = async () => {
  const text = await (await fetch(location.href)).text();
  const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("#exports");
  if (!fresh) return location.reload(); // signed out meanwhile
  const held = list().contains(document.activeElement);
  list().replaceWith(document.adoptNode(fresh));
  if (held) document.querySelector("main").focus();
};
const show = (row, now) => {
  row.querySelector("[data-badge]").textContent = now.words;
  row.querySelector("progress").value = now.looked;
  row.querySelector("[data-looked]").textContent = now.says;
};
async function look() {
  const address = list().dataset.exports;
  if (!address) return;
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (answer.status === 404) return location.reload(); // signed out, or gone
    if (!answer.ok) throw new Error(String(answer.status));
    const now = (await answer.json()).exports;
    failures = 0;
    let ended = 0;
    for (const row of list().querySelectorAll("[data-export]")) {
      if (!row.querySelector("progress")) continue;
      if (now[row.dataset.export]) show(row, now[row.dataset.export]);
      else ended += 1;
    }
    if (ended) {
      await renew();
      told.textContent = ended === 1 ? "An export has ended." : `${ended} exports have ended.`;
    }
  } catch {
    failures += 1;
  }
  later();
}
if (list().dataset.exports) later();
