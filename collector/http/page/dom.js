// Making and keeping elements. Text goes in as text only: what hosts say is never markup.

import { collectorNow, localText, spanText, whenText } from "./time.js";

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

// A <time> in UTC with the local time as its title. Empty for a time that is not known.
export function timeElement(className) {
  return make("time", className);
}
export function setTime(element, rfc3339OrMs, millis = false) {
  const ms = typeof rfc3339OrMs === "number" ? rfc3339OrMs : Date.parse(rfc3339OrMs ?? "");
  if (Number.isNaN(ms)) {
    setText(element, "");
    return;
  }
  setText(element, whenText(ms, millis));
  const iso = new Date(ms).toISOString();
  if (element.dateTime !== iso) {
    element.dateTime = iso;
    element.title = localText(ms);
  }
}

// A span that counts up by itself: "42 s".
export function ageElement(className = "") {
  return make("span", `age ${className}`.trim());
}
export function setAge(element, rfc3339) {
  const ms = Date.parse(rfc3339 ?? "");
  element.since = Number.isNaN(ms) ? null : ms;
  tickAge(element);
}
function tickAge(element) {
  setText(element, element.since == null ? "" : spanText(collectorNow() - element.since));
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
