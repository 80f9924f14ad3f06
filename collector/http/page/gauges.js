// What checks measured, in the unit that a gauge's name says (Prometheus base units).

import { collectorNow, spanText, whenText } from "./time.js";

const NEAR_MS = 48 * 3600 * 1000;
const LAST_DATE_MS = 8e15; // what a Date holds

// "probe_duration_seconds" -> "probe duration"; "unit_restarts_total" of a unit -> "restarts".
export function gaugeName(kind, name) {
  const own = name.startsWith(`${kind}_`) ? name.slice(kind.length + 1) : name;
  return own.replace(/(_timestamp)?_(seconds|bytes|ratio|total)$/, "").replaceAll("_", " ");
}

export function gaugeText(name, value) {
  const number = Number(value);
  if (!Number.isFinite(number)) return String(value);
  if (name.endsWith("_timestamp_seconds")) return dateText(number * 1000);
  if (name.endsWith("_seconds")) return secondsText(number);
  if (name.endsWith("_bytes")) return bytesText(number);
  if (name.endsWith("_ratio")) return `${round(number * 100)} %`;
  return String(Number(number.toPrecision(6)));
}

const round = (number) => Number(number.toPrecision(3));

// "2027-01-15, in 54 d", or the time when it is near.
function dateText(ms) {
  if (Math.abs(ms) > LAST_DATE_MS) return String(ms / 1000);
  const away = ms - collectorNow();
  if (Math.abs(away) < NEAR_MS) return whenText(ms);
  const date = new Date(ms).toISOString().slice(0, 10);
  return away > 0 ? `${date}, in ${spanText(away)}` : `${date}, ${spanText(-away)} ago`;
}

function secondsText(seconds) {
  const size = Math.abs(seconds);
  if (size === 0) return "0 s";
  if (size < 1e-3) return `${round(seconds * 1e6)} \u00b5s`;
  if (size < 1) return `${round(seconds * 1e3)} ms`;
  if (size < 600) return `${round(seconds)} s`;
  return `${seconds < 0 ? "-" : ""}${spanText(size * 1000)}`;
}

function bytesText(bytes) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  for (; Math.abs(bytes) >= 1024 && unit < units.length - 1; unit += 1) bytes /= 1024;
  return `${round(bytes)} ${units[unit]}`;
}
