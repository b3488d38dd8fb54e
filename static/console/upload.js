// The upload page: files are dropped or chosen, sent two at a time, and followed until their spec is ready.
const uploads = document.querySelector("[data-uploads]");
if (uploads) {
  const MOST = 200; // files that wait or are being sent: who has more has a program
  const TOGETHER = 2;
  const zone = uploads.querySelector("[data-drop]");
  const chooser = uploads.querySelector("input[type=file]");
  const endUser = uploads.querySelector("[name=end_user]");
  const list = uploads.querySelector("[data-files]");
  const told = uploads.querySelector("[data-told]");
  const refusal = uploads.querySelector("[data-refusal]");
  const rows = [];
  const busy = new Set(["waiting", "sending", "checking", "lost"]);

  const size = (bytes) => {
    const units = ["bytes", "KB", "MB", "GB"];
    let unit = 0;
    for (; bytes >= 1024 && unit < 3; unit += 1) bytes /= 1024;
    return `${unit ? bytes.toFixed(1) : bytes} ${units[unit]}`;
  };
  const element = (name, words = "", more = {}) => {
    const made = Object.assign(document.createElement(name), more);
    made.textContent = words;
    return made;
  };

  class Row {
    constructor(file) {
      this.file = file;
      this.endUser = endUser.value;
      const unseen = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
      this.name = file.name.replace(unseen, "\ufffd");
      this.item = element("li", "", { tabIndex: -1 });
      this.says = element("p", "", { className: "file-says" });
      this.acts = element("div", "", { className: "file-acts" });
      this.bar = element("progress", "", { max: file.size || 1, value: 0 });
      this.bar.setAttribute("aria-label", `Sent of ${this.name}`);
      const head = element("div", "", { className: "file-head" });
      head.append(element("bdi", this.name, { className: "name" }));
      head.append(element("span", size(file.size), { className: "faint" }));
      this.item.append(head, this.bar, this.says, this.acts);
      list.append(this.item);
      this.become("waiting", "Waits for its turn");
    }

    become(state, words, acts = []) {
      const focused = this.acts.contains(document.activeElement);
      this.state = state;
      this.item.className = state;
      this.says.textContent = words;
      this.bar.hidden = !["sending", "lost", "checking"].includes(state);
      const made = busy.has(state) ? [...acts, this.button("Cancel", () => this.cancel())] : acts;
      this.acts.replaceChildren(...made);
      if (focused) (made[0] ?? this.item).focus();
      tell();
    }

    button(words, does) {
      const made = element("button", words, { type: "button", className: "small" });
      made.setAttribute("aria-label", `${words}: ${this.name}`);
      made.addEventListener("click", does);
      return made;
    }

    link(id, words) {
      const made = element("a", words, { href: `${uploads.dataset.recordings}${id}/` });
      made.setAttribute("aria-label", `${words}: ${this.name}`);
      return made;
    }

    tries(words = "Try again") {
      return this.button(words, () => {
        this.become("waiting", "Waits for its turn");
        next();
      });
    }

    async start() {
      this.sending ??= new Sending(this.file, {
        api: uploads.dataset.api, csrf: uploads.querySelector("[name=csrfmiddlewaretoken]").value,
        part: Number(uploads.dataset.part), endUser: this.endUser, tells: (kind, value) => this.hear(kind, value),
      });
      this.become("sending", "Is being sent");
      try {
        const recording = await this.sending.bring();
        this.recording = recording.id;
        this.become("following", "Received", [this.link(recording.id, "Look at it")]);
      } catch (error) {
        this.fail(error);
      }
      next();
    }

    fail(error) {
      if (error instanceof GivenUp) return;
      if (error instanceof LineLost)
        return this.become("refused", `${error.message} What was sent is kept for an hour.`, [this.tries("Go on")]);
      if (error instanceof Refused) {
        if (!error.again || error.status === 404) this.sending = null;
        const way = error.first ? [this.link(error.first, "Look at the first one")] : error.again ? [this.tries()] : [];
        return this.become(error.first ? "duplicate" : "refused", error.message, way);
      }
      this.become("refused", "Something went wrong in this page. Load it again, and choose the file once more.");
      throw error;
    }

    hear(kind, value) {
      if (kind === "sent") {
        this.bar.value = value;
        if (this.state === "lost") this.become("sending", "Is being sent");
        if (this.state === "sending") this.says.textContent = `${size(value)} of ${size(this.file.size)} sent`;
      } else if (kind === "received" && this.state === "sending") {
        this.become("checking", "All is sent. It is being read.");
      } else if (kind === "waits") {
        const again = this.button("Try now", () => this.sending.hurry());
        this.become("lost", `${this.sending.why} It goes on in ${value} s, where it stopped.`, [again]);
      }
    }

    cancel() {
      this.sending?.giveUp();
      this.sending = null;
      this.become("cancelled", "Cancelled. Nothing of it is kept.", [this.tries("Send it after all")]);
      next();
    }

    // How its spec is coming along, by the address that the recording's own page follows.
    async follow() {
      const answer = await fetch(`${uploads.dataset.recordings}${this.recording}/state/`).catch(() => null);
      if (!answer?.ok) return;
      const now = await answer.json();
      if (now.working) {
        this.says.textContent = now.steps.made.note ? `${now.words}: ${now.steps.made.note}` : now.words;
        return;
      }
      const failed = now.state === "failed";
      const ready = now.steps.ready.stands === "done" ? "Its spec is ready" : now.words;
      const words = failed ? `No spec was made. ${now.why}` : ready;
      this.become(failed ? "failed" : "ready", words, [this.link(this.recording, failed ? "What to do" : "Look at it")]);
    }
  }

  function next() {
    const sending = rows.filter((row) => ["sending", "checking", "lost"].includes(row.state)).length;
    for (const row of rows.filter((one) => one.state === "waiting").slice(0, Math.max(0, TOGETHER - sending))) row.start();
  }

  function tell() {
    const count = (...states) => rows.filter((row) => states.includes(row.state)).length;
    const parts = [
      [count("waiting"), "waiting"], [count("sending", "checking", "lost"), "being sent"],
      [count("following"), "being made"], [count("ready"), "ready"], [count("failed"), "failed"],
      [count("refused", "duplicate"), "not taken"],
    ];
    const words = parts.filter(([number]) => number).map(([number, what]) => `${number} ${what}`).join(", ");
    if (told.textContent !== words) told.textContent = words;
  }

  function add(files) {
    const open = rows.filter((row) => busy.has(row.state)).length;
    refusal.hidden = files.length + open <= MOST;
    if (!refusal.hidden) {
      const already = open ? `, and ${open} are on their way` : "";
      refusal.textContent = `${files.length.toLocaleString("en")} files at once are too many for a page: it takes ${MOST}` +
        `${already}. None was taken. Choose fewer, or let a program send them by the API.`;
      return;
    }
    for (const file of files) {
      const row = new Row(file);
      rows.push(row);
      if (!file.size) row.become("refused", "It is empty, or a folder. Choose the files themselves.");
    }
    tell();
    next();
  }

  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    addEventListener(kind, (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault(); // a file dropped beside the field would replace the page
      zone.classList.toggle("over", ["dragenter", "dragover"].includes(kind) && zone.contains(event.target));
      if (kind === "drop" && zone.contains(event.target)) add([...event.dataTransfer.files]);
    });
  }
  chooser.addEventListener("change", () => {
    add([...chooser.files]);
    chooser.value = "";
  });
  addEventListener("beforeunload", (event) => {
    if (rows.some((row) => busy.has(row.state))) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    for (const row of rows) if (row.sending && row.state !== "following") row.sending.giveUp();
  });

  let turn = 0;
  const followOne = async () => {
    const followed = rows.filter((row) => row.state === "following");
    if (followed.length) await followed[turn++ % followed.length].follow().catch(() => {});
    setTimeout(followOne, followed.length > 1 ? 400 : 1000);
  };
  uploads.hidden = false;
  followOne();
}
