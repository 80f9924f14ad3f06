// What the page knows: the operator API's answers, kept current by the live feed.

import { setCollectorNow } from "./time.js";

const BADNESS = { CRITICAL: 3, WARNING: 2, UNKNOWN: 1, UNSPECIFIED: 1, OK: 0 };

// "STATE_CRITICAL" -> "CRITICAL".
export const stateWord = (state) => String(state ?? "").replace(/^(STATE|LINK)_/, "");
export const badness = (state) => BADNESS[stateWord(state)] ?? 1;
export const stateColour = (state) => {
  const word = stateWord(state).toLowerCase();
  return word === "unspecified" ? "unknown" : word;
};
export const stackName = (stack) => [stack?.stack, stack?.env].filter(Boolean).join("-");

// What people read may be the same of two stacks ("a-b" with "c", "a" with "b-c"): no name holds "/".
const hostKey = (stack, host) => `${stack?.stack ?? ""}/${stack?.env ?? ""}/${host}`;
const alertKey = (alert) => `${alert.stack?.stack ?? ""}/${alert.stack?.env ?? ""}/${alert.id}`;

export class Model {
  constructor() {
    this.version = "";
    this.hosts = new Map();     // hostKey -> host
    this.checks = new Map();    // hostKey -> Map(check id -> check)
    this.alerts = new Map();    // alertKey -> alert
    this.incidents = new Map(); // number -> incident
  }

  // Reads everything. Throws when the collector cannot be reached.
  async load() {
    const [status, hosts, checks, alerts] = await Promise.all(
      ["status", "hosts", "checks", "alerts"].map((call) => getJson(`/api/v1/${call}`)));
    // The store may be unreadable while all else works: open incidents come with the status.
    const incidents = await getJson("/api/v1/incidents?limit=50").catch(() => ({ incidents: [] }));
    setCollectorNow(status.now);
    this.version = status.version;
    this.hosts = new Map(hosts.hosts.map((host) => [hostKey(host.stack, host.name), host]));
    this.checks = new Map();
    for (const check of checks.checks) this.putCheck(check);
    this.alerts = new Map(alerts.alerts.map((alert) => [alertKey(alert), alert]));
    this.incidents = new Map();
    for (const incident of [...incidents.incidents, ...status.open_incidents]) {
      this.incidents.set(incident.id, incident);
    }
  }

  // One event of the live feed other than resync.
  apply(event) {
    if (event.host) this.hosts.set(hostKey(event.host.stack, event.host.name), event.host);
    if (event.check) this.putCheck(event.check);
    if (event.alert) this.alerts.set(alertKey(event.alert), event.alert);
    if (event.incident) this.incidents.set(event.incident.id, event.incident);
    if (event.check_removed) {
      const [, host, ...id] = event.check_removed.split("/");
      this.checks.get(hostKey(event.removed_of, host))?.delete(id.join("/"));
    }
  }

  putCheck(check) {
    const key = hostKey(check.stack, check.host);
    if (!this.checks.has(key)) this.checks.set(key, new Map());
    this.checks.get(key).set(check.id, check);
  }

  // Of a host that is not connected it is only what was last known.
  isConnected(host) {
    return host.link === "LINK_CONNECTED";
  }

  // "agent" is the collector's own check of the host, and goes on.
  isLastKnown(host, check) {
    return !this.isConnected(host) && check.kind !== "agent";
  }

  checksOf(host) {
    const checks = this.checks.get(hostKey(host.stack, host.name));
    return checks ? [...checks.values()] : [];
  }

  openIncidents() {
    const rank = { critical: 0, warning: 1, info: 2 };
    return [...this.incidents.values()]
      .filter((incident) => incident.state === "STATE_OPEN")
      .sort((a, b) => (rank[a.severity] ?? 3) - (rank[b.severity] ?? 3) || Number(b.id) - Number(a.id));
  }

  recentIncidents() {
    return [...this.incidents.values()].sort((a, b) => Number(b.id) - Number(a.id)).slice(0, 50);
  }

  // Why a check that is not well is not (yet) an incident: "within the grace of a restart".
  pendingDecisions() {
    const decisions = new Map();
    for (const alert of this.alerts.values()) {
      if (alert.state === "STATE_PENDING") {
        decisions.set(`${hostKey(alert.stack, alert.host)}/${alert.check}`, alert.decision);
      }
    }
    return decisions;
  }
}

export async function getJson(url) {
  const response = await fetch(url, { cache: "no-store" });
  const body = await response.json().catch(() => null);
  if (!response.ok || body === null) {
    throw new Error(body?.error?.message ?? `the collector answered ${response.status}`);
  }
  return body;
}
