/** What to change: in words, and as text to copy in the language of the tool that it is for. */
import type { Finding } from '../../../../src/findings/finding.js';
import { CopyButton } from '../../design/copy.jsx';
import { shownText } from '../../design/text.js';

export function Remedy({ finding: { remedy, knobs } }: { finding: Finding }) {
  return (
    <>
      <p>{shownText(remedy)}</p>
      <ul class="knobs">
        {knobs.map(({ tool, text, does }) => (
          <li key={`${tool} ${text}`}>
            <p class="knob-head">
              <span>
                <b>{tool}</b> {shownText(does)}
              </span>
              <CopyButton label="Copy" what={`${tool}: ${does}`} text={() => text} />
            </p>
            <pre>{text.split('\n').map(shownText).join('\n')}</pre>
          </li>
        ))}
      </ul>
    </>
  );
}
