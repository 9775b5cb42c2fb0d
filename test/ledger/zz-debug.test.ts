import { test } from 'vitest';
import { EventKind } from '../../src/recording/event-batch.js';
import { SimulatedHost } from '../support/simulated-host.js';
import { runLedger } from '../support/timeline.js';

const names = Object.fromEntries(Object.entries(EventKind).map(([k, v]) => [v, k]));
test('dbg', () => {
  const host = new SimulatedHost(JSON.parse(process.env['DBG']!));
  for (const [k, t, cpu, th, a, b, c, d] of host.events) console.log(t, `cpu${cpu}`, th, names[k], a, b, c, d);
  console.log('end', host.now);
  for (const [id, v] of host.vcpus)
    console.log(id, v.known, v.hasPast, JSON.stringify(v.accounts), JSON.stringify([...v.byCause]));
  for (const [id, b] of runLedger(host.events, { first: 0, last: host.now }))
    console.log(id, b.accounts, JSON.stringify(b.rows), b.culprits);
});
