// The console's script: dead buttons until a thing has been looked at, shortcuts, clocks, the live queue.
// Nothing here is a gate: the server refuses whatever this file would prevent.

"use strict";

document.documentElement.classList.add("scripted");

const QUEUE_EVERY_MS = 15000;
const PAGE_EVERY_MS = 2000;
const armed = new WeakSet();
const sent = new WeakSet();

// Submitting --------------------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (sent.has(form) || (form.matches("form.decide") && !armed.has(form))) {
    event.preventDefault();
    return;
  }
  sent.add(form);
}, true);

window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());

document.addEventListener("keydown", (event) => {
  const activates = event.key === "Enter" || event.key === " ";
  if (event.repeat && activates && event.target.closest("button, a, summary, input")) event.preventDefault();
  if (event.key === "Enter" && event.target.matches("form.decide input")) event.preventDefault(); // no implicit submit
}, true);

// A decide form comes alive only after its item has been on screen for the set time, without a break -----------------

function armForms() {
  for (const form of document.querySelectorAll("form.decide")) watchForm(form, Number(form.dataset.delay));
}

function watchForm(form, delay) {
  const buttons = form.querySelectorAll("button[type=submit]");
  const note = form.querySelector("[data-wait]");
  let since = null;
  let onScreen = false;
  for (const button of buttons) button.disabled = true;
  const observer = new IntersectionObserver(([entry]) => {
    const half = Math.min(entry.boundingClientRect.height, window.innerHeight) / 2;
    onScreen = entry.isIntersecting && entry.intersectionRect.height >= half;
  }, { threshold: [0, 0.1, 0.25, 0.5, 0.75, 1] });
  observer.observe(form.closest("[data-item]") ?? form);
  const timer = setInterval(() => {
    if (!onScreen || document.hidden) {
      since = null;
      if (note) note.textContent = "";
      return;
    }
    since ??= performance.now();
    const left = delay - (performance.now() - since);
    if (left > 0) {
      if (note) note.textContent = `${(left / 1000).toFixed(1)} s`;
      return;
    }
    clearInterval(timer);
    observer.disconnect();
    armed.add(form);
    if (note) note.textContent = "";
    for (const button of buttons) button.disabled = false;
  }, 50);
}

// Shortcuts ---------------------------------------------------------------------------------------------------------

let active = null;

function items() {
  return [...document.querySelectorAll(".item")];
}

function visibleHeight(item) {
  const box = item.getBoundingClientRect();
  return Math.min(box.bottom, window.innerHeight) - Math.max(box.top, 0);
}

// The file that shortcuts act on: the one that has the focus while it is on screen, else the one that fills most of it.
function chooseActive() {
  const all = items();
  const focused = document.activeElement?.closest(".item");
  if (focused && visibleHeight(focused) > 0) setActive(focused);
  else if (all.length) setActive(all.reduce((a, b) => (visibleHeight(b) > visibleHeight(a) + 1 ? b : a)));
}

function setActive(item) {
  active = item;
  for (const other of items()) other.classList.toggle("active", other === item && items().length > 1);
}

function step(direction) {
  const all = items();
  const next = all[Math.min(Math.max(all.indexOf(active) + direction, 0), all.length - 1)];
  if (!next) return;
  next.scrollIntoView({ block: "start" });
  next.focus({ preventScroll: true });
}

function handleShortcut(event) {
  if (event.repeat || event.isComposing || event.altKey || event.metaKey) return;
  if (event.ctrlKey) {
    if (event.key === "Enter") submitActive(event);
    return;
  }
  if (event.target.closest("textarea, select, input[type=text], input[type=search], input[type=password]")) return;
  const key = event.key.toLowerCase();
  if (key === "v") active?.querySelector("safe-media")?.hold?.();
  else if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (key === "r") focusReason(event);
  else if (/^[1-9]$/.test(key)) chooseVerdict(Number(key));
}

function submitActive(event) {
  const form = event.target.closest("form.decide") ?? active?.querySelector("form.decide");
  if (!form) return;
  event.preventDefault();
  if (armed.has(form)) form.requestSubmit();
}

function focusReason(event) {
  const field = active?.querySelector("form.decide textarea");
  if (!field) return;
  event.preventDefault();
  field.focus();
}

function chooseVerdict(place) {
  const radio = active?.querySelectorAll("form.decide input[name=verdict]")[place - 1];
  if (!radio) return;
  radio.checked = true;
  radio.focus();
}

function bindShortcuts() {
  if (!items().length) return;
  chooseActive();
  document.addEventListener("scroll", () => requestAnimationFrame(chooseActive), { passive: true });
  document.addEventListener("focusin", chooseActive);
  document.addEventListener("keydown", handleShortcut);
  document.addEventListener("keyup", (event) => {
    if (event.key.toLowerCase() === "v") document.querySelectorAll("safe-media").forEach((media) => media.release?.());
  });
}

// Times in the frame table become buttons that move the video there --------------------------------------------------

function bindSeeks() {
  for (const cell of document.querySelectorAll("[data-seek]")) {
    const media = cell.closest(".item")?.querySelector("safe-media");
    if (!media?.canReveal) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = cell.textContent.trim();
    button.title = "Move the video to this moment";
    button.addEventListener("click", () => media.seek(Number(cell.dataset.seek)));
    cell.replaceChildren(button);
  }
}

// Clocks ------------------------------------------------------------------------------------------------------------

function formatSpan(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function tickClocks() {
  for (const clock of document.querySelectorAll("[data-due]")) {
    const left = (Date.parse(clock.dataset.due) - Date.now()) / 1000;
    clock.textContent = left >= 0 ? `${formatSpan(left)} left` : `${formatSpan(-left)} overdue`;
    clock.classList.toggle("clock-overdue", left < 0);
    clock.classList.toggle("clock-soon", left >= 0 && left < 3600);
  }
  for (const note of document.querySelectorAll("[data-applies]")) {
    const left = Math.ceil((Date.parse(note.dataset.applies) - Date.now()) / 1000);
    note.textContent = left > 0 ? `applies in ${left} s` : "is being applied";
    if (left > 0) continue;
    for (const button of note.closest(".notice").querySelectorAll("button")) button.disabled = true;
  }
}

// The queue renews itself -------------------------------------------------------------------------------------------

async function renewLive() {
  if (document.hidden) return;
  let answer;
  try {
    answer = await fetch(window.location.href, { credentials: "same-origin", headers: { Accept: "text/html" } });
  } catch {
    return; // the server is away for a moment; the next turn tries again
  }
  if (answer.redirected) {
    window.location.reload();
    return;
  }
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (next && next.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceWith(next);
  }
  tickClocks();
}

// A page about something under way loads itself again once that has changed -----------------------------------------

function isInUse() {
  const fields = [...document.querySelectorAll("textarea, input[type=text]")];
  if (fields.some((field) => field === document.activeElement || field.value !== field.defaultValue)) return true;
  const boxes = [...document.querySelectorAll("form input[type=radio], form input[type=checkbox]")];
  if (boxes.some((box) => box.checked !== box.defaultChecked)) return true;
  return document.querySelector(".stage.loaded") !== null; // somebody has begun to look; do not take it away
}

async function renewPage() {
  const mark = document.getElementById("renew");
  if (document.hidden || isInUse() || Date.parse(mark.dataset.renewFrom ?? 0) > Date.now()) return;
  let answer;
  try {
    answer = await fetch(window.location.href, { credentials: "same-origin", headers: { Accept: "text/html" } });
  } catch {
    return; // the server is away for a moment; the next turn tries again
  }
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("renew");
  if ((answer.redirected || fresh?.dataset.renew !== mark.dataset.renew) && !isInUse()) window.location.reload();
}

document.addEventListener("DOMContentLoaded", () => {
  armForms();
  bindShortcuts();
  bindSeeks();
  tickClocks();
  setInterval(tickClocks, 1000);
  if (document.querySelector("[data-live]")) setInterval(renewLive, QUEUE_EVERY_MS);
  if (document.getElementById("renew")) setInterval(renewPage, PAGE_EVERY_MS);
});
