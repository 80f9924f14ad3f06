// The one sentence on top, and what of it is seen in the tab: its title and its icon.

import { byId, make, setClass, setHidden, setText, syncChildren } from "./dom.js";
import { stackName, stateWord } from "./model.js";

const ICONS = { critical: "/favicon-critical.svg", warning: "/favicon-warning.svg",
                ok: "/favicon.svg", unknown: "/favicon-unknown.svg" };

// Kept here, since it is wanted when there is nobody to ask for it.
let lostIcon = ICONS.unknown;
fetch(ICONS.unknown).then((answer) => answer.text()).then((svg) => {
  lostIcon = `data:image/svg+xml,${encodeURIComponent(svg)}`;
}).catch(() => {});

const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;

function countAll(model) {
  const hosts = [...model.hosts.values()];
  const states = { OK: 0, WARNING: 0, CRITICAL: 0, UNKNOWN: 0 };
  let lastKnown = 0; // of hosts that are silent, whatever it was
  let wasOk = 0;     // of hosts that are not connected
  for (const host of hosts) {
    for (const check of model.checksOf(host)) {
      const word = stateWord(check.state);
      const isOld = model.isLastKnown(host, check);
      if (isOld && host.link === "LINK_SILENT") lastKnown += 1;
      if (isOld && word === "OK") wasOk += 1;
      else states[word in states ? word : "UNKNOWN"] += 1;
    }
  }
  return { ...states, lastKnown, wasOk, hosts: hosts.length,
           connected: hosts.filter((host) => model.isConnected(host)).length,
           silent: hosts.filter((host) => host.link === "LINK_SILENT").length,
           stopped: hosts.filter((host) => host.link === "LINK_SAID_GOODBYE").length };
}

// "1 host is not heard: its 32 checks are last known", or empty.
function unheardWords({ silent, lastKnown }) {
  if (silent === 0) return "";
  const whose = silent === 1 ? "its" : "their";
  return `${plural(silent, "host is not heard", "hosts are not heard")}: ${whose} `
    + `${plural(lastKnown, "check is", "checks are")} last known`;
}

// {words, colour, title}: `colour` is one of ICONS' keys, `title` is for the tab.
function judge(open, counts) {
  if (open.length > 0) {
    const [worst] = open; // they come worst first
    const critical = open.filter((incident) => incident.severity === "critical").length;
    const incidents = open.length === 1
      ? `1 incident is open: ${stackName(worst.stack)} ${worst.subject}, ${worst.severity}`
      : `${open.length} incidents are open${critical > 0 ? `, ${critical} critical` : ""}`;
    return {
      words: [incidents, unheardWords(counts)].filter(Boolean).join("; "),
      colour: critical > 0 ? "critical" : "warning",
      title: `(${open.length}) ${worst.subject} ${worst.severity}`,
    };
  }
  if (counts.hosts === 0) {
    return { words: "No host is watched yet", colour: "unknown", title: "No host yet" };
  }
  const troubled = counts.WARNING + counts.CRITICAL + counts.UNKNOWN;
  // Whether there is an incident on a host that nobody hears is not known.
  if (counts.silent > 0) {
    return { words: unheardWords(counts), colour: "warning", title: `${counts.silent} silent` };
  }
  if (troubled > 0) {
    const words = plural(troubled, "check is not OK", "checks are not OK");
    return { words: `No incident is open; ${words}`, colour: "warning", title: `${troubled} not OK` };
  }
  return { words: "Everything is OK", colour: "ok", title: "OK" };
}

function showCounts(counts) {
  setHidden(byId("counts"), counts.hosts === 0);
  const items = [["hosts connected", counts.connected, ""], ["silent", counts.silent, "warning"],
                 ...(counts.stopped > 0 ? [["stopped on purpose", counts.stopped, "unknown"]] : []),
                 ["checks OK", counts.OK, "ok"], ["last known OK", counts.wasOk, "unknown"],
                 ["warning", counts.WARNING, "warning"],
                 ["critical", counts.CRITICAL, "critical"], ["unknown", counts.UNKNOWN, "unknown"]];
  syncChildren(byId("counts"), items, ([label]) => label,
    ([label]) => make("div", "", make("dt", "", label), make("dd", "")),
    (element, [, value, colour]) => {
      setText(element.lastElementChild, String(value));
      setClass(element, value > 0 ? colour : "");
    });
}

// `lost`: the collector cannot be reached, so that all this is only what was last known.
// `ownTitle`: the tab's title is another's business (the view of one incident).
export function showVerdict(model, { lost, ownTitle }) {
  const counts = countAll(model);
  const { words, colour, title } = judge(model.openIncidents(), counts);
  setText(byId("verdict-title"), lost ? `Last known: ${words}` : words);
  setClass(byId("verdict"), `verdict ${lost ? "unknown" : colour}`);
  showCounts(counts);
  if (lost) {
    document.title = "Connection lost \u00b7 Faultline";
  } else if (!ownTitle) {
    document.title = `${title} \u00b7 Faultline`;
  }
  const icon = lost ? lostIcon : ICONS[colour];
  if (byId("icon").getAttribute("href") !== icon) byId("icon").setAttribute("href", icon);
}
