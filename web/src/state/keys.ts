/** Keys of the page: views say what theirs do while they are shown; the help lists exactly these. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

export interface KeyBinding {
  /** As in KeyboardEvent.key; letters lower case. Several do the same. */
  readonly keys: readonly string[];
  /** What it does, for the help: "Fit all of T". */
  readonly does: string;
  /** Absent: something else listens to it (a wheel, a focused control), and it is only listed. */
  readonly run?: (event: KeyboardEvent) => void;
}

export interface KeyGroup {
  readonly title: string;
  readonly bindings: readonly KeyBinding[];
  /** True: a key that the view binds as well is the view's. */
  readonly yields?: boolean;
}

const groups = signal<readonly KeyGroup[]>([]);
export const keyGroups: ReadonlySignal<readonly KeyGroup[]> = groups;

/** The bindings count as long as the component is there. `group` must be the same object all the time. */
export function useKeys(group: KeyGroup): void {
  useEffect(() => {
    groups.value = [...groups.value, group];
    return () => {
      groups.value = groups.value.filter((one) => one !== group);
    };
  }, [group]);
}

export function startKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const binding = groups.value
      .toSorted((a, b) => Number(a.yields === true) - Number(b.yields === true))
      .flatMap(({ bindings }) => bindings)
      .find(({ keys, run }) => run !== undefined && keys.includes(key));
    if (binding === undefined) return;
    event.preventDefault();
    binding.run?.(event);
  });
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}
