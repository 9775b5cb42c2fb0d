/** The keys of the page, as they are bound. */
import { signal } from '@preact/signals';
import { Dialog } from '../design/dialog.jsx';
import { keyGroups } from '../state/keys.js';

const isOpen = signal(false);

export function openHelp(): void {
  isOpen.value = true;
}

const NAMES: Readonly<Record<string, string>> = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓' };

const nameOf = (key: string): string => NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);

/** From this many on only the first and the last are named. */
const MOST_NAMED = 4;

function shortened(keys: readonly string[]): string[] {
  const names = keys.map(nameOf);
  return names.length > MOST_NAMED ? [`${names[0]} – ${names.at(-1)}`] : names;
}

export function HelpDialog() {
  return (
    <Dialog title="Keys" isOpen={isOpen}>
      {keyGroups.value.map(({ title, bindings }) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl class="keys">
            {bindings.map(({ keys, does }) => (
              <div key={does}>
                <dt>
                  {shortened(keys).map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p class="quiet">Tables: arrows move, Enter opens. Tab and Shift-Tab reach every control. Esc closes.</p>
    </Dialog>
  );
}
