// Making and keeping elements. Text goes in as text only: what hosts say is never markup.

import { collectorNow, countingText, localText, toMs, wholeText, whenText } from "./time.js";

export const byId = (id) => document.getElementById(id);

// make("p", "note", "text", child, ...): strings become text nodes, null is left out.
export function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const child of children) {
    if (child !== null && child !== undefined) element.append(child);
  }
  return element;
}

// Touches the element only where something differs: selections and screen readers stay in peace.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
export function setClass(element, className) {
  if (element.className !== className) element.className = className;
}
export function setHidden(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

// Keeps `parent`'s children equal to `items`, one element a key, in order.
// `create(item)` makes an element, `update(element, item)` brings it up to date.
export function syncChildren(parent, items, key, create, update) {
  keepFocus(() => sync(parent, items, key, create, update));
}

// An element that is moved loses the focus: whoever works by keyboard gets it back.
function keepFocus(work) {
  const focused = document.activeElement;
  work();
  if (focused !== document.activeElement && focused?.isConnected) {
    focused.focus({ preventScroll: true });
  }
}

function sync(parent, items, key, create, update) {
  const known = parent.keyed ?? (parent.keyed = new Map());
  const wanted = new Set(items.map(key));
  for (const [k, element] of known) {
    if (!wanted.has(k)) {
      element.remove();
      known.delete(k);
    }
  }
  let place = parent.firstElementChild;
  for (const item of items) {
    const k = key(item);
    let element = known.get(k);
    if (!element) {
      element = create(item);
      known.set(k, element);
    }
    if (element === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(element, place);
    }
    update(element, item);
  }
}

// A <time> in UTC; every other form of the moment is its title. Empty when it is not known.
export function timeElement(className = "") {
  return make("time", className);
}
export function setTime(element, time, millis = false) {
  const ms = toMs(time);
  setText(element, ms === null ? "" : whenText(ms, millis));
  if (ms === null) return;
  const iso = new Date(ms).toISOString();
  if (element.dateTime !== iso) {
    element.dateTime = iso;
    element.title = wholeText(ms);
  }
}

// The same moment on the reader's own clock; empty where that is UTC.
export function setLocal(element, time) {
  const ms = toMs(time);
  setText(element, ms === null ? "" : localText(ms));
}

// "03:14:07.412 UTC (04:14:07 CET)".
export function moment(time) {
  const utc = timeElement();
  setTime(utc, time, true);
  const ms = toMs(time);
  const local = ms === null ? "" : localText(ms);
  return make("span", "moment", utc, local ? ` (${local})` : null);
}

// How long ago that was; counts up by itself: "42 s".
export function ageElement(className = "") {
  const element = make("span", `age ${className}`.trim());
  element.since = null;
  return element;
}
export function setAge(element, time) {
  element.since = toMs(time);
  tickAge(element);
}
function tickAge(element) {
  setText(element, element.since === null ? "" : countingText(collectorNow() - element.since));
}
export function tickAges() {
  for (const element of document.getElementsByClassName("age")) tickAge(element);
}

// A button that copies `text()`.
export function copyButton(label, text) {
  const button = make("button", "copy", label);
  button.type = "button";
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select and copy by hand";
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });
  return button;
}

// `colour`: "critical", "warning", "unknown", "ok" or "info".
export function badge(word, colour) {
  return make("span", `badge ${colour}`, word);
}
export function setBadge(element, word, colour) {
  setText(element, word);
  setClass(element, `badge ${colour}`);
}
