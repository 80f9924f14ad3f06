// Times and spans for people: UTC as in every message and log, the reader's own time beside it.

let skew = 0; // collector's clock minus this browser's, in ms

export function setCollectorNow(rfc3339) {
  const at = Date.parse(rfc3339);
  if (!Number.isNaN(at)) skew = at - Date.now();
}

export function collectorNow() {
  return Date.now() + skew;
}

// Milliseconds since the epoch of an RFC 3339 text or of such a number; null when unknown.
export function toMs(time) {
  const ms = typeof time === "number" ? time : Date.parse(time ?? "");
  return Number.isNaN(ms) ? null : ms;
}

export function nsToMs(ns) {
  return Number(BigInt(ns) / 1000000n);
}

// "03:14:07 UTC" today, "2026-11-21 03:14 UTC" on other days; milliseconds where asked for.
export function whenText(ms, millis = false) {
  const iso = new Date(ms).toISOString();
  const today = new Date(collectorNow()).toISOString().slice(0, 10);
  if (iso.slice(0, 10) === today) return `${iso.slice(11, millis ? 23 : 19)} UTC`;
  return `${iso.slice(0, 10)} ${iso.slice(11, millis ? 23 : 16)} UTC`;
}

const localClock = new Intl.DateTimeFormat(undefined, { hourCycle: "h23",
  hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
const localDay = new Intl.DateTimeFormat("en-GB", { weekday: "short" });
const utcDay = new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: "UTC" });

// The reader's own clock: "04:14:07 CET", "Sat 22:14:07 EST" where it is another day than in UTC,
// empty where it is UTC.
export function localText(ms) {
  const at = new Date(ms);
  if (at.getTimezoneOffset() === 0) return "";
  const day = localDay.format(at);
  return `${day === utcDay.format(at) ? "" : `${day} `}${localClock.format(at)}`;
}

// Everything about a moment, for whoever points at it.
export function wholeText(ms) {
  const utc = new Date(ms).toISOString().replace("T", " ").replace("Z", " UTC");
  return `${utc}\n${new Date(ms).toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" })}`;
}

// "0.4 s", "42 s", "7 min 5 s", "42 min", "3 h 20 min", "12 d".
export function spanText(ms) {
  const s = Math.max(0, ms) / 1000;
  if (s < 10) return `${Math.floor(s * 10) / 10} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  const min = Math.floor(s / 60);
  if (min < 10) return s % 60 < 1 ? `${min} min` : `${min} min ${Math.floor(s % 60)} s`;
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 48) return min % 60 === 0 ? `${h} h` : `${h} h ${min % 60} min`;
  return `${Math.floor(h / 24)} d`;
}

// The same without fractions, for what counts on the screen.
export function countingText(ms) {
  return spanText(Math.floor(Math.max(0, ms) / 1000) * 1000);
}
