// Brings one file to the server in parts (docs/api.md, uploads). After a line that broke it goes on where the server says.

// The server's words for why not. `again`: whether another try may end otherwise.
class Refused extends Error {
  constructor(status, problem) {
    const wrong = (problem.errors ?? []).map((one) => one.detail).join(" ");
    super(status === 401 ? "You are signed out. Sign in again, in another tab, then try again." : wrong || problem.detail);
    this.status = status;
    this.code = problem.code ?? "";
    this.first = problem.first?.id ?? "";
    this.again = [401, 403, 404].includes(status) || this.code === "recording.too_many_uploads";
  }
}

// Nothing was refused, and nothing is known: the line, or the server, is away. `wait`: seconds that it asked for.
class LineLost extends Error {
  constructor(wait = 0, why = "The line is lost.") {
    super(why);
    this.wait = wait;
  }
}

class GivenUp extends Error {}

class Sending {
  static tries = 8;
  static digested = 32 * 1024 * 1024; // bytes: a larger file is not read into memory for its digest

  // `tells(kind, value)` hears of "sent" (bytes), "received" (all are there) and "waits" (seconds until it goes on).
  constructor(file, { api, csrf, part, endUser, tells }) {
    Object.assign(this, { file, api, csrf, part, endUser, tells, id: "", offset: 0, restarts: 0 });
    this.ending = new AbortController();
  }

  // Resolves with the recording. Rejects with Refused, GivenUp, and LineLost after the last try.
  async bring() {
    for (let failures = 0; ; ) {
      const before = this.offset;
      try {
        return await this.go();
      } catch (error) {
        if (this.ending.signal.aborted) throw new GivenUp();
        if (!(error instanceof LineLost)) throw error;
        failures = this.offset > before ? 1 : failures + 1;
        if (failures >= Sending.tries) throw error;
        this.why = error.message;
        await this.pause(error.wait || Math.min(2 ** (failures - 1), 30), true);
      }
      if (this.id) await this.look().catch((error) => error instanceof LineLost || Promise.reject(error));
      if (this.recording) return this.recording;
    }
  }

  giveUp() {
    this.ending.abort();
    // It may be the last thing that the page does.
    if (!this.id || this.recording) return;
    this.ask(`${this.api}/${this.id}`, { method: "DELETE", keepalive: true }).catch(() => {});
  }

  hurry() {
    this.wake?.();
  }

  async go() {
    if (!this.id) await this.begin();
    for (;;) {
      const end = Math.min(this.offset + this.part, this.file.size);
      const { status, body } = await this.send(this.file.slice(this.offset, end));
      if (status === 200) {
        this.take(body);
        if (this.recording) return this.recording;
      } else if (body.code === "recording.wrong_offset") {
        this.offset = body.offset;
      } else if (body.code === "recording.upload_busy") {
        await this.pause(1);
        await this.look();
        if (this.recording) return this.recording;
      } else if (status === 404 && this.restarts === 0) {
        Object.assign(this, { id: "", offset: 0, restarts: 1 }); // it was cleared away meanwhile
        await this.begin();
      } else if (body.code === "recording.broken_off") {
        throw new LineLost();
      } else {
        throw new Refused(status, body);
      }
    }
  }

  async begin() {
    const unseen = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
    const wanted = { name: this.file.name.replace(unseen, "\ufffd").slice(0, 255), size: this.file.size };
    if (this.endUser) wanted.end_user = this.endUser;
    const digest = await this.digest();
    if (digest) wanted.sha256 = digest;
    const { status, body } = await this.ask(this.api, {
      method: "POST", body: JSON.stringify(wanted), headers: { "Content-Type": "application/json" },
    });
    if (status !== 201) throw new Refused(status, body);
    this.id = body.id;
    this.offset = body.offset;
  }

  // Empty where the browser has no digests (a page without TLS), or the file is large: the server digests it anyway.
  async digest() {
    if (!crypto.subtle || this.file.size > Sending.digested) return "";
    const bytes = await this.file.arrayBuffer().catch(() => null);
    if (!bytes) throw new Refused(0, { detail: "The file cannot be read. Was it moved, or changed, or is it a folder?" });
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async look() {
    const { status, body } = await this.ask(`${this.api}/${this.id}`);
    if (status === 200) this.take(body);
    else if (status !== 404) throw new Refused(status, body);
  }

  take(upload) {
    this.offset = upload.offset;
    this.recording = upload.recording;
    this.tells("sent", this.offset);
  }

  async ask(address, options = {}) {
    const headers = { Accept: "application/json", "X-CSRFToken": this.csrf, ...options.headers };
    const signal = options.keepalive ? undefined : this.ending.signal;
    const answer = await fetch(address, { ...options, headers, signal, redirect: "error" }).catch(() => null);
    if (!answer) throw new LineLost();
    const text = await answer.text().catch(() => "");
    return Sending.read(answer.status, text, answer.headers.get("Retry-After"));
  }

  // By XMLHttpRequest: it tells how much of a body has left.
  send(blob) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("PATCH", `${this.api}/${this.id}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("Upload-Offset", String(this.offset));
      request.setRequestHeader("X-CSRFToken", this.csrf);
      request.upload.addEventListener("progress", (event) => this.tells("sent", this.offset + event.loaded));
      request.upload.addEventListener("load", () => this.offset + blob.size === this.file.size && this.tells("received"));
      request.addEventListener("load", () => {
        try {
          resolve(Sending.read(request.status, request.responseText, request.getResponseHeader("Retry-After")));
        } catch (error) {
          reject(error);
        }
      });
      for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => reject(new LineLost()));
      this.ending.signal.addEventListener("abort", () => request.abort(), { once: true });
      request.send(blob);
    });
  }

  static read(status, text, wait) {
    if (status === 429) throw new LineLost(Number(wait) || 0, "The server is asked too much at the moment.");
    if (status >= 500) throw new LineLost(Number(wait) || 0, "The server has trouble at the moment.");
    try {
      return { status, body: text ? JSON.parse(text) : {} };
    } catch {
      throw new LineLost(); // somebody in between has answered
    }
  }

  // So many seconds; less where the line comes back, or somebody does not want to wait.
  pause(seconds, isTold = false) {
    if (isTold) this.tells("waits", seconds);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), seconds * 1000);
      this.wake = () => {
        clearTimeout(timer);
        removeEventListener("online", this.wake);
        this.wake = null;
        resolve();
      };
      addEventListener("online", this.wake);
      this.ending.signal.addEventListener("abort", () => this.wake?.(), { once: true });
    });
  }
}
