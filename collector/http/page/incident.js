// One incident as a card, and the view of one incident with its alerts and timeline.

import { ageElement, badge, byId, copyButton, make, setAge, setHidden, setText, setTime,
         syncChildren, timeElement } from "./dom.js";
import { messageBody, severityBadge, splitTitle } from "./message.js";
import { getJson, stackName, stateColour, stateWord } from "./model.js";
import { nsToMs, spanText } from "./time.js";

// What the card shows; a new one is made only when this changes.
const fingerprint = (incident) => JSON.stringify([incident.state, incident.severity, incident.title,
  incident.text, incident.since, incident.resolved_at, incident.evidence]);

export function incidentCard() {
  return make("article", "incident");
}

export function updateCard(card, incident, { withLink }) {
  const print = fingerprint(incident);
  if (card.print === print) return;
  card.print = print;
  const open = incident.state === "STATE_OPEN";
  const when = make("p", "when");
  if (open) {
    const age = ageElement();
    setAge(age, incident.since);
    when.append("Open for ", age);
  } else {
    const began = timeElement("");
    setTime(began, incident.since, true);
    const ended = timeElement("");
    setTime(ended, incident.resolved_at, true);
    when.append("Lasted ", spanText(Date.parse(incident.resolved_at) - Date.parse(incident.since)),
                ", from ", began, " to ", ended);
  }
  const { headline, more } = splitTitle(incident.title);
  const heading = make(withLink ? "h3" : "h1", "headline", headline);
  const evidence = make("ul", "evidence");
  for (const fact of incident.evidence ?? []) {
    const at = timeElement("");
    if (fact.wall_ns && fact.wall_ns !== "0") setTime(at, nsToMs(fact.wall_ns), true);
    evidence.append(make("li", "", at, make("span", "", fact.text)));
  }
  const actions = make("p", "actions");
  if (withLink) {
    const link = make("a", "", "Timeline and details");
    link.href = `/incidents/${encodeURIComponent(incident.id)}`;
    actions.append(link);
  }
  actions.append(copyButton("Copy the message", () => incident.text));
  card.className = `incident ${open ? incident.severity : "ok"}`;
  card.replaceChildren(
    make("p", "kicker", open ? severityBadge(incident.severity) : badge("RESOLVED", "ok"),
         make("span", "", `${stackName(incident.stack)} \u00b7 ${incident.subject}`),
         make("span", "number", `Incident ${incident.id}`)),
    heading, more ? make("p", "more", more) : "", when, messageBody(incident.text),
    evidence.childElementCount > 0
      ? make("div", "evidence-part", make("h4", "", "Evidence"), evidence) : "",
    actions);
}

function alertRow(alert) {
  const item = make("li", "");
  const state = stateWord(alert.state);
  const colour = state === "FIRING" ? alert.severity : state === "PENDING" ? "warning" : "ok";
  const since = timeElement("");
  setTime(since, alert.since, true);
  item.append(badge(state, colour), make("strong", "", alert.name), make("span", "", alert.host),
              make("code", "", alert.check), make("span", "reason", alert.reason),
              make("span", "quiet", alert.decision), since);
  return item;
}

function timelineRow(entry) {
  const item = make("li", `entry ${entry.kind}`);
  const at = timeElement("");
  setTime(at, entry.at, true);
  const words = make("p", "", make("span", "kind", entry.kind.replaceAll("_", " ")));
  if (entry.state && entry.state !== "STATE_UNSPECIFIED") {
    words.append(badge(stateWord(entry.state), stateColour(entry.state)));
  }
  if (entry.reason) words.append(make("span", "reason", entry.reason));
  words.append(make("span", "", entry.text));
  const where = [entry.host, entry.check].filter(Boolean).join(" \u00b7 ");
  const body = make("div", "", words, where ? make("p", "quiet", where) : null);
  if (entry.late) {
    const learned = timeElement("");
    setTime(learned, entry.recorded_at, true);
    body.append(make("p", "late", "Arrived as history; the collector learned of it at ", learned));
  }
  item.append(at, body);
  return item;
}

// The view at /incidents/ID. `refresh` reads it anew; several calls at once become one.
export class IncidentView {
  constructor(id) {
    this.id = id;
    this.busy = false;
    this.again = false;
    this.card = incidentCard();
    byId("incident-card").append(this.card);
    setText(byId("incident-note"), `Reading incident ${id} \u2026`);
  }

  async refresh() {
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    do {
      this.again = false;
      try {
        this.show(await getJson(`/api/v1/incidents/${encodeURIComponent(this.id)}`));
      } catch (error) {
        setText(byId("incident-note"), `Incident ${this.id} cannot be shown: ${error.message}.`);
        setHidden(byId("incident-note"), false);
      }
    } while (this.again);
    this.busy = false;
  }

  show(incident) {
    setHidden(byId("incident-note"), true);
    document.title = `${incident.state === "STATE_OPEN" ? "" : "Resolved: "}` +
      `${incident.subject}, incident ${incident.id} \u00b7 Faultline`;
    updateCard(this.card, incident, { withLink: false });
    setHidden(byId("incident-alerts-section"), incident.alerts.length === 0);
    byId("incident-alerts").replaceChildren(...incident.alerts.map(alertRow));
    setHidden(byId("timeline-section"), incident.timeline.length === 0);
    const entries = incident.timeline.map((entry, index) => ({ entry, index }));
    syncChildren(byId("timeline"), entries, ({ entry, index }) => `${index} ${JSON.stringify(entry)}`,
                 ({ entry }) => timelineRow(entry), () => {});
  }
}
