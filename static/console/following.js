// Follows an object that changes by itself: a few words are asked for each second, and the page is renewed at the end.
const followed = document.querySelector("[data-follow]");
if (followed) {
  const told = document.querySelector("[data-told]");
  const address = followed.dataset.follow;
  let state = followed.dataset.state;
  let failures = 0;
  const later = (look) => setTimeout(look, Math.min(1000 * 2 ** failures, 15000));
  const renew = async () => {
    const text = await (await fetch(location.href)).text();
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector(`#${followed.id}`);
    if (!fresh) return location.reload(); // signed out meanwhile
    const open = followed.contains(document.activeElement);
    document.querySelector(`#${followed.id}`).replaceWith(document.adoptNode(fresh));
    if (open) document.querySelector("main").focus();
  };
  const show = (now) => {
    const badge = followed.querySelector("[data-badge] .badge");
    if (badge.textContent !== now.words) badge.textContent = now.words;
    for (const [key, step] of Object.entries(now.steps)) {
      const item = followed.querySelector(`[data-step="${key}"]`);
      item.className = step.stands;
      item.querySelector(".life-words").textContent = step.words;
      item.querySelector(".life-note").textContent = step.note;
    }
    if (now.state !== state) told.textContent = now.words;
    state = now.state;
  };
  const look = async () => {
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.status === 404) return location.reload(); // signed out, or gone
      if (!answer.ok) throw new Error(String(answer.status));
      const now = await answer.json();
      failures = 0;
      show(now);
      if (!now.working) return await renew();
    } catch {
      failures += 1;
    }
    later(look);
  };
  later(look);
}
