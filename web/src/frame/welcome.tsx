/** The page before anything is open. */
import { WORKER_LIMITS } from '../engine/worker-engine.js';
import { FileChooser } from './drop-zone.jsx';

export function Welcome() {
  return (
    <section class="state">
      <h1>Where does the time of your guests go?</h1>
      <p>
        Drop a recording here: <code>trace.dat</code>, <code>perf.data</code>, <code>trace.kev</code>,{' '}
        <code>trace.xen</code> or their text. Drop two to compare them.
      </p>
      <p>
        With it, or alone: results of benchmarks in folders <code>native</code> and <code>vm</code>. With it:
        configurations of its machines, which name devices.
      </p>
      <p>
        <FileChooser />
      </p>
      <p class="quiet">{WORKER_LIMITS}</p>
    </section>
  );
}
