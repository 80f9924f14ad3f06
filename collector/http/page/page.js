// The page: reads everything once, then moves with the live feed.

import { ageElement, byId, make, setAge, setClass, setHidden, setText, setTime, syncChildren,
         tickAges, timeElement } from "./dom.js";
import { Feed } from "./feed.js";
import { showHosts } from "./hosts.js";
import { IncidentView, incidentCard, updateCard } from "./incident.js";
import { severityBadge, splitTitle } from "./message.js";
import { Model, badness, stackName, stateWord } from "./model.js";
import { clockText, collectorNow, spanText, whenText } from "./time.js";

const model = new Model();
const filter = { text: "", onlyTrouble: false };
const incidentId = /^\/incidents\/([^/]+)$/.exec(location.pathname)?.[1];
const view = incidentId ? new IncidentView(decodeURIComponent(incidentId)) : null;
let loaded = false;
let live = null;      // null: not known yet
let lastSign = null;  // when the collector was last heard, by its own clock
let waiting = null;   // events that came while everything is being read
let readAgain = false;
let known = null;     // open incidents, for what is announced

function count(label, value, colour) {
  return { label, value, colour: value > 0 ? colour : "" };
}

function showVerdict(open) {
  const checks = [...model.hosts.values()].flatMap((host) => model.checksOf(host));
  const of = (word) => checks.filter((check) => stateWord(check.state) === word).length;
  const unknown = of("UNKNOWN") + of("UNSPECIFIED");
  const silent = [...model.hosts.values()].filter((host) => host.link === "LINK_SILENT").length;
  const troubled = checks.filter((check) => badness(check.state) > 0).length;
  let words = "Everything is OK";
  let colour = "ok";
  if (open.length > 0) {
    words = open.length === 1 ? "1 open incident" : `${open.length} open incidents`;
    colour = open[0].severity;
  } else if (model.hosts.size === 0) {
    words = "Waiting for the first agent";
    colour = "unknown";
  } else if (troubled > 0 || silent > 0) {
    const parts = [];
    if (troubled > 0) parts.push(`${troubled} check${troubled === 1 ? " is" : "s are"} not OK`);
    if (silent > 0) parts.push(`${silent} host${silent === 1 ? " is" : "s are"} silent`);
    words = `No open incident; ${parts.join(", ")}`;
    colour = "warning";
  }
  setText(byId("verdict-title"), words);
  setClass(byId("verdict"), `verdict ${colour}`);
  const counts = [
    count("hosts connected", [...model.hosts.values()].filter((h) => h.link === "LINK_CONNECTED").length, ""),
    count("silent", silent, "warning"), count("checks OK", of("OK"), "ok"),
    count("warning", of("WARNING"), "warning"), count("critical", of("CRITICAL"), "critical"),
    count("unknown", unknown, "unknown")];
  syncChildren(byId("counts"), counts, ({ label }) => label,
    ({ label }) => make("div", "", make("dt", "", label), make("dd", "")),
    (element, { value, colour: c }) => {
      setText(element.lastElementChild, String(value));
      setClass(element, c);
    });
  document.title = open.length > 0
    ? `(${open.length}) ${open[0].subject} ${open[0].severity} \u00b7 Faultline` : "Faultline";
  const icon = open.some((each) => each.severity === "critical") ? "/favicon-trouble.svg" : "/favicon.svg";
  if (byId("icon").getAttribute("href") !== icon) byId("icon").setAttribute("href", icon);
}

function recentRow(incident) {
  const row = make("tr", "");
  const parts = row.parts = {
    link: make("a", ""),
    began: timeElement(""),
    lasted: make("td", "lasted"),
    age: ageElement(),
    severity: make("td", ""),
  };
  parts.link.href = `/incidents/${encodeURIComponent(incident.id)}`;
  row.append(make("td", "number", incident.id), parts.severity,
             make("td", "title", parts.link, make("span", "quiet", stackName(incident.stack))),
             make("td", "began", parts.began), parts.lasted);
  return row;
}

function updateRecentRow(row, incident) {
  const { parts } = row;
  const open = incident.state === "STATE_OPEN";
  parts.severity.replaceChildren(severityBadge(incident.severity));
  const { headline } = splitTitle(incident.title);
  setText(parts.link, headline || incident.subject);
  setTime(parts.began, incident.since);
  if (open) {
    setAge(parts.age, incident.since);
    if (!parts.age.isConnected) parts.lasted.replaceChildren("open, ", parts.age);
  } else {
    setText(parts.lasted, spanText(Date.parse(incident.resolved_at) - Date.parse(incident.since)));
  }
}

// What a person who does not look should hear.
function announce(open) {
  const now = new Map(open.map((incident) => [incident.id, incident]));
  const words = [];
  if (known) {
    for (const [id, incident] of now) if (!known.has(id)) words.push(`New incident: ${incident.title}`);
    for (const [id, incident] of known) if (!now.has(id)) words.push(`Resolved: ${incident.subject}`);
  }
  if (words.length > 0) setText(byId("announcer"), words.join(" "));
  known = now;
}

function show() {
  if (!loaded) return;
  const open = model.openIncidents();
  announce(open);
  setText(byId("version"), model.version ? `Faultline ${model.version}.` : "");
  if (view) return;
  showVerdict(open);
  setHidden(byId("open-section"), open.length === 0);
  syncChildren(byId("open-incidents"), open, (incident) => incident.id, incidentCard,
               (card, incident) => updateCard(card, incident, { withLink: true }));
  showHosts(model, filter);
  const recent = model.recentIncidents();
  setHidden(byId("recent"), recent.length === 0);
  setHidden(byId("no-incidents"), recent.length > 0);
  syncChildren(byId("recent-rows"), recent, (incident) => incident.id, recentRow, updateRecentRow);
}

let scheduled = false;
function showSoon() {
  if (scheduled) return;
  scheduled = true;
  const run = () => { scheduled = false; show(); };
  // A hidden tab paints no frames, but its title and icon have to move.
  if (document.hidden) setTimeout(run, 200); else requestAnimationFrame(run);
}

async function readEverything() {
  readAgain = true;
  if (waiting) return;
  waiting = [];
  while (readAgain) {
    readAgain = false;
    try {
      await model.load();
    } catch {
      // The feed says whether the connection is lost; here it is only tried again.
      readAgain = true;
      await new Promise((done) => { setTimeout(done, 1000); });
    }
  }
  for (const event of waiting) model.apply(event);
  waiting = null;
  loaded = true;
  if (view) view.refresh();
  showSoon();
}

function take(event) {
  if (event.resync) {
    readEverything();
    return;
  }
  if (waiting) waiting.push(event); else model.apply(event);
  if (view && (event.incident?.id === view.id || event.alert?.incident === view.id)) view.refresh();
  showSoon();
}

function showConnection(now) {
  if (now) lastSign = collectorNow();
  if (now === live) return;
  live = now;
  setText(byId("live-text"), now ? "Live" : "Connection lost");
  setClass(byId("live"), `live ${now ? "ok" : "critical"}`);
  document.body.classList.toggle("is-lost", !now);
  setHidden(byId("lost"), now);
  if (!now) {
    setText(byId("lost"), lastSign === null
      ? "The collector cannot be reached. Trying again."
      : `Connection lost. What you see is as of ${whenText(lastSign)} and may be wrong by now. Trying again.`);
  }
}

byId("search").addEventListener("input", (event) => { filter.text = event.target.value; showSoon(); });
byId("only-trouble").addEventListener("change", (event) => {
  filter.onlyTrouble = event.target.checked;
  showSoon();
});
byId("filter").addEventListener("submit", (event) => event.preventDefault());

setHidden(byId("overview"), view !== null);
setHidden(byId("incident"), view === null);
const tick = () => {
  setText(byId("clock"), clockText(collectorNow()));
  tickAges();
};
tick();
setInterval(tick, 1000);
new Feed("/api/v1/events", take, showConnection).run();
