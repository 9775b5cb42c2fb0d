/** The answer in one screen: what was lost, to what, in which vCPU, what to change, and how far the data is to be trusted. */
import { WithBooks } from '../../design/books.jsx';
import type { Explanation } from '../../engine/engine.js';
import { latest } from '../../state/loading.js';
import { costKind, engine, recording, workspace } from '../../state/workspace.js';
import { needsRecording, type View } from '../view.js';
import { Advice } from './advice.jsx';
import { Answer } from './answer.jsx';
import { LargestCauses } from './causes.jsx';
import { LedgerBars } from './ledger-bars.jsx';
import { LedgerTable } from './ledger-table.jsx';
import { DataQuality } from './quality.jsx';
import { Recorded } from './recorded.jsx';

export const overviewView: View = {
  id: 'overview',
  title: 'Overview',
  about: 'where the time went, in one screen',
  missing: needsRecording,
  Content: () => <WithBooks View={Overview} />,
};

/** Whoever gets the page by mail has not read how it was made. */
function OfReport() {
  const hasParts = latest(workspace.value)?.recordings[recording.value]?.hasParts === true;
  return (
    <p class="quiet of-report">
      An exported page: it holds the books of all of T{hasParts ? ', also of single vCPUs' : ''}, and an overview of the
      timeline. Those of parts of T{hasParts ? '' : ' and of single vCPUs'}, and single episodes, are shown by{' '}
      <code>vmtoll open</code> with the recording.
    </p>
  );
}

function Overview({ explanation }: { explanation: Explanation }) {
  return (
    <div class="overview">
      <Answer explanation={explanation} />
      {engine.value?.kind === 'report' && <OfReport />}
      <div class="column wide">
        <section class="card" aria-label="The ledger">
          <h2>The ledger: every nanosecond of every vCPU</h2>
          <LedgerBars explanation={explanation} kind={costKind.value} />
          <details>
            <summary>In numbers</summary>
            <LedgerTable explanation={explanation} />
          </details>
        </section>
        <LargestCauses explanation={explanation} />
      </div>
      <div class="column">
        <Advice explanation={explanation} />
      </div>
      <DataQuality explanation={explanation} />
      <Recorded explanation={explanation} />
    </div>
  );
}
