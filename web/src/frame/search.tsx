/** The search over everything that has a name; arrows choose, Enter goes there. */
import { signal, useComputed, useSignal } from '@preact/signals';
import { Dialog } from '../design/dialog.jsx';
import { shownText } from '../design/text.js';
import { latest } from '../state/loading.js';
import { found, searchEntries } from '../state/search.js';
import { explanation } from '../state/workspace.js';
import { VIEWS } from '../views/registry.js';

const isOpen = signal(false);

export function openSearch(): void {
  isOpen.value = true;
}

export function Search() {
  return (
    <Dialog title="Search" isOpen={isOpen} className="dialog search">
      <SearchField />
    </Dialog>
  );
}

function SearchField() {
  const query = useSignal('');
  const chosen = useSignal(0);
  const entries = useComputed(() => searchEntries(latest(explanation.value), VIEWS));
  const results = useComputed(() => found(entries.value, query.value));
  const count = results.value.length;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      chosen.value = count === 0 ? 0 : (chosen.value + (event.key === 'ArrowDown' ? 1 : -1) + count) % count;
      document.querySelector(`#result-${chosen.value}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && count > 0) {
      event.preventDefault();
      location.hash = results.value[chosen.value].link;
      isOpen.value = false;
    }
  };
  return (
    <>
      <input
        type="text"
        role="combobox"
        autocomplete="off"
        aria-expanded="true"
        aria-controls="results"
        aria-activedescendant={count > 0 ? `result-${chosen.value}` : undefined}
        aria-label="Search machines, exits, devices, threads, findings"
        placeholder="Machines, exits, devices, threads, findings …"
        value={query.value}
        onInput={({ currentTarget }) => {
          query.value = currentTarget.value;
          chosen.value = 0;
        }}
        onKeyDown={onKeyDown}
      />
      <div id="results" role="listbox" aria-label="Results" class="results">
        {results.value.map(({ kind, name, link }, index) => (
          <a
            key={`${kind} ${name}`}
            id={`result-${index}`}
            role="option"
            aria-selected={index === chosen.value}
            href={link}
            tabIndex={-1}
            onClick={() => {
              isOpen.value = false;
            }}
          >
            <span class="kind">{kind}</span> {shownText(name)}
          </a>
        ))}
      </div>
      {count === 0 && <p class="quiet">Nothing here has that name.</p>}
    </>
  );
}
