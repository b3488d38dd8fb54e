// What makes the console quicker. Everything on a page works without it.
const one = (selector, within = document) => within.querySelector(selector);

const themeSwitch = one("[data-theme-switch]");
if (themeSwitch) {
  themeSwitch.hidden = false;
  themeSwitch.addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("theme", document.documentElement.dataset.theme);
    } catch {
      // Not remembered, then.
    }
  });
}

// What cannot be taken back is asked about once more. The words come from the page, and stay words.
const confirmation = one("#confirm");
if (confirmation) {
  const asks = (form, button) => {
    if (form.dataset.confirm) return form.dataset.confirm;
    if (!("confirmAction" in form.dataset) || button?.name !== "index") return "";
    const chosen = form.querySelectorAll("[name=_selected_action]:checked").length;
    const action = one("[name=action]", form).selectedOptions[0];
    if (!chosen || !action.value) return "";
    return `${action.textContent}: ${chosen} ${chosen === 1 ? "row" : "rows"} chosen. Do it?`;
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const words = form.dataset.confirmed ? "" : asks(form, event.submitter);
    delete form.dataset.confirmed;
    if (!words) return;
    event.preventDefault();
    one("#confirm-words").textContent = words;
    confirmation.returnValue = "";
    confirmation.showModal();
    confirmation.addEventListener(
      "close",
      () => {
        if (confirmation.returnValue !== "yes") return;
        form.dataset.confirmed = "yes";
        form.requestSubmit(event.submitter);
      },
      { once: true },
    );
  });
}

one(".menu [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(one(`#${button.dataset.copy}`).textContent);
    one(`#${button.dataset.copy}-copied`).textContent = "Copied.";
  });
}

const progress = one("[data-progress]");
if (progress && ["waiting", "running"].includes(progress.dataset.state)) {
  const gone = () => {
    one("[role=status] .badge", progress).textContent = "Not known at the moment";
    setTimeout(look, 5000);
  };
  const look = async () => {
    let answer;
    try {
      answer = await fetch(progress.dataset.progress, { headers: { Accept: "application/json" } });
    } catch {
      return gone();
    }
    if (answer.status === 404) return location.reload(); // signed out meanwhile
    if (!answer.ok) return gone();
    const now = await answer.json();
    one("[role=status] .badge", progress).textContent = now.words;
    for (const [step, state] of Object.entries(now.steps)) one(`[data-step="${step}"]`, progress).className = state;
    progress.dataset.state = now.state;
    if (["failed", "done"].includes(now.state)) location.reload();
    else setTimeout(look, 1000);
  };
  setTimeout(look, 1000);
}
