/** One tooltip for all pictures: follows the pointer, and what has the focus. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface Shown {
  readonly x: number;
  readonly y: number;
  readonly content: ComponentChildren;
}

const shown = signal<Shown | undefined>(undefined);

export function showTooltip(x: number, y: number, content: ComponentChildren): void {
  shown.value = { x, y, content };
}

export function hideTooltip(): void {
  shown.value = undefined;
}

/** For an element that explains itself when pointed at or focused. */
export const explains = (content: () => ComponentChildren) => ({
  onPointerMove: ({ clientX, clientY }: PointerEvent) => showTooltip(clientX, clientY, content()),
  onPointerLeave: hideTooltip,
  onFocus: (event: FocusEvent) => {
    const { left, bottom } = (event.currentTarget as Element).getBoundingClientRect();
    showTooltip(left, bottom, content());
  },
  onBlur: hideTooltip,
});

const AWAY = 14;

export function Tooltip() {
  const box = useRef<HTMLDivElement>(null);
  const now = shown.value;
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || now === undefined) return;
    const { width, height } = element.getBoundingClientRect();
    const left = Math.max(4, Math.min(now.x + AWAY, innerWidth - width - 4));
    const below = now.y + AWAY + height <= innerHeight;
    element.style.left = `${left}px`;
    element.style.top = `${below ? now.y + AWAY : Math.max(4, now.y - AWAY - height)}px`;
  });
  if (now === undefined) return null;
  return (
    <div class="tooltip" role="tooltip" ref={box}>
      {now.content}
    </div>
  );
}

/** Rows of a tooltip: a name and what it is. */
export function Facts({ rows }: { rows: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
