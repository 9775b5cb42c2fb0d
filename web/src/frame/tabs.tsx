/** The tabs of the views; arrows move between them. */
import { goBackTo, linkBackTo } from '../state/address.js';
import { latest } from '../state/loading.js';
import { workspace } from '../state/workspace.js';
import { VIEWS } from '../views/registry.js';

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

export function Tabs({ shown }: { shown: string }) {
  const space = latest(workspace.value);
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = VIEWS.findIndex(({ id }) => id === shown);
    const next = VIEWS[(at + step + VIEWS.length) % VIEWS.length];
    goBackTo(next.id);
    document.querySelector<HTMLElement>(`#tab-${next.id}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={move}>
      {VIEWS.map(({ id, title, missing }, index) => {
        const isEmpty = space !== undefined && missing(space) !== undefined;
        return (
          <a
            key={id}
            id={`tab-${id}`}
            role="tab"
            href={linkBackTo(id)}
            aria-selected={id === shown}
            aria-controls="view"
            tabIndex={id === shown ? 0 : -1}
            class={isEmpty ? 'tab empty' : 'tab'}
          >
            {title} <span class="key">{index + 1}</span>
          </a>
        );
      })}
    </div>
  );
}
