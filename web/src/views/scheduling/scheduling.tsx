/** Who had the pCPUs: where vCPUs ran and were meant to, how often they moved, and who took whose time. */
import { WithBooks } from '../../design/books.jsx';
import type { Explanation } from '../../engine/engine.js';
import { needsRecording, type View } from '../view.js';
import { Culprits } from './culprits.jsx';
import { DemandBars } from './demand.jsx';
import { PcpuBars } from './pcpu-bars.jsx';
import { PcpuMap } from './pcpu-map.jsx';
import { Sleeps } from './sleeps.jsx';

export const schedulingView: View = {
  id: 'scheduling',
  title: 'Scheduling',
  about: 'who had the pCPUs, who took whose time',
  missing: needsRecording,
  Content: () => <WithBooks View={Scheduling} />,
};

function Scheduling({ explanation }: { explanation: Explanation }) {
  return (
    <div class="scheduling">
      <Culprits explanation={explanation} />
      <PcpuBars explanation={explanation} />
      <PcpuMap explanation={explanation} />
      <DemandBars explanation={explanation} />
      {explanation.sleeps.length > 0 && <Sleeps explanation={explanation} />}
    </div>
  );
}
