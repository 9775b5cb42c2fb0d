/** What the colours mean, in a picture that is saved: as on the page, a line for vCPU lanes and one for pCPU lanes. */
import { KINDS_OF } from '../../../../src/episodes/lanes.js';
import type { Surface } from '../../drawing/surface.js';
import type { TimelineInfo } from '../../engine/engine.js';
import type { LaneColours } from './colours.js';
import { kindWord, PCPU_KINDS } from './words.js';

const SWATCH = 11;
const TEXT = 11;
const LINE_HEIGHT = 18;
/** Between the name of an entry and the next swatch, pixels. */
const APART = 14;
const BESIDE_SWATCH = 5;

interface Entry {
  readonly name: string;
  /** Fills the swatch; undefined: a heading, which has none. */
  readonly fill?: (surface: Surface, x: number, y: number) => void;
}

interface Placed extends Entry {
  readonly x: number;
  readonly y: number;
}

export interface LegendPicture {
  readonly height: number;
  draw(surface: Surface, x: number, y: number): void;
}

/** @param width pixels that there are: entries that have no room go on a line of their own */
export function legendPicture(
  measure: Pick<Surface, 'textWidth'>,
  colours: LaneColours,
  info: TimelineInfo,
  width: number,
): LegendPicture {
  const lines = [vcpuEntries(colours)];
  if (info.lanes.some(({ type }) => type === 'pcpu')) lines.push(pcpuEntries(colours));
  const placed: Placed[] = [];
  let y = 0;
  for (const entries of lines) {
    let x = 0;
    for (const entry of entries) {
      const length = (entry.fill === undefined ? 0 : SWATCH + BESIDE_SWATCH) + measure.textWidth(entry.name, TEXT);
      if (x > 0 && x + length > width) {
        x = 0;
        y += LINE_HEIGHT;
      }
      placed.push({ ...entry, x, y });
      x += length + APART;
    }
    y += LINE_HEIGHT;
  }
  return {
    height: y,
    draw(surface, left, top) {
      for (const entry of placed) drawEntry(surface, entry, left + entry.x, top + entry.y, colours);
    },
  };
}

function drawEntry(surface: Surface, { name, fill }: Entry, x: number, y: number, { surfaces }: LaneColours): void {
  if (fill === undefined) {
    surface.text(name, x, y + 10, { colour: surfaces.quiet, size: TEXT });
    return;
  }
  fill(surface, x, y);
  surface.outline(x + 0.5, y + 0.5, SWATCH - 1, SWATCH - 1, { colour: surfaces.strongLine });
  surface.text(name, x + SWATCH + BESIDE_SWATCH, y + 10, { colour: surfaces.text, size: TEXT });
}

const plain = (colour: string) => (surface: Surface, x: number, y: number) =>
  surface.rect(x, y, SWATCH, SWATCH, colour);

function vcpuEntries({ kinds, betweenStripes }: LaneColours): Entry[] {
  const blocked = KINDS_OF.vcpu.indexOf('blocked');
  return [
    { name: 'vCPUs:' },
    ...KINDS_OF.vcpu.map((account, kind) => ({ name: account, fill: plain(kinds.vcpu[kind]) })),
    {
      name: 'kept out',
      fill: (surface, x, y) => {
        surface.rect(x, y, SWATCH, SWATCH, betweenStripes[blocked]);
        surface.polygon(stripe(x, y, 2), kinds.vcpu[blocked]);
        surface.polygon(stripe(x, y, SWATCH - 2), kinds.vcpu[blocked]);
      },
    },
  ];
}

function pcpuEntries({ kinds, vcpuTints }: LaneColours): Entry[] {
  return [
    { name: 'pCPUs:' },
    {
      name: 'vCPU, in tints',
      fill: (surface, x, y) => {
        const width = SWATCH / 3;
        for (let part = 0; part < 3; part++) surface.rect(x + part * width, y, width, SWATCH, vcpuTints[part]);
      },
    },
    ...PCPU_KINDS.map((kind) => ({ name: kindWord('pcpu', kind), fill: plain(kinds.pcpu[kind]) })),
  ];
}

/** From the left or lower edge of a swatch up to its upper or right one, four pixels wide. */
function stripe(x: number, y: number, at: number): number[] {
  const edge = (d: number): [left: readonly number[], right: readonly number[]] =>
    d <= SWATCH
      ? [
          [x, y + d],
          [x + d, y],
        ]
      : [
          [x + d - SWATCH, y + SWATCH],
          [x + SWATCH, y + d - SWATCH],
        ];
  const [lowerStart, lowerEnd] = edge(at);
  const [upperStart, upperEnd] = edge(at + 4);
  return [...lowerStart, ...lowerEnd, ...upperEnd, ...upperStart];
}
