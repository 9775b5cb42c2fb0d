/** A number on a ground that is the stronger the larger it is; the number stays readable on all of them. */
import type { ComponentChildren } from 'preact';

interface HeatCellProps {
  /** 0 to 1. */
  readonly share: number;
  readonly colour: string;
  readonly isMeant?: boolean;
  readonly children: ComponentChildren;
}

/** Percent of the colour at the strongest: beyond that the contrast of the text is too low in one of the themes. */
const STRONGEST = 45;

export function HeatCell({ share, colour, isMeant, children }: HeatCellProps) {
  const strength = share <= 0 ? 0 : 6 + share * (STRONGEST - 6);
  return (
    <span
      class={isMeant === true ? 'heat-cell meant' : 'heat-cell'}
      style={{ background: `color-mix(in srgb, ${colour} ${strength.toFixed(1)}%, transparent)` }}
    >
      {children}
    </span>
  );
}
