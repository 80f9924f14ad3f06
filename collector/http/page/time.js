// Times and numbers for people. UTC everywhere; the local time is one hover away.

let skew = 0; // collector's clock minus this browser's, in ms

export function setCollectorNow(rfc3339) {
  const at = Date.parse(rfc3339);
  if (!Number.isNaN(at)) skew = at - Date.now();
}

export function collectorNow() {
  return Date.now() + skew;
}

const two = (n) => String(n).padStart(2, "0");

export function clockText(ms) {
  const t = new Date(ms);
  return `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())} UTC`;
}

// "03:14:07 UTC" today, with its date on other days; milliseconds where asked for.
export function whenText(ms, millis = false) {
  const iso = new Date(ms).toISOString();
  const clock = iso.slice(11, millis ? 23 : 19);
  const today = new Date(collectorNow()).toISOString().slice(0, 10);
  return iso.slice(0, 10) === today ? `${clock} UTC` : `${iso.slice(0, 10)} ${clock} UTC`;
}

export function localText(ms) {
  return new Date(ms).toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
}

// "0.4 s", "42 s", "7 min", "3 h 20 min", "12 d".
export function spanText(ms) {
  const s = Math.max(0, ms) / 1000;
  if (s < 10) return `${Math.floor(s * 10) / 10} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 48) return min % 60 === 0 ? `${h} h` : `${h} h ${min % 60} min`;
  return `${Math.floor(h / 24)} d`;
}

export function nsToMs(ns) {
  return Number(BigInt(ns) / 1000000n);
}

// "2027-01-15, in 54 d", or the time when it is near.
function dateText(ms) {
  if (Math.abs(ms) > 8e15) return String(ms / 1000); // beyond what a Date holds
  const away = ms - collectorNow();
  if (Math.abs(away) < 48 * 3600 * 1000) return whenText(ms);
  const date = new Date(ms).toISOString().slice(0, 10);
  return away > 0 ? `${date}, in ${spanText(away)}` : `${date}, ${spanText(-away)} ago`;
}

// A gauge in the unit that its name says (Prometheus base units).
export function gaugeText(name, value) {
  const number = Number(value);
  if (!Number.isFinite(number)) return String(value);
  if (name.endsWith("_timestamp_seconds")) return dateText(number * 1000);
  if (name.endsWith("_seconds")) {
    if (number === 0) return "0 s";
    if (Math.abs(number) < 1e-3) return `${Number((number * 1e6).toPrecision(3))} \u00b5s`;
    if (Math.abs(number) < 1) return `${Number((number * 1e3).toPrecision(3))} ms`;
    return Math.abs(number) < 600 ? `${Number(number.toPrecision(3))} s` : spanText(number * 1000);
  }
  if (name.endsWith("_bytes")) {
    const units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let size = number;
    let unit = 0;
    while (Math.abs(size) >= 1024 && unit < units.length - 1) {
      size /= 1024;
      unit += 1;
    }
    return `${Number(size.toPrecision(3))} ${units[unit]}`;
  }
  if (name.endsWith("_ratio")) return `${Number((number * 100).toPrecision(3))} %`;
  return String(Number(number.toPrecision(6)));
}

// "probe_duration_seconds" -> "probe duration".
export function gaugeName(name) {
  return name.replace(/(_timestamp)?_(seconds|bytes|ratio|total)$/, "").replaceAll("_", " ");
}
