// <safe-media>: shows material only while a person holds a key or the pointer, and says so to the server each time.
// Never loads anything by itself, never plays while hidden, never plays sound unless asked.

"use strict";

const PROGRESS_EVERY_MS = 1000;
const SAMPLE_EVERY_MS = 100;
const PART_MARGIN_SECONDS = 0.25; // a stretch ends with the last frame that was hashed, not with what is seen

class SafeMedia extends HTMLElement {
  connectedCallback() {
    this.stage = this.querySelector(".stage");
    this.status = this.querySelector("[data-status]");
    this.seen = this.querySelector("[data-seen]");
    this.holdButton = this.querySelector("[data-hold]");
    if (!this.holdButton) return; // no lease or no permission: the server rendered no way to look
    this.seekBar = this.querySelector("[data-seekbar]");
    this.position = this.querySelector("[data-position]");
    this.medium = null;
    this.view = null;
    this.wanted = false;
    this.revealed = false;
    this.startAt = 0;
    this.parts = [...this.querySelectorAll("[data-part]")];
    this.playheads = [...this.querySelectorAll("[data-playhead]")];
    this.bindHold();
    this.bindTools();
    this.bindStretches();
  }

  disconnectedCallback() {
    this.release();
  }

  get isVideo() {
    return this.medium instanceof HTMLVideoElement;
  }

  get canReveal() {
    return Boolean(this.holdButton);
  }

  bindHold() {
    for (const target of [this.stage, this.holdButton]) {
      target.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        target.setPointerCapture(event.pointerId);
        this.hold();
      });
      for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
        target.addEventListener(end, () => this.release());
      }
      target.addEventListener("contextmenu", (event) => event.preventDefault());
    }
    this.holdButton.addEventListener("keydown", (event) => {
      if (event.key !== " " && event.key !== "Enter") return;
      event.preventDefault();
      if (!event.repeat) this.hold();
    });
    this.holdButton.addEventListener("keyup", () => this.release());
    this.holdButton.addEventListener("blur", () => this.release());
  }

  bindTools() {
    this.seekBar?.addEventListener("input", () => this.seek(Number(this.seekBar.value)));
    this.querySelector("[data-colour]")?.addEventListener("change", (event) => {
      this.stage.classList.toggle("colour", event.target.checked);
    });
    this.querySelector("[data-sound]")?.addEventListener("change", (event) => {
      if (this.isVideo) this.medium.muted = !event.target.checked;
    });
    this.querySelector("[data-speed]")?.addEventListener("change", (event) => {
      if (this.isVideo) this.medium.playbackRate = Number(event.target.value);
    });
  }

  // A click on a matched stretch moves to its beginning. It shows nothing: only holding does.
  bindStretches() {
    for (const stretch of this.querySelectorAll("[data-stretch]")) {
      stretch.classList.add("seekable");
      stretch.addEventListener("click", () => this.seek(Number(stretch.dataset.stretch)));
    }
  }

  async hold() {
    if (!this.canReveal || this.wanted) return;
    this.wanted = true;
    this.holdButton.classList.add("held");
    const turn = (this.turn = Symbol("turn")); // an answer to an earlier hold must not reveal during a later one
    this.say("Asking …");
    let view;
    try {
      view = await this.startView();
      if (!this.medium) await this.load(view.media);
    } catch (problem) {
      if (turn === this.turn) this.say(problem.message);
      return;
    }
    if (turn !== this.turn || !this.wanted) return;
    this.view = { id: view.view, ranges: [], began: performance.now(), shownMs: 0, segment: null };
    this.reveal();
  }

  async startView() {
    return post(this.dataset.viewsUrl, {
      sha256: this.dataset.sha256,
      purpose: this.querySelector("[data-purpose]")?.value ?? "decide",
    });
  }

  load(url) {
    return new Promise((resolve, reject) => {
      const video = this.dataset.kind === "video";
      const medium = document.createElement(video ? "video" : "img");
      const fail = () => {
        medium.remove();
        reject(new Error("This browser cannot show the file. Judge by the findings."));
      };
      const ready = () => {
        this.medium = medium;
        this.stage.classList.add("loaded");
        this.markParts(this.startAt);
        resolve();
      };
      medium.addEventListener("error", fail, { once: true });
      if (video) {
        medium.muted = !this.querySelector("[data-sound]")?.checked;
        medium.playsInline = true;
        medium.preload = "auto";
        medium.disablePictureInPicture = true;
        medium.playbackRate = Number(this.querySelector("[data-speed]")?.value ?? 1);
        medium.addEventListener("seeking", () => this.closeSegment());
        medium.addEventListener("seeked", () => this.revealed && this.openSegment());
        medium.addEventListener("ended", () => this.closeSegment());
        medium.addEventListener("loadeddata", () => {
          if (this.startAt) medium.currentTime = this.startAt;
          ready();
        }, { once: true });
      } else {
        medium.alt = "";
        medium.draggable = false;
        medium.addEventListener("load", ready, { once: true });
      }
      this.stage.prepend(medium);
      medium.src = url;
    });
  }

  reveal() {
    this.revealed = true;
    this.stage.classList.add("revealed");
    if (this.isVideo) {
      if (this.medium.ended) this.medium.currentTime = 0;
      else this.openSegment();
      this.medium.play().catch(() => {});
    }
    this.lastTick = performance.now();
    this.lastPost = this.lastTick;
    this.timer = setInterval(() => this.tick(), SAMPLE_EVERY_MS);
  }

  release() {
    if (!this.wanted) return;
    this.wanted = false;
    this.turn = null;
    this.holdButton.classList.remove("held");
    if (!this.revealed) {
      this.say("Hidden.");
      return;
    }
    this.tick(); // the last fraction of a second was seen, too
    this.revealed = false;
    this.stage.classList.remove("revealed");
    clearInterval(this.timer);
    this.closeSegment();
    this.medium.pause?.();
    this.say("Hidden.");
    this.sendProgress();
  }

  tick() {
    if (!this.revealed) return;
    const now = performance.now();
    this.view.shownMs += now - this.lastTick;
    this.lastTick = now;
    if (this.isVideo) this.sample();
    if (now - this.lastPost >= PROGRESS_EVERY_MS) {
      this.lastPost = now;
      this.sendProgress();
    }
  }

  sample() {
    const { currentTime, duration, paused, seeking } = this.medium;
    if (this.seekBar && Number.isFinite(duration)) {
      this.seekBar.max = String(duration);
      this.seekBar.value = String(currentTime);
    }
    this.showPosition(currentTime, duration);
    if (paused || seeking || !this.view.segment) return;
    this.view.segment[1] = Math.max(this.view.segment[1], currentTime);
  }

  openSegment() {
    this.closeSegment();
    this.view.segment = [this.medium.currentTime, this.medium.currentTime];
  }

  closeSegment() {
    const view = this.view;
    if (!view?.segment) return;
    if (this.medium.ended) view.segment[1] = this.medium.duration;
    view.ranges.push(view.segment);
    view.segment = null;
  }

  sendProgress() {
    const view = this.view;
    const ranges = [...view.ranges, ...(view.segment ? [view.segment] : [])];
    post(this.dataset.progressUrl.replace("VIEW", view.id), {
      ranges: ranges.map(([start, end]) => `${start.toFixed(3)}-${end.toFixed(3)}`).join(","),
      revealed_ms: String(Math.round(view.shownMs)),
    }).then((answer) => this.showSeen(answer), () => {});
  }

  showSeen(answer) {
    if (this.seen) this.seen.textContent = answer.text;
    const classes = answer.whole && this.closest(".item")?.querySelector("[data-needs-whole]");
    if (!classes) return;
    classes.disabled = false; // the server refuses a classification by anybody who has not seen the whole file
    classes.querySelector("[data-why]").hidden = true;
  }

  showPosition(seconds, duration) {
    if (this.position) this.position.textContent = `${formatSeconds(seconds)} of ${formatSeconds(duration || 0)}`;
    for (const line of this.playheads) {
      const x = duration ? String((1000 * seconds) / duration) : "-9";
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
    this.markParts(seconds);
  }

  // The frame around the part that matches shows during its stretch, over the hidden picture as over the shown one.
  markParts(seconds) {
    for (const part of this.parts) {
      const [from, to] = part.dataset.part.split(" ").map(Number);
      const on = !this.seekBar || (seconds >= from - PART_MARGIN_SECONDS && seconds <= to + PART_MARGIN_SECONDS);
      part.classList.toggle("on", on);
    }
  }

  seek(seconds) {
    this.startAt = seconds;
    if (this.isVideo) this.medium.currentTime = seconds;
    if (this.seekBar) this.seekBar.value = String(seconds);
    this.showPosition(seconds, this.medium?.duration || Number(this.seekBar?.max));
  }

  say(text) {
    if (this.status) this.status.textContent = text;
  }
}

async function post(url, fields) {
  const answer = await fetch(url, {
    method: "POST",
    keepalive: true, // the last progress is sent while the page goes away
    credentials: "same-origin",
    headers: {
      "X-CSRF-Token": document.querySelector("meta[name=csrf]").content,
      Accept: "application/json",
    },
    body: new URLSearchParams(fields),
  });
  const isJson = answer.headers.get("content-type")?.startsWith("application/json");
  const body = isJson ? await answer.json() : {};
  if (!answer.ok) throw new Error(body.message ?? "The server refused. Load the page again.");
  return body;
}

function formatSeconds(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - minutes * 60).toFixed(1).padStart(4, "0")}`;
}

function hideAll() {
  for (const element of document.querySelectorAll("safe-media")) element.release?.();
}

customElements.define("safe-media", SafeMedia);
window.addEventListener("blur", hideAll);
window.addEventListener("pagehide", hideAll);
document.addEventListener("visibilitychange", () => document.hidden && hideAll());
document.addEventListener("keydown", (event) => event.key === "Escape" && hideAll());
