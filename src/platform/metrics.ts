import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Numbers for a collector in the Prometheus text format. No label ever holds personal data or an identifier. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** Counts an answered request. `route` is the pattern, not the address. */
  request(method: string, route: string, status: number, seconds: number): void;
}

/** @param countJobs asked at each collection, so that the queue's length is what it is then. */
export function createMetrics(countJobs?: () => Promise<{ ready: number; running: number; failed: number }>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'commonhold_' });
  const requests = new Histogram({
    name: 'commonhold_http_request_seconds',
    help: 'How long requests took, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  });
  // As many as there are routes: looking the labels up anew with each request takes longer than counting.
  const counters = new Map<string, Map<string, Map<number, ReturnType<typeof requests.labels>>>>();
  if (countJobs !== undefined) {
    const gauge: Gauge<'state'> = new Gauge({
      name: 'commonhold_jobs',
      help: 'Jobs in the queue: ready, running, failed for good.',
      labelNames: ['state'],
      registers: [registry],
      async collect() {
        const counts = await countJobs();
        for (const [state, count] of Object.entries(counts)) gauge.set({ state }, count);
      },
    });
  }
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    request: (method, route, status, seconds) => {
      const kind = Math.floor(status / 100);
      const byMethod = entry(counters, route, () => new Map());
      const byKind = entry(byMethod, method, () => new Map());
      entry(byKind, kind, () => requests.labels({ method, route, status: `${kind}xx` })).observe(seconds);
    },
  };
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
