// The page: reads everything once, then moves with the live feed.

import { Connection } from "./connection.js";
import { byId, setHidden, setLocal, setText, setTime, syncChildren, tickAges } from "./dom.js";
import { Feed } from "./feed.js";
import { showHosts } from "./hosts.js";
import { incidentCard, updateCard } from "./incident.js";
import { IncidentView } from "./incident_view.js";
import { Model } from "./model.js";
import { showRecent } from "./recent.js";
import { collectorNow } from "./time.js";
import { showVerdict } from "./verdict.js";

const READ_AGAIN_MS = 1000;

const model = new Model();
const filter = { text: "", onlyTrouble: false };
const incidentId = /^\/incidents\/([^/]+)$/.exec(location.pathname)?.[1];
const view = incidentId ? new IncidentView(decodeURIComponent(incidentId)) : null;
const connection = new Connection(showSoon);
let loaded = false;
let waiting = null;   // events that came while everything is being read
let readAgain = false;
let known = null;     // open incidents, for what is announced

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
  showVerdict(model, { lost: connection.lost, ownTitle: view !== null });
  if (view) {
    if (!connection.lost) view.showTitle();
    return;
  }
  setHidden(byId("open-section"), open.length === 0);
  syncChildren(byId("open-incidents"), open, (incident) => incident.id, incidentCard,
               (card, incident) => updateCard(card, incident, { alone: false }));
  showHosts(model, filter);
  showRecent(model);
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
      await new Promise((done) => { setTimeout(done, READ_AGAIN_MS); });
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
  if (view?.concerns(event)) view.refresh();
  showSoon();
}

byId("search").addEventListener("input", (event) => { filter.text = event.target.value; showSoon(); });
byId("only-trouble").addEventListener("change", (event) => {
  filter.onlyTrouble = event.target.checked;
  showSoon();
});
byId("filter").addEventListener("submit", (event) => event.preventDefault());

setHidden(byId("overview"), view !== null);
setHidden(byId("incident"), view === null);
function tick() {
  setTime(byId("clock"), collectorNow());
  setLocal(byId("local-clock"), collectorNow());
  connection.tick();
  tickAges();
}
tick();
setInterval(tick, 1000);
new Feed("/api/v1/events", take, (works) => connection.set(works)).run();
