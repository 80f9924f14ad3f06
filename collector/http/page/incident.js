// One incident as a card.

import { ageElement, badge, copyButton, make, moment, setAge, setTime, timeElement } from "./dom.js";
import { messageBody, severityBadge, splitTitle } from "./message.js";
import { stackName } from "./model.js";
import { nsToMs, spanText, toMs } from "./time.js";

// What the card shows; it is made anew only when this changes.
const fingerprint = (incident) => JSON.stringify([incident.state, incident.severity, incident.title,
  incident.text, incident.since, incident.resolved_at, incident.evidence]);

export function incidentCard() {
  return make("article", "incident");
}

function whenLine(incident) {
  if (incident.state === "STATE_OPEN") {
    const age = ageElement();
    setAge(age, incident.since);
    return make("p", "when", "Open for ", age, ", since ", moment(incident.since));
  }
  return make("p", "when", "Lasted ", spanText(toMs(incident.resolved_at) - toMs(incident.since)),
              ", from ", moment(incident.since), " to ", moment(incident.resolved_at));
}

function evidencePart(facts) {
  const list = make("ul", "evidence");
  for (const fact of facts) {
    const at = timeElement();
    if (fact.wall_ns && fact.wall_ns !== "0") setTime(at, nsToMs(fact.wall_ns), true);
    list.append(make("li", "", at, make("span", "", fact.text)));
  }
  return make("div", "evidence-part", make("h2", "", "Evidence"), list);
}

function actions(incident, alone) {
  const copy = copyButton("Copy the message", () => incident.text);
  if (alone) return make("p", "actions", copy);
  const link = make("a", "", "Timeline and evidence");
  link.href = `/incidents/${encodeURIComponent(incident.id)}`;
  return make("p", "actions", link, copy);
}

// `alone`: the page shows this incident only, with everything that is known of it.
export function updateCard(card, incident, { alone }) {
  const print = fingerprint(incident);
  if (card.print === print) return;
  card.print = print;
  const open = incident.state === "STATE_OPEN";
  const { headline, more } = splitTitle(incident.title);
  const buttons = () => [...card.querySelectorAll("a, button")];
  const focused = buttons().indexOf(document.activeElement);
  card.className = `incident ${open ? incident.severity : "ok"}`;
  card.replaceChildren(
    make("p", "kicker", open ? severityBadge(incident.severity) : badge("RESOLVED", "ok"),
         make("span", "", `${stackName(incident.stack)} \u00b7 ${incident.subject}`),
         make("span", "number", `Incident ${incident.id}`)),
    make(alone ? "h1" : "h3", "headline", headline), more ? make("p", "more", more) : "",
    whenLine(incident), messageBody(incident.text),
    alone && incident.evidence?.length > 0 ? evidencePart(incident.evidence) : "",
    actions(incident, alone));
  if (focused >= 0) buttons()[Math.min(focused, buttons().length - 1)].focus();
}
