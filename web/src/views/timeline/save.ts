/** The timeline as a file: all lanes that are in view, with a title and what the colours mean. */
import { KINDS_OF } from '../../../../src/episodes/lanes.js';
import { save } from '../../design/picture.jsx';
import { formatTime } from '../../design/text.js';
import { pngOf, svgOf } from '../../drawing/save.js';
import { lengthOf } from '../../drawing/span.js';
import { PartSurface, type Surface } from '../../drawing/surface.js';
import { clockText } from '../../drawing/time-axis.js';
import type { TimelineController } from './controller.js';
import { drawScene, type Scene } from './picture.js';

const HEAD_HEIGHT = 58;
const SWATCH = 11;

export async function savePicture(controller: TimelineController, format: 'svg' | 'png'): Promise<void> {
  const { scene, surface } = controller.stage;
  if (scene === undefined) return;
  const width = surface.width;
  const last = scene.rows[scene.rows.length - 1];
  const used =
    last === undefined ? surface.height : Math.min(surface.height, 30 + last.y + last.height - scene.scrollY);
  const height = HEAD_HEIGHT + used;
  const title = titleOf(scene);
  const draw = (target: Surface): void => drawPicture(target, scene, title, used);
  const make = format === 'svg' ? svgOf(draw, width, height, title) : await pngOf(draw, width, height, scene.scale);
  save(make, `timeline.${format}`);
}

const titleOf = ({ span }: Scene): string =>
  `${formatTime(lengthOf(span))} from ${clockText(Math.floor(span.fromNs))} after the start of the recording`;

function drawPicture(surface: Surface, scene: Scene, title: string, height: number): void {
  const { surfaces } = scene.colours;
  surface.rect(0, 0, surface.width, surface.height, surfaces.surface);
  surface.text(title, 12, 20, { colour: surfaces.text, weight: 600, size: 13 });
  drawLegend(surface, scene);
  drawScene(new PartSurface(surface, 0, HEAD_HEIGHT, surface.width, height), { ...scene, focused: undefined });
}

function drawLegend(surface: Surface, { colours }: Scene): void {
  let x = 12;
  const draw = (name: string, swatch: () => void): void => {
    swatch();
    surface.outline(x + 0.5, 32.5, SWATCH - 1, SWATCH - 1, { colour: colours.surfaces.strongLine });
    surface.text(name, x + SWATCH + 5, 42, { colour: colours.surfaces.text, size: 11 });
    x += SWATCH + 5 + surface.textWidth(name, 11) + 14;
  };
  KINDS_OF.vcpu.forEach((kind, index) => {
    draw(kind, () => surface.rect(x, 32, SWATCH, SWATCH, colours.kinds.vcpu[index]));
  });
  const blocked = KINDS_OF.vcpu.indexOf('blocked');
  draw('kept out', () => {
    surface.rect(x, 32, SWATCH, SWATCH, colours.betweenStripes[blocked]);
    surface.polygon(stripe(x, 32, 2), colours.kinds.vcpu[blocked]);
    surface.polygon(stripe(x, 32, SWATCH - 2), colours.kinds.vcpu[blocked]);
  });
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
