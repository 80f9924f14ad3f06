// The table of recent incidents, newest first.

import { ageElement, byId, make, setAge, setBadge, setHidden, setLocal, setText, setTime,
         syncChildren, timeElement } from "./dom.js";
import { parseMessage, splitTitle } from "./message.js";
import { stackName } from "./model.js";
import { spanText, toMs } from "./time.js";

// Of what is over: what it was. That it is well again says its state.
function whatText(incident) {
  const was = incident.state === "STATE_OPEN" ? null
    : parseMessage(incident.text).find(({ label }) => label === "Was");
  return was?.lines[0] || splitTitle(incident.title).headline || incident.subject;
}

function row(incident) {
  const parts = {
    state: make("span", "badge"),
    severity: make("td", "severity"),
    link: make("a", ""),
    began: timeElement(),
    local: make("span", "quiet"),
    age: ageElement(),
    lasted: make("td", "lasted"),
  };
  parts.link.href = `/incidents/${encodeURIComponent(incident.id)}`;
  const about = `${stackName(incident.stack)} \u00b7 ${incident.subject}`;
  const element = make("tr", "", make("td", "number", incident.id),
    make("td", "", parts.state), parts.severity,
    make("td", "title", parts.link, make("span", "quiet", about)),
    make("td", "began", parts.began, parts.local), parts.lasted);
  element.parts = parts;
  return element;
}

function update({ parts }, incident) {
  const open = incident.state === "STATE_OPEN";
  setBadge(parts.state, open ? "OPEN" : "RESOLVED", open ? incident.severity : "ok");
  setText(parts.severity, incident.severity);
  setText(parts.link, whatText(incident));
  setTime(parts.began, incident.since);
  setLocal(parts.local, incident.since);
  if (open) {
    setAge(parts.age, incident.since);
    if (!parts.age.isConnected) parts.lasted.replaceChildren(parts.age, " so far");
  } else {
    setText(parts.lasted, spanText(toMs(incident.resolved_at) - toMs(incident.since)));
  }
}

export function showRecent(model) {
  const recent = model.recentIncidents();
  setHidden(byId("recent"), recent.length === 0);
  setHidden(byId("no-incidents"), recent.length > 0);
  syncChildren(byId("recent-rows"), recent, (incident) => incident.id, row, update);
}
