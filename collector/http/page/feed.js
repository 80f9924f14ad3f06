// The live feed: server-sent events read by fetch rather than EventSource, since only so the
// collector's keep-alive comments are seen, and a connection that died without a word is noticed.

const SILENCE_MS = 12000; // the collector says something every 5 s
const LONGEST_WAIT_MS = 3000;

export class Feed {
  // onEvent(event): one LiveEvent. onState(live): the connection came or went.
  constructor(url, onEvent, onState) {
    this.url = url;
    this.onEvent = onEvent;
    this.onState = onState;
    this.lastId = "";
    this.failures = 0;
    this.retryNow = () => {};
    addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.retryNow();
    });
  }

  async run() {
    for (;;) {
      try {
        await this.readOnce();
      } catch {
        // Every way to end is the same: try again.
      }
      this.onState(false);
      const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** this.failures) * (0.5 + Math.random() / 2);
      this.failures += 1;
      await new Promise((done) => {
        this.retryNow = done;
        setTimeout(done, wait);
      });
      this.retryNow = () => {};
    }
  }

  // Until the connection ends.
  async readOnce() {
    const abort = new AbortController();
    let watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
    try {
      const headers = this.lastId ? { "Last-Event-ID": this.lastId } : {};
      const response = await fetch(this.url, { headers, signal: abort.signal, cache: "no-store" });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
        this.failures = 0;
        this.onState(true);
        const frames = (rest + value).split("\n\n");
        rest = frames.pop();
        for (const frame of frames) this.takeFrame(frame);
      }
    } finally {
      clearTimeout(watchdog);
      abort.abort();
    }
  }

  takeFrame(frame) {
    let data = "";
    for (const line of frame.split("\n")) {
      if (line.startsWith("id: ")) this.lastId = line.slice(4);
      if (line.startsWith("data: ")) data += line.slice(6);
    }
    if (data) this.onEvent(JSON.parse(data));
  }
}
