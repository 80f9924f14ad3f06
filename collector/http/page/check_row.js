// One check as a row of its host's table.

import { ageElement, make, setAge, setBadge, setClass, setHidden, setLocal, setText, setTime,
         syncChildren, timeElement } from "./dom.js";
import { gaugeName, gaugeText } from "./gauges.js";
import { stateColour, stateWord } from "./model.js";

export function checkRow() {
  const parts = {
    state: make("span", "badge"),
    name: make("code", "check-id"),
    subject: make("span", "quiet"),
    reason: make("span", "reason"),
    detail: make("span", "detail"),
    note: make("p", "note"),
    facts: make("ul", "facts"),
    since: timeElement(),
    local: make("span", "quiet"),
    age: ageElement(),
    gauges: make("ul", "gauges"),
  };
  const cell = (className, ...children) => make("td", className, ...children);
  const head = make("th", "what", parts.name, parts.subject);
  head.scope = "row";
  const row = make("tr", "", cell("state", parts.state), head,
    cell("says", make("p", "", parts.reason, " ", parts.detail), parts.note, parts.facts),
    cell("since", parts.since, parts.local, make("span", "for", parts.age)), cell("measured", parts.gauges));
  row.parts = parts;
  return row;
}

function showState(row, check, stale) {
  const word = stateWord(check.state);
  const colour = stateColour(check.state);
  const { state } = row.parts;
  if (word === "UNSPECIFIED") {
    setBadge(state, "NOT YET SEEN", "unknown");
  } else {
    // A green word would say more than is known.
    setBadge(state, stale ? `WAS ${word}` : word, stale && word === "OK" ? "unknown" : colour);
  }
  setClass(row, `${colour}${stale ? " stale" : ""}`);
}

function showGauges(list, kind, gauges) {
  syncChildren(list, gauges, (gauge) => gauge.name, (gauge) => {
    const item = make("li", "", make("span", "quiet", gaugeName(kind, gauge.name)), make("b", ""));
    item.title = gauge.name;
    return item;
  }, (item, gauge) => setText(item.lastElementChild, gaugeText(gauge.name, gauge.value)));
}

// `stale`: the host is not connected. `decision`: why this is not (yet) an incident.
export function updateCheckRow(row, { check, stale, decision }) {
  const { parts } = row;
  const trouble = stateWord(check.state) !== "OK";
  showState(row, check, stale);
  setText(parts.name, check.id);
  setText(parts.subject, check.subject);
  setText(parts.reason, check.reason);
  setText(parts.detail, check.detail);
  const note = stale ? "Last known; the host is not connected"
    : decision ? `Not an incident yet: ${decision}` : "";
  setText(parts.note, note);
  setHidden(parts.note, note === "");
  // Facts speak of a state that is not OK; of the rest the detail is enough.
  const facts = (trouble ? check.evidence ?? [] : []).map(({ text }, index) => ({ text, index }));
  syncChildren(parts.facts, facts, ({ index }) => index, () => make("li", ""),
               (item, { text }) => setText(item, text));
  setHidden(parts.facts, facts.length === 0);
  setTime(parts.since, check.since);
  setLocal(parts.local, check.since);
  setAge(parts.age, trouble ? check.since : null);
  showGauges(parts.gauges, check.kind, stale ? [] : check.gauges ?? []);
}
