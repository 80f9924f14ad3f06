// The view at /incidents/ID: one incident with its alerts and its timeline.

import { badge, byId, make, moment, setHidden, setText, setTime, syncChildren,
         timeElement } from "./dom.js";
import { incidentCard, updateCard } from "./incident.js";
import { getJson, stateColour, stateWord } from "./model.js";
import { collectorNow, toMs } from "./time.js";

// The live feed has no timelines: what is added to them later (that a message was delivered) is
// read now and then, until it has been quiet for long.
const READ_EVERY_MS = 5000;
const QUIET_AFTER_MS = 600000;

function alertRow(alert) {
  const state = stateWord(alert.state);
  const colour = state === "FIRING" ? alert.severity : state === "PENDING" ? "warning" : "ok";
  const since = timeElement();
  setTime(since, alert.since, true);
  return make("li", "", badge(state, colour), make("strong", "", alert.name),
              make("span", "", alert.host), make("code", "", alert.check),
              make("span", "reason", alert.reason), make("span", "quiet", alert.decision),
              make("span", "alert-since", "since ", since));
}

function timelineRow(entry) {
  const at = timeElement();
  setTime(at, entry.at, true);
  const words = make("p", "", make("span", "kind", entry.kind.replaceAll("_", " ")));
  if (entry.state && entry.state !== "STATE_UNSPECIFIED") {
    words.append(badge(stateWord(entry.state), stateColour(entry.state)));
  }
  if (entry.reason) words.append(make("span", "reason", entry.reason));
  words.append(make("span", "", entry.text));
  const where = [entry.host, entry.check].filter(Boolean).join(" \u00b7 ");
  const late = entry.late
    ? make("p", "late", "Arrived as history; the collector learned of it at ",
           moment(entry.recorded_at)) : null;
  return make("li", `entry ${entry.kind}`, at,
              make("div", "", words, where ? make("p", "quiet", where) : null, late));
}

// A list whose rows never change: what differs is another row.
function showRows(list, section, items, row) {
  setHidden(byId(section), items.length === 0);
  const numbered = items.map((item, index) => ({ item, key: `${index} ${JSON.stringify(item)}` }));
  syncChildren(byId(list), numbered, ({ key }) => key, ({ item }) => row(item), () => {});
}

export class IncidentView {
  constructor(id) {
    this.id = id;
    this.incident = null;
    this.busy = false;
    this.again = false;
    this.card = incidentCard();
    setText(byId("incident-note"), `Reading incident ${id} \u2026`);
    setInterval(() => { if (!document.hidden && this.moves()) this.refresh(); }, READ_EVERY_MS);
  }

  concerns(event) {
    return event.incident?.id === this.id || event.alert?.incident === this.id;
  }

  moves() {
    if (this.incident === null) return false; // the feed says when it comes into being
    if (this.incident.state === "STATE_OPEN") return true;
    return collectorNow() - toMs(this.incident.resolved_at) < QUIET_AFTER_MS;
  }

  // Reads it anew; several calls at once become one.
  async refresh() {
    this.again = true;
    if (this.busy) return;
    this.busy = true;
    while (this.again) {
      this.again = false;
      try {
        this.show(await getJson(`/api/v1/incidents/${encodeURIComponent(this.id)}`));
      } catch (error) {
        // That nobody answers is the banner's to say.
        if (!(error instanceof TypeError)) this.showError(error);
      }
    }
    this.busy = false;
  }

  showError(error) {
    setText(byId("incident-note"), `Incident ${this.id} cannot be shown: ${error.message}.`);
    setHidden(byId("incident-note"), false);
  }

  show(incident) {
    this.id = incident.id; // "042" was asked for, perhaps
    this.incident = incident;
    setHidden(byId("incident-note"), true);
    this.showTitle();
    updateCard(this.card, incident, { alone: true });
    if (!this.card.isConnected) byId("incident-card").append(this.card);
    showRows("incident-alerts", "incident-alerts-section", incident.alerts, alertRow);
    showRows("timeline", "timeline-section", incident.timeline, timelineRow);
  }

  showTitle() {
    if (this.incident === null) {
      document.title = `Incident ${this.id} \u00b7 Faultline`;
      return;
    }
    const { id, state, severity, subject } = this.incident;
    const word = state === "STATE_OPEN" ? severity : "resolved";
    document.title = `${subject} ${word}, incident ${id} \u00b7 Faultline`;
  }
}
